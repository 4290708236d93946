import { Blob, cuda, math } from 'tscaffe';
import { FocalLoss as OnCpu } from '../focal-loss.js';

// A thread for each label. p: probabilities, classes of a place `places` apart. A label that is no class becomes NaN.
const kernels = `
  __device__ bool is_class(float label, int classes) {
    return label >= 0 && label < classes && label == floorf(label);
  }
  __device__ int first_of(int i, int classes, int places) { return i / places * classes * places + i % places; }

  extern "C" __global__ void focal_forward(const float* p, const float* labels, float* losses, float gamma, int classes,
                                           int places, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    if (!is_class(labels[i], classes)) { losses[i] = nanf(""); return; }
    float right = p[first_of(i, classes, places) + (int)labels[i] * places];
    losses[i] = -powf(1 - right, gamma) * logf(fmaxf(right, 1e-38f));
  }

  extern "C" __global__ void focal_backward(const float* p, const float* labels, float* diff, float gamma, float scale,
                                            int classes, int places, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    int first = first_of(i, classes, places);
    bool valid = is_class(labels[i], classes);
    float right = valid ? p[first + (int)labels[i] * places] : nanf("");
    float wrong = fmaxf(1 - right, 1e-7f);
    float slope = scale * (gamma * right * powf(wrong, gamma - 1) * logf(fmaxf(right, 1e-38f)) - powf(wrong, gamma));
    for (int c = 0; c < classes; c++) {
      int at = first + c * places;
      diff[at] = -slope * p[at] + (valid && c == (int)labels[i] ? slope : 0);
    }
  }`;
const threads = 256;

/** The layer of ../focal-loss.ts, on the GPU by kernels, with Caffe's Softmax there too. */
export class FocalLoss extends OnCpu {
  // The loss of each label, and as many ones to add them up with.
  private readonly losses = new Blob();
  private readonly ones = new Blob();
  private readonly compiled: Record<string, cuda.Kernel> = {};

  override forwardGpu([scores, labels]: Blob[], [loss]: Blob[]): void {
    const { gamma, alpha } = this.options;
    const { count } = labels;
    this.softmax.forward([scores], this.probabilities); // in GPU mode, on the GPU
    this.losses.reshapeLike(labels);
    this.launch('focal_forward', scores, labels, [
      this.probabilities[0].gpuData,
      labels.gpuData,
      this.losses.mutableGpuData,
      cuda.f32(gamma),
    ]);
    if (this.ones.count !== count) {
      this.ones.reshape(count);
      math.set(1, this.ones.mutableGpuData);
    }
    math.gemv({
      m: 1,
      n: count,
      alpha: alpha / count,
      a: this.losses.gpuData,
      x: this.ones.gpuData,
      y: loss.mutableGpuData,
    });
  }

  override backwardGpu([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    if (!propagateDown[0]) return;
    const { gamma, alpha } = this.options;
    this.launch('focal_backward', scores, labels, [
      this.probabilities[0].gpuData,
      labels.gpuData,
      scores.mutableGpuDiff,
      cuda.f32(gamma),
      cuda.f32((loss.cpuDiff[0] * alpha) / labels.count),
    ]);
  }

  private launch(name: string, scores: Blob, labels: Blob, args: cuda.KernelArgument[]): void {
    const classes = scores.shape[1];
    const places = scores.count / scores.shape[0] / classes; // H x W
    const sizes = [classes, places, labels.count].map((size) => cuda.i32(size));
    const grid = Math.ceil(labels.count / threads);
    const kernel = (this.compiled[name] ??= cuda.compile(kernels, { name }));
    kernel.launch({ grid, block: threads }, [...args, ...sizes]);
  }
}
