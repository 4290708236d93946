// An ES module of a user.
import { Blob, Layer, layers, math, type fields, type io, type Net } from 'tscaffe';

const blob: Blob = new Blob(2);
const image: io.NdArray = { data: new Float32Array(1), shape: [1] };
const pooling: fields.PoolingParameter = { pool: 'MAX' };

export class Twice extends Layer {
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    math.scale(2, bottom, top);
  }
}

export function sizes(net: Net): number[] {
  return [net.layers.length, blob.count, image.shape.length, pooling.kernelSize ?? 0, layers.ReLU.length];
}
