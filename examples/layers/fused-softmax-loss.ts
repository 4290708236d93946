import { Blob, cuda, Layer, math } from 'tscaffe';

// A block for each row: the greatest score, the sum of exponentials and the loss in one pass over shared memory, with no
// probabilities written in forward; backward computes them from the row's log-sum-exp. A label that is no class becomes NaN.
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

/**
 * Softmax and cross-entropy in one: mean of log(sum of exp(scores)) - score of the right class, as Caffe's SoftmaxWithLoss over the rows of a
 * matrix. On the GPU it reads the scores once in each direction and keeps one number a row, where Caffe's keeps all probabilities.
 *
 * bottom[0]: scores, N x C. bottom[1]: labels in 0 ... C - 1, N. top[0]: one number.
 */
export class FusedSoftmaxLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  /** log(sum of exp(scores)) of each row. */
  private readonly logs = new Blob();
  // On the GPU: the loss of each row, and as many ones to add them up with.
  private readonly losses = new Blob();
  private readonly ones = new Blob();
  private forwardKernel?: cuda.Kernel;
  private backwardKernel?: cuda.Kernel;

  override reshape([scores, labels]: Blob[], [loss]: Blob[]): void {
    if (scores.shape.length !== 2 || labels.count !== scores.shape[0]) {
      throw new RangeError(`${this.name}: ${labels.count} labels for scores of ${scores.shape.join(' x ')}`);
    }
    for (const blob of [this.logs, this.losses]) blob.reshape(labels.count);
    if (this.ones.count !== labels.count) {
      this.ones.reshape(labels.count);
      math.set(1, this.ones);
    }
    loss.reshape();
  }

  override forward([scores, labels]: Blob[], [loss]: Blob[]): void {
    const [rows, classes] = scores.shape;
    const { cpuData: s } = scores;
    const { cpuData: classOf } = labels;
    const logs = this.logs.data;
    let total = 0;
    for (let n = 0; n < rows; n++) {
      const label = classOf[n];
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`${this.name}: label ${label} is not in 0 ... ${classes - 1}`);
      }
      const row = s.subarray(n * classes, (n + 1) * classes);
      const greatest = row.reduce((a, b) => Math.max(a, b));
      logs[n] = greatest + Math.log(row.reduce((sum, score) => sum + Math.exp(score - greatest), 0));
      total += logs[n] - row[label];
    }
    loss.data[0] = total / rows;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (!this.hasGradient(propagateDown)) return;
    const [rows, classes] = scores.shape;
    const { cpuData: s } = scores;
    const { diff } = scores;
    const scale = loss.cpuDiff[0] / rows;
    for (let n = 0; n < rows; n++) {
      for (let at = n * classes; at < (n + 1) * classes; at++)
        diff[at] = scale * Math.exp(s[at] - this.logs.cpuData[n]);
      diff[n * classes + labels.cpuData[n]] -= scale;
    }
  }

  override forwardGpu([scores, labels]: Blob[], [loss]: Blob[]): void {
    const [rows, classes] = scores.shape;
    this.forwardKernel ??= cuda.compile(kernels, { name: 'softmax_loss_forward' });
    this.forwardKernel.launch({ grid: rows, block: threads }, [
      scores.gpuData,
      labels.gpuData,
      this.losses.mutableGpuData,
      this.logs.mutableGpuData,
      cuda.i32(classes),
    ]);
    const a = this.losses.gpuData;
    math.gemv({ m: 1, n: rows, alpha: 1 / rows, a, x: this.ones.gpuData, y: loss.mutableGpuData });
  }

  override backwardGpu([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (!this.hasGradient(propagateDown)) return;
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

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }

  private hasGradient(propagateDown: boolean[]): boolean {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    return propagateDown[0];
  }
}
