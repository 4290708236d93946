import { Layer, type Blob } from 'tscaffe';

/**
 * Multiplies each channel by a number that is learnt. Caffe's own Scale layer does the same in C++; here it shows
 * learnable blobs. It works in place, too.
 *
 * bottom[0], top[0]: N x C x ... blobs[0]: the factors, C. param_str: initial (1), lrMult (1: what multiplies the
 * learning rate, unless the prototxt's `param { lr_mult }` says).
 */
export class LearnableScale extends Layer {
  override readonly exactNumBottomBlobs = 1;
  override readonly exactNumTopBlobs = 1;

  /** The bottom of the last forward: backward needs it, and in place it is gone by then. */
  private input = new Float32Array();

  override setup([bottom]: Blob[]): void {
    const { initial, lrMult } = this.params({ initial: 1, lrMult: 1 });
    this.addBlob([bottom.shape[1]], { filler: { type: 'constant', value: initial }, lrMult });
  }

  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    if (bottom.shape[1] !== this.blobs[0].count) {
      throw new RangeError(`${this.name}: ${bottom.shape[1]} channels for ${this.blobs[0].count} factors`);
    }
    top.reshapeLike(bottom);
    if (this.input.length !== bottom.count) this.input = new Float32Array(bottom.count);
  }

  override forward([bottom]: Blob[], [top]: Blob[]): void {
    const input = this.input;
    input.set(bottom.cpuData);
    const y = top.data;
    const factors = this.blobs[0].cpuData;
    const size = y.length / bottom.shape[0] / factors.length;
    for (let i = 0, row = 0; i < y.length; row++) {
      const factor = factors[row % factors.length];
      for (const end = i + size; i < end; i++) y[i] = factor * input[i];
    }
  }

  override backward([top]: Blob[], propagateDown: boolean[], [bottom]: Blob[]): void {
    const input = this.input;
    const dy = top.cpuDiff;
    const factors = this.blobs[0].cpuData;
    const dFactors = this.blobs[0].diff;
    const size = dy.length / bottom.shape[0] / factors.length;
    for (let i = 0, row = 0; i < dy.length; row++) {
      let sum = 0;
      for (const end = i + size; i < end; i++) sum += dy[i] * input[i];
      dFactors[row % factors.length] += sum; // added, not assigned: iter_size and shared weights add up
    }
    if (!propagateDown[0]) return;
    const dx = bottom.diff;
    for (let i = 0, row = 0; i < dx.length; row++) {
      const factor = factors[row % factors.length];
      for (const end = i + size; i < end; i++) dx[i] = factor * dy[i];
    }
  }
}
