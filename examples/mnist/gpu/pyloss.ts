import { Blob, math } from 'tscaffe';
import { EuclideanLossLayer as OnCpu } from '../pyloss.js';

/** The layer of ../pyloss.ts, on the GPU by Caffe's own math: nothing is copied, and nothing here waits for the GPU. */
export class EuclideanLossLayer extends OnCpu {
  /** a - b of the last forward. */
  private readonly kept = new Blob();

  override forwardGpu([a, b]: Blob[], [loss]: Blob[]): void {
    this.kept.reshapeLike(a);
    const difference = this.kept.mutableGpuData;
    math.sub(a.gpuData, b.gpuData, difference);
    // A matrix of one row times a column: the sum of squares, left on the GPU. (math.dot would bring it here.)
    math.gemv({ m: 1, n: a.count, alpha: 1 / (2 * a.num), a: difference, x: difference, y: loss.mutableGpuData });
  }

  override backwardGpu([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    // The loss_weight: Caffe keeps it on both sides.
    const scale = loss.cpuDiff[0] / bottom[0].num;
    const difference = this.kept.gpuData;
    if (propagateDown[0]) math.scale(scale, difference, bottom[0].mutableGpuDiff);
    if (propagateDown[1]) math.scale(-scale, difference, bottom[1].mutableGpuDiff);
  }
}
