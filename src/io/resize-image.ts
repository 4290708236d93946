import { argumentError, expectShape } from '../error/argument.js';
import { expectArray, type NdArray, type Values } from './nd-array.js';

/** 0 takes the nearest pixel, 1 interpolates between four. */
export type InterpolationOrder = 0 | 1;

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
 * Blurs an H·W·K image in place by a Gaussian, along rows and columns, with the numbers of scipy's `gaussian_filter` in
 * its mode `constant`.
 *
 * @param sigmas - of the two axes, in pixels; 0 and less leave an axis as it is
 */
function blur({ data, shape }: NdArray<Floats>, sigmas: readonly number[]): void {
  const [height = 0, width = 0, channels = 0] = shape;
  const [vertical = 0, horizontal = 0] = sigmas;
  if (vertical > 1e-15) blurLines(data, height, width * channels, bell(vertical));
  if (horizontal > 1e-15) blurLines(data, width, channels, bell(horizontal));
}

/** Where a row or column of the result is in the image, and how much of the next pixel it takes. */
interface Position {
  at: number;
  next: number;
  part: number;
}

const round = (x: number): number => (x > 0 ? Math.trunc(x + 0.5) : Math.trunc(x - 0.5));

/**
 * The positions along one axis in scikit-image's convention: pixels are squares, so that the image's borders fall on
 * the result's.
 *
 * @param rounded - how the image's own type rounds: scikit-image computes coordinates in it
 */
function squarePositions(
  from: number,
  to: number,
  order: InterpolationOrder,
  rounded: (x: number) => number,
): Position[] {
  const factor = from / to;
  const scale = rounded(factor);
  const shift = rounded(factor / 2 - 0.5);
  return Array.from({ length: to }, (_, i) => {
    const place = rounded(rounded(scale * i) + shift);
    if (order === 0) return { at: round(place), next: round(place), part: 0 };
    return { at: Math.floor(place), next: Math.ceil(place), part: place - Math.floor(place) };
  });
}

/**
 * The positions in scipy's convention: pixels are points, so that the first and last one of both fall on each other.
 */
function pointPositions(from: number, to: number, order: InterpolationOrder): Position[] {
  const scale = to > 1 ? (from - 1) / (to - 1) : 1;
  return Array.from({ length: to }, (_, i) => {
    // Rounding may place the last one a trifle outside, where scipy would put a 0.
    const place = Math.min(i * scale, from - 1);
    const at = Math.floor(order === 0 ? place + 0.5 : place);
    return { at, next: Math.min(at + 1, from - 1), part: order === 0 ? 0 : place - at };
  });
}

/** Interpolates between the four pixels of each position; pixels outside of the image are 0. */
function interpolate({ data, shape }: NdArray<Floats>, rows: Position[], columns: Position[], result: Floats): void {
  const [height = 0, width = 0, channels = 0] = shape;
  const pixel = (row: number, column: number, channel: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : (data[(row * width + column) * channels + channel] ?? 0);
  const mix = (a: number, b: number, part: number): number => (1 - part) * a + part * b;
  let written = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        const above = mix(pixel(row.at, column.at, channel), pixel(row.at, column.next, channel), column.part);
        const below = mix(pixel(row.next, column.at, channel), pixel(row.next, column.next, channel), column.part);
        result[written++] = mix(above, below, row.part);
      }
    }
  }
}

function range(data: Floats): [least: number, most: number] {
  let least = Infinity;
  let most = -Infinity;
  data.forEach((x) => {
    if (x < least) least = x;
    if (x > most) most = x;
  });
  return [least, most];
}

/**
 * Keeps the result within the range of the image; a 0 that comes from outside of it stays, even where the image has
 * none.
 */
function clip(image: Floats, result: Floats): void {
  const [least, most] = range(image);
  const keepZero = least > 0 || most < 0;
  for (let i = 0; i < result.length; i++) {
    const x = result[i] ?? 0;
    if (!(keepZero && x === 0)) result[i] = Math.min(Math.max(x, least), most);
  }
}

/**
 * As scikit-image resizes images of one or three channels: scaled to [0, 1], smoothed where it shrinks, interpolated,
 * scaled back.
 */
function resizeSquares(
  image: NdArray<Floats>,
  [height, width]: [number, number],
  order: InterpolationOrder,
): Float32Array {
  const { data, shape } = image;
  const [rows = 0, columns = 0, channels = 0] = shape;
  const [least, most] = range(data);
  const count = height * width * channels;
  if (!(most > least)) return new Float32Array(count).fill(least);
  const single = data instanceof Float32Array;
  const rounded = single ? Math.fround : Number;
  const span = rounded(most - least);
  const unit = data.slice();
  for (let i = 0; i < unit.length; i++) unit[i] = rounded((unit[i] ?? 0) - least) / span;
  blur({ data: unit, shape }, [(rows / height - 1) / 2, (columns / width - 1) / 2]);
  const result = single ? new Float32Array(count) : new Float64Array(count);
  interpolate(
    { data: unit, shape },
    squarePositions(rows, height, order, rounded),
    squarePositions(columns, width, order, rounded),
    result,
  );
  if (order > 0) clip(unit, result);
  for (let i = 0; i < count; i++) result[i] = rounded((result[i] ?? 0) * span) + least;
  return result instanceof Float32Array ? result : Float32Array.from(result);
}

/**
 * An image in another size, with the numbers of pycaffe's `resize_image` on scikit-image 0.18 (Debian 11's):
 * - one or three channels: pixels are squares; where the image shrinks by a factor f it is smoothed first by a Gaussian
 *   of σ = (f - 1) / 2; what lies outside of the image counts as its least value, so that its borders darken a little;
 * - any other number of channels: pixels are points, the corners stay in place, nothing is smoothed (scipy's `zoom`).
 *
 * Measured against them: at most 1e-7 of the range of the values. sharp only decodes images; its own resizing is
 * another thing: from 640 x 480 to 227 x 227, its linear kernel is 0.005 of the range away in the mean and 0.13 at
 * sharp edges.
 *
 * @param image - H·W·K, of any range
 * @param dims - the new height and width, in pixels
 * @param interpOrder - 1 for linear interpolation, 0 for the nearest pixel
 * @returns a new array of dims[0]·dims[1]·K
 */
export function resizeImage(
  image: NdArray<Values>,
  dims: readonly [height: number, width: number],
  interpOrder: InterpolationOrder = 1,
): NdArray {
  const { data, shape } = expectArray(image, 'image', 3);
  const [height = 0, width = 0] = expectShape(dims, 'dims', 2);
  if (interpOrder !== 0 && interpOrder !== 1) throw argumentError('0 or 1', 'interpOrder', interpOrder);
  const [rows = 0, columns = 0, channels = 0] = shape;
  if (data.length === 0 || height === 0 || width === 0) {
    throw new RangeError(
      `Expected images that are not empty but received (${shape.join(', ')}) for (${height}, ${width})`,
    );
  }
  const floats = { data: data instanceof Uint8Array ? Float64Array.from(data) : data, shape };
  const resized = [height, width, channels];
  if (channels === 1 || channels === 3)
    return { data: resizeSquares(floats, [height, width], interpOrder), shape: resized };
  const result = new Float32Array(height * width * channels);
  interpolate(floats, pointPositions(rows, height, interpOrder), pointPositions(columns, width, interpOrder), result);
  return { data: result, shape: resized };
}
