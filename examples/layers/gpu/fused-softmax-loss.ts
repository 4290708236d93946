import { Blob, cuda, math } from 'tscaffe';
import { FusedSoftmaxLoss as OnCpu } from '../fused-softmax-loss.js';

// A block for each row: the greatest score, the sum of exponentials and the loss in one pass over shared memory, with
// no probabilities written in forward; backward computes them from the row's log-sum-exp. A label that is no class
// becomes NaN.
const threads = 128;
const kernels = `
  __device__ float reduce(float value, bool greatest) {
    __shared__ float part[${threads}];
    part[threadIdx.x] = value;
    __syncthreads();
    for (int half = ${threads} / 2; half > 0; half /= 2) {
      if (threadIdx.x < half) {
        float other = part[threadIdx.x + half];
        part[threadIdx.x] = greatest ? fmaxf(part[threadIdx.x], other) : part[threadIdx.x] + other;
      }
      __syncthreads();
    }
    float result = part[0];
    __syncthreads();
    return result;
  }

  extern "C" __global__ void softmax_loss_forward(const float* scores, const float* labels, float* losses, float* logs,
                                                  int classes) {
    const float* row = scores + (size_t)blockIdx.x * classes;
    float greatest = row[0];
    for (int c = threadIdx.x; c < classes; c += blockDim.x) greatest = fmaxf(greatest, row[c]);
    greatest = reduce(greatest, true);
    float sum = 0;
    for (int c = threadIdx.x; c < classes; c += blockDim.x) sum += expf(row[c] - greatest);
    float log_sum = greatest + logf(reduce(sum, false));
    if (threadIdx.x != 0) return;
    float label = labels[blockIdx.x];
    bool is_class = label >= 0 && label < classes && label == floorf(label);
    losses[blockIdx.x] = is_class ? log_sum - row[(int)label] : nanf("");
    logs[blockIdx.x] = log_sum;
  }

  extern "C" __global__ void softmax_loss_backward(const float* scores, const float* labels, const float* logs,
                                                   float* diff, float scale, int classes) {
    size_t first = (size_t)blockIdx.x * classes;
    for (int c = threadIdx.x; c < classes; c += blockDim.x) {
      float p = expf(scores[first + c] - logs[blockIdx.x]);
      diff[first + c] = scale * (p - (c == (int)labels[blockIdx.x] ? 1 : 0));
    }
  }`;

/** The layer of ../fused-softmax-loss.ts, on the GPU by one kernel each way, which reads the scores once. */
export class FusedSoftmaxLoss extends OnCpu {
  // The loss of each row, and as many ones to add them up with.
  private readonly losses = new Blob();
  private readonly ones = new Blob();
  private forwardKernel?: cuda.Kernel;
  private backwardKernel?: cuda.Kernel;

  override forwardGpu([scores, labels]: Blob[], [loss]: Blob[]): void {
    const [rows, classes] = scores.shape;
    this.losses.reshape(rows);
    this.forwardKernel ??= cuda.compile(kernels, { name: 'softmax_loss_forward' });
    this.forwardKernel.launch({ grid: rows, block: threads }, [
      scores.gpuData,
      labels.gpuData,
      this.losses.mutableGpuData,
      this.logs.mutableGpuData,
      cuda.i32(classes),
    ]);
    if (this.ones.count !== rows) {
      this.ones.reshape(rows);
      math.set(1, this.ones.mutableGpuData);
    }
    const a = this.losses.gpuData;
    math.gemv({ m: 1, n: rows, alpha: 1 / rows, a, x: this.ones.gpuData, y: loss.mutableGpuData });
  }

  override backwardGpu([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    if (!propagateDown[0]) return;
    const [rows, classes] = scores.shape;
    this.backwardKernel ??= cuda.compile(kernels, { name: 'softmax_loss_backward' });
    this.backwardKernel.launch({ grid: rows, block: threads }, [
      scores.gpuData,
      labels.gpuData,
      this.logs.gpuData,
      scores.mutableGpuDiff,
      cuda.f32(loss.cpuDiff[0] / rows),
      cuda.i32(classes),
    ]);
  }
}
