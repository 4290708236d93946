import { Layer, type Blob } from 'tscaffe';

/**
 * The triplet loss: an anchor shall be nearer to a positive, of its own class, than to a negative, by a margin;
 * sum of max(0, |a - p|^2 - |a - n|^2 + margin) / N.
 * F. Schroff et al., FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR 2015, equation 3.
 *
 * bottom[0], [1], [2]: anchors, positives and negatives, all N x D. top[0]: one number.
 * param_str: margin (0.2).
 */
export class TripletLoss extends Layer {
  override readonly exactNumBottomBlobs = 3;
  override readonly exactNumTopBlobs = 1;

  private options = { margin: 0.2 };
  /** Which triplets violate the margin: the others have no gradient. */
  private violated: boolean[] = [];

  override setup(): void {
    this.options = this.params(this.options);
  }

  override reshape([anchors, positives, negatives]: Blob[], [loss]: Blob[]): void {
    for (const other of [positives, negatives]) {
      if (other.shape.join() === anchors.shape.join()) continue;
      throw new RangeError(
        `${this.name}: bottoms of ${anchors.shape.join(' x ')} and ${other.shape.join(' x ')}, which must be alike`,
      );
    }
    loss.reshape();
  }

  override forward([anchors, positives, negatives]: Blob[], [loss]: Blob[]): void {
    const n = anchors.shape[0];
    const dimensions = anchors.count / n;
    const a = anchors.cpuData;
    const p = positives.cpuData;
    const q = negatives.cpuData;
    this.violated = [];
    let sum = 0;
    for (let row = 0, i = 0; row < n; row++) {
      let distance = this.options.margin;
      for (const end = i + dimensions; i < end; i++) distance += (a[i] - p[i]) ** 2 - (a[i] - q[i]) ** 2;
      this.violated.push(distance > 0);
      if (distance > 0) sum += distance;
    }
    loss.data[0] = sum / n;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    const n = bottom[0].shape[0];
    const dimensions = bottom[0].count / n;
    const [a, p, q] = bottom.map((blob) => blob.cpuData);
    const scale = (2 * loss.cpuDiff[0]) / n;
    // d / da = 2 (n - p), d / dp = 2 (p - a), d / dn = 2 (a - n)
    const [plus, minus] = [
      [q, p, a],
      [p, a, q],
    ];
    for (const [b, blob] of bottom.entries()) {
      if (!propagateDown[b]) continue;
      const diff = blob.diff;
      for (let row = 0, i = 0; row < n; row++) {
        const factor = this.violated[row] ? scale : 0;
        for (const end = i + dimensions; i < end; i++) diff[i] = factor * (plus[b][i] - minus[b][i]);
      }
    }
  }
}
