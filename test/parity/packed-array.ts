import { Buffer } from 'node:buffer';
import type { io } from 'tscaffe';

const kinds = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };

/** An array as the generators write it: base64 of little-endian values. */
export interface Packed {
  shape: number[];
  type: keyof typeof kinds;
  data: string;
}

export function unpack({ shape, type, data }: Packed): io.NdArray<io.Values> {
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  return { data: type === 'uint8' ? bytes : new kinds[type](bytes.buffer), shape };
}

/** The largest difference between two arrays of one shape, NaN and infinity included; Infinity if the shapes differ. */
export function distance(a: io.NdArray<io.Values>, b: io.NdArray<io.Values>): number {
  if (a.shape.join() !== b.shape.join() || a.data.length !== b.data.length) return Infinity;
  let most = 0;
  for (const [i, x] of [...a.data].entries()) {
    const apart = Math.abs(x - b.data[i]);
    if (!(apart <= most)) most = Number.isNaN(apart) ? Infinity : apart;
  }
  return most;
}
