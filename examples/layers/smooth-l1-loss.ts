import { Layer, type Blob } from 'tscaffe';

/**
 * The smooth L1 loss of bounding boxes: squares near 0, absolute values beyond, so that outliers do not dominate; sum
 * of outside f(inside (prediction - target)) / N with f(x) = (sigma x)^2 / 2 for |x| < 1 / sigma^2, else |x| - 1 / (2
 * sigma^2). R. Girshick, Fast R-CNN, ICCV 2015, equation 3; sigma and both weights as in the code of S. Ren et al.,
 * Faster R-CNN, 2015.
 *
 * bottom[0]: predictions, N first. bottom[1]: targets of the same shape. bottom[2], [3], if they are there: inside and
 * outside weights of the same shape, 1 by default. top[0]: one number. param_str: sigma (1).
 */
export class SmoothL1Loss extends Layer {
  override readonly minBottomBlobs = 2;
  override readonly maxBottomBlobs = 4;
  override readonly exactNumTopBlobs = 1;

  private options = { sigma: 1 };
  /** outside f'(inside x) inside, of the last forward. */
  private slope = new Float32Array();

  override setup(): void {
    this.options = this.params(this.options);
  }

  override reshape(bottom: Blob[], [loss]: Blob[]): void {
    const [predictions] = bottom;
    for (const [i, { count }] of bottom.entries()) {
      if (count === predictions.count) continue;
      throw new RangeError(
        `${this.name}: bottom[${i}] has ${count} elements, the predictions have ${predictions.count}`,
      );
    }
    if (this.slope.length !== predictions.count) this.slope = new Float32Array(predictions.count);
    loss.reshape();
  }

  override forward(bottom: Blob[], [loss]: Blob[]): void {
    const prediction = bottom[0].cpuData;
    const target = bottom[1].cpuData;
    const inside = bottom.length > 2 ? bottom[2].cpuData : undefined;
    const outside = bottom.length > 3 ? bottom[3].cpuData : undefined;
    const slope = this.slope;
    const square = this.options.sigma ** 2;
    let sum = 0;
    for (let i = 0; i < slope.length; i++) {
      const weight = inside?.[i] ?? 1;
      const outer = outside?.[i] ?? 1;
      const x = weight * (prediction[i] - target[i]);
      const size = Math.abs(x);
      const near = size < 1 / square;
      sum += outer * (near ? (square * x * x) / 2 : size - 0.5 / square);
      slope[i] = outer * weight * (near ? square * x : Math.sign(x));
    }
    loss.data[0] = sum / bottom[0].shape[0];
  }

  override backward([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    if (propagateDown[2] || propagateDown[3]) throw new Error(`${this.name}: weights have no gradient`);
    const scale = loss.cpuDiff[0] / bottom[0].shape[0];
    if (propagateDown[0]) this.writeGradient(bottom[0].diff, scale);
    if (propagateDown[1]) this.writeGradient(bottom[1].diff, -scale);
  }

  override allowForceBackward(bottom: number): boolean {
    return bottom < 2;
  }

  private writeGradient(diff: Float32Array, scale: number): void {
    for (let i = 0; i < diff.length; i++) diff[i] = scale * this.slope[i];
  }
}
