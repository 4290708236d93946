import { Layer, math, type Blob } from 'tscaffe';

/**
 * The contrastive center loss: features shall be near the center of their own class and far from those of the others,
 * with the centers learnt; mean of |x - c[y]|^2 / (2 (sum over j != y of |x - c[j]|^2 + delta)). C. Qi and F. Su,
 * Contrastive-center loss for deep neural networks, ICIP 2017, equation 2 (there the sum over the batch).
 *
 * bottom[0]: features, N x D. bottom[1]: labels in 0 ... classes - 1, N. top[0]: one number. blobs[0]: centers, classes
 * x D. param_str: classes (must be given), delta (1), std (0.1: the centers begin as normally distributed numbers).
 */
export class ContrastiveCenterLoss extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  private classes = 0;
  private delta = 1;
  /**
   * N x classes. Both gradients follow from one matrix W: with w = d / s^2 for the centers of other classes and -1 / s
   * for the row's own (d the distance, s what it is divided by), they are dx = W C - rowsum(W) x and dc = W^T X -
   * colsum(W) c.
   */
  private weights = new Float32Array();

  override setup([features]: Blob[]): void {
    const { classes, delta, std } = this.params({ classes: Number, delta: 1, std: 0.1 });
    this.classes = classes;
    this.delta = delta;
    this.addBlob([classes, features.count / features.shape[0]], { filler: { type: 'gaussian', std } });
  }

  override reshape([features, labels]: Blob[], [loss]: Blob[]): void {
    const n = features.shape[0];
    if (labels.count !== n) throw new RangeError(`${this.name}: ${labels.count} labels for ${n} rows of features`);
    if (this.weights.length !== n * this.classes) this.weights = new Float32Array(n * this.classes);
    loss.reshape();
  }

  override forward([features, labels]: Blob[], [loss]: Blob[]): void {
    const { classes, delta, weights } = this;
    const n = features.shape[0];
    const k = features.count / n;
    const x = features.cpuData;
    const centers = this.blobs[0].cpuData;
    // |x - c|^2 = |x|^2 - 2 x c + |c|^2, where BLAS has the middle
    math.gemm({ transB: true, m: n, n: classes, k, alpha: -2, a: x, b: centers, c: weights });
    const rows = squares(x, n);
    const columns = squares(centers, classes);
    const right = labels.cpuData;
    let sum = 0;
    for (let row = 0; row < n; row++) {
      const label = right[row];
      if (!Number.isInteger(label) || label < 0 || label >= classes) {
        throw new RangeError(`${this.name}: label ${label} of row ${row} is not in 0 ... ${classes - 1}`);
      }
      const start = row * classes;
      let all = delta;
      for (let j = 0; j < classes; j++) {
        weights[start + j] = Math.max(0, weights[start + j] + rows[row] + columns[j]);
        all += weights[start + j];
      }
      const own = weights[start + label];
      const others = all - own;
      sum += own / (2 * others);
      weights.fill(own / (others * others), start, start + classes);
      weights[start + label] = -1 / others;
    }
    loss.data[0] = sum / n;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], [features]: Blob[]): void {
    if (propagateDown[1]) throw new Error(`${this.name}: labels have no gradient`);
    const { classes, weights } = this;
    const n = features.shape[0];
    const k = features.count / n;
    const x = features.cpuData;
    const centers = this.blobs[0];
    const alpha = loss.cpuDiff[0] / n;

    // Learnable blobs: added to what is there, hence beta 1.
    math.gemm({ transA: true, m: classes, n: k, k: n, alpha, a: weights, b: x, beta: 1, c: centers.diff });
    for (let j = 0; j < classes; j++) {
      let column = 0;
      for (let row = 0; row < n; row++) column += weights[row * classes + j];
      const piece = [j * k, (j + 1) * k] as const;
      math.axpy(-alpha * column, centers.cpuData.subarray(...piece), centers.diff.subarray(...piece));
    }

    if (!propagateDown[0]) return;
    math.gemm({ m: n, n: k, k: classes, alpha, a: weights, b: centers.cpuData, c: features.diff });
    for (let row = 0; row < n; row++) {
      let sum = 0;
      for (let j = 0; j < classes; j++) sum += weights[row * classes + j];
      const piece = [row * k, (row + 1) * k] as const;
      math.axpy(-alpha * sum, x.subarray(...piece), features.diff.subarray(...piece));
    }
  }

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }
}

/** The sum of the squares of each row. */
function squares(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const sums = new Float32Array(rows);
  for (let i = 0; i < matrix.length; i++) sums[Math.floor(i / columns)] += matrix[i] * matrix[i];
  return sums;
}
