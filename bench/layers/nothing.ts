import { Layer, type Blob } from 'tscaffe';

/** Touches what a layer touches, and computes nothing. */
export class Nothing extends Layer {
  touched = 0;

  override setup([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }

  override reshape(): void {
    // The top has its shape from setup.
  }

  override forward([bottom]: Blob[], [top]: Blob[]): void {
    this.touched += bottom.data.length + top.data.length;
  }

  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void {
    this.touched += bottom.diff.length + top.diff.length;
  }
}
