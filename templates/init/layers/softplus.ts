import { Layer, type Blob } from 'tscaffe';

/**
 * y = log(1 + exp(x)), a smooth ReLU.
 *
 * bottom[0], top[0]: the same shape, any. It does not compute in place: its gradient needs x.
 */
export class Softplus extends Layer {
  override readonly exactNumBottomBlobs = 1;
  override readonly exactNumTopBlobs = 1;

  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }

  override forward([bottom]: Blob[], [top]: Blob[]): void {
    const [x, y] = [bottom.cpuData, top.data];
    // exp never overflows like this.
    for (let i = 0; i < x.length; i++) y[i] = Math.max(x[i], 0) + Math.log1p(Math.exp(-Math.abs(x[i])));
  }

  override backward([top]: Blob[], propagateDown: boolean[], [bottom]: Blob[]): void {
    if (!propagateDown[0]) return;
    const [x, dx, dy] = [bottom.cpuData, bottom.diff, top.cpuDiff];
    for (let i = 0; i < x.length; i++) dx[i] = dy[i] / (1 + Math.exp(-x[i]));
  }
}
