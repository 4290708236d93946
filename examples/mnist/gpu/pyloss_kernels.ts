import { Blob, cuda } from 'tscaffe';
import { EuclideanLossLayer as OnCpu } from '../pyloss.js';

const threads = 256;
// One block is enough for the scores of a batch: its threads take every 256th element, then add up what they have.
const kernels = `
  extern "C" __global__ void euclidean_forward(const float* a, const float* b, float* difference, float* loss,
                                               float scale, int count) {
    __shared__ float part[${threads}];
    float sum = 0;
    for (int i = threadIdx.x; i < count; i += ${threads}) {
      float d = difference[i] = a[i] - b[i];
      sum += d * d;
    }
    part[threadIdx.x] = sum;
    for (int half = ${threads} / 2; half > 0; half /= 2) {
      __syncthreads();
      if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
    }
    if (threadIdx.x == 0) *loss = scale * part[0];
  }

  extern "C" __global__ void euclidean_backward(const float* difference, float* a, float* b, float scale, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    if (a) a[i] = scale * difference[i];
    if (b) b[i] = -scale * difference[i];
  }`;

/** The layer of ../pyloss.ts, on the GPU by kernels in the place of Caffe's math: one launch in each direction. */
export class EuclideanLossLayer extends OnCpu {
  private readonly kept = new Blob();
  private forwardKernel?: cuda.Kernel;
  private backwardKernel?: cuda.Kernel;

  override forwardGpu([a, b]: Blob[], [loss]: Blob[]): void {
    this.kept.reshapeLike(a);
    this.forwardKernel ??= cuda.compile(kernels, { name: 'euclidean_forward' });
    this.forwardKernel.launch({ grid: 1, block: threads }, [
      a.gpuData,
      b.gpuData,
      this.kept.mutableGpuData,
      loss.mutableGpuData,
      cuda.f32(1 / (2 * a.num)),
      cuda.i32(a.count),
    ]);
  }

  override backwardGpu([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    const { count, num } = bottom[0];
    const [a, b] = bottom.map((blob, i) => (propagateDown[i] ? blob.mutableGpuDiff : null));
    this.backwardKernel ??= cuda.compile(kernels, { name: 'euclidean_backward' });
    this.backwardKernel.launch({ grid: Math.ceil(count / threads), block: threads }, [
      this.kept.gpuData,
      a,
      b,
      cuda.f32(loss.cpuDiff[0] / num),
      cuda.i32(count),
    ]);
  }
}
