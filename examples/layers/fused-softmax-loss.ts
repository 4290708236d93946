import { Blob, Layer } from 'tscaffe';

/**
 * Softmax and cross-entropy in one: mean of log(sum of exp(scores)) - score of the right class, as Caffe's
 * SoftmaxWithLoss over the rows of a matrix. It keeps one number a row, where Caffe's keeps all probabilities.
 *
 * bottom[0]: scores, N x C. bottom[1]: labels in 0 ... C - 1, N. top[0]: one number.
 */
export class FusedSoftmaxLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  /** log(sum of exp(scores)) of each row. */
  protected readonly logs = new Blob();

  override reshape([scores, labels]: Blob[], [loss]: Blob[]): void {
    if (scores.shape.length !== 2 || labels.count !== scores.shape[0]) {
      throw new RangeError(`${this.name}: ${labels.count} labels for scores of ${scores.shape.join(' x ')}`);
    }
    this.logs.reshape(labels.count);
    loss.reshape();
  }

  override forward([scores, labels]: Blob[], [loss]: Blob[]): void {
    const [rows, classes] = scores.shape;
    const s = scores.cpuData;
    const classOf = labels.cpuData;
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
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    if (!propagateDown[0]) return;
    const [rows, classes] = scores.shape;
    const s = scores.cpuData;
    const classOf = labels.cpuData;
    const logs = this.logs.cpuData;
    const diff = scores.diff;
    const scale = loss.cpuDiff[0] / rows;
    for (let n = 0; n < rows; n++) {
      const first = n * classes;
      for (let i = first; i < first + classes; i++) diff[i] = scale * Math.exp(s[i] - logs[n]);
      diff[first + classOf[n]] -= scale;
    }
  }

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }
}
