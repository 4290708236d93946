import { Layer, type Blob } from 'tscaffe';

/**
 * The Dice loss of segmentation: how little two masks overlap, whatever their size;
 * mean over the batch of 1 - (2 sum(p g) + smooth) / (sum(p^2) + sum(g^2) + smooth).
 * F. Milletari et al., V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image Segmentation, 3DV 2016,
 * section 3; `smooth` keeps two empty masks from 0 / 0.
 *
 * bottom[0]: probabilities, N first. bottom[1]: the masks of the same shape, in 0 ... 1. top[0]: one number.
 * param_str: smooth (1).
 */
export class DiceLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  private options = { smooth: 1 };
  /** Numerator and denominator of each image, of the last forward. */
  private overlaps: { above: number; below: number }[] = [];

  override setup(): void {
    this.options = this.params(this.options);
  }

  override reshape([probabilities, masks]: Blob[], [loss]: Blob[]): void {
    if (probabilities.shape.join() !== masks.shape.join()) {
      const shapes = `${probabilities.shape.join(' x ')} and masks of ${masks.shape.join(' x ')}`;
      throw new RangeError(`${this.name}: probabilities of ${shapes}, which must be alike`);
    }
    loss.reshape();
  }

  override forward([probabilities, masks]: Blob[], [loss]: Blob[]): void {
    const { smooth } = this.options;
    const n = probabilities.shape[0];
    const size = probabilities.count / n;
    const p = probabilities.cpuData;
    const g = masks.cpuData;
    this.overlaps = [];
    let sum = 0;
    for (let image = 0, i = 0; image < n; image++) {
      let above = smooth;
      let below = smooth;
      for (const end = i + size; i < end; i++) {
        above += 2 * p[i] * g[i];
        below += p[i] * p[i] + g[i] * g[i];
      }
      this.overlaps.push({ above, below });
      sum += 1 - above / below;
    }
    loss.data[0] = sum / n;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], [probabilities, masks]: Blob[]): void {
    const scale = loss.cpuDiff[0] / probabilities.shape[0];
    // The formula is the same from both sides.
    if (propagateDown[0]) this.writeGradient(probabilities, masks, scale);
    if (propagateDown[1]) this.writeGradient(masks, probabilities, scale);
  }

  private writeGradient(of: Blob, other: Blob, scale: number): void {
    const p = of.cpuData;
    const g = other.cpuData;
    const diff = of.diff;
    const size = of.count / of.shape[0];
    let i = 0;
    for (const { above, below } of this.overlaps) {
      // d(-above / below) = -(2 g below - 2 p above) / below^2
      for (const end = i + size; i < end; i++) diff[i] = (scale * 2 * (p[i] * above - g[i] * below)) / (below * below);
    }
  }
}
