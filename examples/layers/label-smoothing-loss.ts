import { Layer, type Blob } from 'tscaffe';

/**
 * Cross-entropy with label smoothing: the right class counts 1 - epsilon, and epsilon is shared by all, so that scores
 * do not grow without end; mean of -sum over k of q[k] ln softmax(scores)[k] with q[k] = (1 - epsilon) [k = label] +
 * epsilon / K. C. Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016, section 7. With
 * epsilon 0 it is Caffe's SoftmaxWithLoss.
 *
 * bottom[0]: scores, N x K. bottom[1]: labels in 0 ... K - 1, N. top[0]: one number. param_str: epsilon (0.1).
 */
export class LabelSmoothingLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  private options = { epsilon: 0.1 };
  /** softmax(scores), of the last forward. */
  private probabilities = new Float32Array();

  override setup(): void {
    this.options = this.params(this.options);
  }

  override reshape([scores, labels]: Blob[], [loss]: Blob[]): void {
    if (labels.count !== scores.shape[0]) {
      throw new RangeError(`${this.name}: ${labels.count} labels for ${scores.shape[0]} rows of scores`);
    }
    if (this.probabilities.length !== scores.count) this.probabilities = new Float32Array(scores.count);
    loss.reshape();
  }

  override forward([scores, labels]: Blob[], [loss]: Blob[]): void {
    const { epsilon } = this.options;
    const p = this.probabilities;
    const z = scores.cpuData;
    const right = labels.cpuData;
    const classes = scores.count / right.length;
    let sum = 0;
    for (let row = 0; row < right.length; row++) {
      const label = right[row];
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`${this.name}: label ${label} of row ${row} is not in 0 ... ${classes - 1}`);
      }
      const first = row * classes;
      const end = first + classes;
      let most = -Infinity;
      let mean = 0;
      for (let i = first; i < end; i++) {
        most = Math.max(most, z[i]);
        mean += z[i] / classes;
      }
      let total = 0;
      for (let i = first; i < end; i++) total += p[i] = Math.exp(z[i] - most); // the largest is 1: nothing overflows
      for (let i = first; i < end; i++) p[i] /= total;
      // -sum of q ln p, with ln p = z - ln(sum of exp(z))
      sum += most + Math.log(total) - (1 - epsilon) * z[first + label] - epsilon * mean;
    }
    loss.data[0] = sum / right.length;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], [scores, labels]: Blob[]): void {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    if (!propagateDown[0]) return;
    const { epsilon } = this.options;
    const p = this.probabilities;
    const right = labels.cpuData;
    const classes = scores.count / right.length;
    const diff = scores.diff;
    const scale = loss.cpuDiff[0] / right.length;
    for (let i = 0; i < diff.length; i++) diff[i] = scale * (p[i] - epsilon / classes);
    for (let row = 0; row < right.length; row++) diff[row * classes + right[row]] -= scale * (1 - epsilon);
  }

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }
}
