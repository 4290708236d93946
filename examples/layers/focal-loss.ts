import { Blob, createLayer, cuda, Layer, math } from 'tscaffe';

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

/**
 * The focal loss: cross-entropy that gives less weight to what is already classified well, mean of -alpha (1 - p)^gamma
 * ln p, where p is the softmax probability of the right class. T.-Y. Lin et al., Focal Loss for Dense Object Detection,
 * ICCV 2017, equation 5. With gamma 0 and alpha 1 it is Caffe's SoftmaxWithLoss.
 *
 * bottom[0]: scores, N x C or N x C x H x W. bottom[1]: labels in 0 ... C - 1, N or N x H x W. top[0]: one number.
 * param_str: gamma (2), alpha (0.25).
 */
export class FocalLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  private options = { gamma: 2, alpha: 0.25 };
  // One of Caffe's own layers at work inside of this one.
  private readonly softmax = createLayer({ type: 'Softmax' });
  private readonly probabilities = [new Blob()];
  // On the GPU: the loss of each label, and as many ones to add them up with.
  private readonly losses = new Blob();
  private readonly ones = new Blob();
  private readonly compiled: Record<string, cuda.Kernel> = {};

  override setup([scores]: Blob[]): void {
    this.options = this.params(this.options);
    this.softmax.setup([scores], this.probabilities);
  }

  override reshape([scores, labels]: Blob[], [loss]: Blob[]): void {
    if (labels.count * scores.shape[1] !== scores.count) {
      throw new RangeError(`${this.name}: ${labels.count} labels for scores of ${scores.shape.join(' x ')}`);
    }
    loss.reshape();
  }

  override forward([scores, labels]: Blob[], [loss]: Blob[]): void {
    const { gamma, alpha } = this.options;
    this.softmax.forward([scores], this.probabilities);
    const p = this.probabilities[0].cpuData;
    let sum = 0;
    this.forEachLabel(scores, labels, (label) => {
      sum -= (1 - p[label]) ** gamma * Math.log(Math.max(p[label], 1e-38));
    });
    loss.data[0] = (alpha * sum) / labels.count;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    if (!propagateDown[0]) return;
    const { gamma, alpha } = this.options;
    const p = this.probabilities[0].cpuData;
    const diff = scores.diff;
    const scale = (loss.cpuDiff[0] * alpha) / labels.count;
    const classes = scores.shape[1];
    this.forEachLabel(scores, labels, (label, first, stride) => {
      const right = p[label];
      const wrong = Math.max(1 - right, 1e-7); // its power of gamma - 1 may be negative
      const log = Math.log(Math.max(right, 1e-38));
      // p dL/dp, then the derivative of softmax.
      const slope = scale * (gamma * right * wrong ** (gamma - 1) * log - wrong ** gamma);
      for (let c = 0, at = first; c < classes; c++, at += stride) diff[at] = -slope * p[at];
      diff[label] += slope;
    });
  }

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

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }

  /**
   * Calls `visit` with where the right class of each label is among the scores, the first class, and the step from
   * class to class.
   */
  private forEachLabel(
    scores: Blob,
    labels: Blob,
    visit: (label: number, first: number, stride: number) => void,
  ): void {
    const classes = scores.shape[1];
    const places = scores.count / scores.shape[0] / classes; // H x W
    const values = labels.cpuData;
    for (let i = 0; i < values.length; i++) {
      const label = values[i];
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`${this.name}: label ${label} is not in 0 ... ${classes - 1}`);
      }
      const first = Math.floor(i / places) * classes * places + (i % places);
      visit(first + label * places, first, places);
    }
  }
}
