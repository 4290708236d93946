import { Blob, createLayer, Layer } from 'tscaffe';

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

  protected options = { gamma: 2, alpha: 0.25 };
  // One of Caffe's own layers at work inside of this one.
  protected readonly softmax = createLayer({ type: 'Softmax' });
  protected readonly probabilities = [new Blob()];

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
