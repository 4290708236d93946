import { Layer, math, type Blob } from 'tscaffe';

const batch = 256;
const shape = [3, 64, 64];
const size = 3 * 64 * 64;
const images = 1024;

/** Batches out of an array in memory, in order, over and over. */
export class Feed extends Layer {
  private readonly pixels = new Uint8Array(images * size);
  private first = 0;

  override setup(): void {
    for (let n = 0; n < images; n++) {
      for (let i = 0; i < size; i++) this.pixels[n * size + i] = (n + i) % 251;
    }
  }

  override reshape(_bottom: Blob[], [data]: Blob[]): void {
    data.reshape(batch, ...shape);
  }

  override forward(_bottom: Blob[], [data]: Blob[]): void {
    const from = this.pixels.subarray(this.first * size, (this.first + batch) * size);
    math.scale(0.00390625, from, data.data);
    this.first = (this.first + batch) % images;
  }
}
