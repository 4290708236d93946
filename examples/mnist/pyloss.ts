import { Layer, type Blob } from 'tscaffe';

/**
 * Half the squared distance of two blobs, averaged over the batch: loss = sum((a - b)^2) / (2 N).
 *
 * bottom[0], bottom[1]: two blobs of one shape, N first. top[0]: one number.
 * Caffe has this layer in C++ ("EuclideanLoss"); here it shows how to write a loss.
 */
export class EuclideanLossLayer extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  /** a - b of the last forward, from which backward takes the gradient. */
  private difference = new Float32Array();

  override reshape([a, b]: Blob[], [loss]: Blob[]): void {
    if (a.count !== b.count) {
      throw new RangeError(
        `${this.name}: bottoms of ${a.shape.join(' x ')} and ${b.shape.join(' x ')} cannot be compared`,
      );
    }
    // Caffe calls reshape before every forward, so only a change of size may cost something.
    if (this.difference.length !== a.count) this.difference = new Float32Array(a.count);
    loss.reshape(1);
  }

  override forward(bottom: Blob[], [loss]: Blob[]): void {
    // Each `.data` and `.cpuData` asks Caffe where the memory is. Ask once: the loop below then runs on plain arrays.
    const a = bottom[0].cpuData;
    const b = bottom[1].cpuData;
    const difference = this.difference;
    let sum = 0;
    for (let i = 0; i < difference.length; i++) {
      const d = a[i] - b[i];
      difference[i] = d;
      sum += d * d;
    }
    loss.data[0] = sum / bottom[0].num / 2;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    // The loss's own diff is the prototxt's loss_weight: a layer that leaves it out trains at weight 1 whatever the
    // prototxt says.
    const scale = loss.cpuDiff[0] / bottom[0].num;
    // Caffe decides who gets a gradient: every bottom with something to learn below it. The one-hot labels do too,
    // since their layer reads the scores. `propagate_down: true propagate_down: false` in the prototxt would spare that
    // work.
    if (propagateDown[0]) this.writeGradient(bottom[0].diff, scale);
    if (propagateDown[1]) this.writeGradient(bottom[1].diff, -scale);
  }

  private writeGradient(diff: Float32Array, scale: number): void {
    const difference = this.difference;
    for (let i = 0; i < diff.length; i++) diff[i] = scale * difference[i];
  }
}
