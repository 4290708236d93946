import { cuda, math, type Blob } from 'tscaffe';
import { label2one_hot as OnCpu } from '../one_hot.js';

// One thread for each element of the top. A kernel cannot throw: a label that is not a class becomes a row of NaN,
// which no loss hides.
const kernel = `
  extern "C" __global__ void one_hot(const float* labels, float* rows, int classes, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    float label = labels[i / classes];
    bool is_class = label >= 0 && label < classes && label == floorf(label);
    rows[i] = is_class ? (i % classes == (int)label) : nanf("");
  }`;
const threads = 256;

/** The layer of ../one_hot.ts, on the GPU by a kernel. */
export class label2one_hot extends OnCpu {
  /** Compiled by the first forward. */
  private kernel?: cuda.Kernel;

  override forwardGpu([label]: Blob[], [rows]: Blob[]): void {
    const { count } = rows;
    const sizes = [cuda.i32(count / label.count), cuda.i32(count)];
    this.kernel ??= cuda.compile(kernel, { name: 'one_hot' });
    this.kernel.launch({ grid: Math.ceil(count / threads), block: threads }, [
      label.gpuData,
      rows.mutableGpuData,
      ...sizes,
    ]);
  }

  override backwardGpu(_top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    for (const [i, blob] of bottom.entries()) {
      if (propagateDown[i]) math.set(0, blob.mutableGpuDiff);
    }
  }
}
