import type { NdArray } from './nd-array.js';

type Floats = Float32Array | Float64Array;

/** The weights from the middle outwards. scipy's `gaussian_filter` cuts the bell off at four σ. */
function bell(sigma: number): Float64Array {
  const half = Float64Array.from({ length: Math.trunc(4 * sigma + 0.5) + 1 }, (_, x) =>
    Math.exp((-0.5 / (sigma * sigma)) * x * x),
  );
  const sum = half.reduce((total, weight, x) => total + (x > 0 ? 2 * weight : weight), 0);
  return half.map((weight) => weight / sum);
}

/** Smooths lines of `size` values that are `step` apart; what lies outside of a line counts as 0. */
function blurLines(data: Floats, size: number, step: number, weights: Float64Array): void {
  const margin = weights.length - 1;
  const line = new Float64Array(size + 2 * margin);
  for (let block = 0; block < data.length; block += size * step) {
    for (let start = block; start < block + step; start++) {
      for (let i = 0; i < size; i++) line[margin + i] = data[start + i * step] ?? 0;
      for (let i = 0; i < size; i++) {
        const middle = margin + i;
        let sum = (line[middle] ?? 0) * (weights[0] ?? 0);
        for (let x = margin; x > 0; x--) sum += ((line[middle - x] ?? 0) + (line[middle + x] ?? 0)) * (weights[x] ?? 0);
        data[start + i * step] = sum;
      }
    }
  }
}

/**
 * Blurs an H·W·K image in place by a Gaussian, along rows and columns, with the numbers of scipy's `gaussian_filter` in its mode `constant`.
 *
 * @param sigmas - of the two axes, in pixels; 0 and less leave an axis as it is
 * @internal
 */
export function blur({ data, shape }: NdArray<Floats>, sigmas: readonly number[]): void {
  const [height = 0, width = 0, channels = 0] = shape;
  const [vertical = 0, horizontal = 0] = sigmas;
  if (vertical > 1e-15) blurLines(data, height, width * channels, bell(vertical));
  if (horizontal > 1e-15) blurLines(data, width, channels, bell(horizontal));
}
