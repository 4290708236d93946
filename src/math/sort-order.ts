import { argumentError, expectBoolean, expectInteger, expectOptions } from '../error/argument.js';
import { native } from '../native/load.js';
import { cpuOperand, expectLength, type MathArray } from './array.js';
import { expectAxis, indexResult, type Axis, type IndexArray } from './axis.js';

/** How {@link argsort} sorts. */
export interface SortOptions {
  /** From the greatest to the least. False by default. */
  descending?: boolean;
}

function order(
  descending: boolean,
  k: number,
  { outer, n, inner }: Axis,
  from: Float32Array,
  to: Int32Array | Float32Array,
): void {
  expectLength(to, 'y', outer * k * inner, `${k} for each of ${outer * inner}`);
  if (to.length > 0) native.math.sortOrder(descending, k, outer, n, inner, from, to);
}

/**
 * The indices of the values in the order from the least to the greatest, or the other way round. Equal values stay in
 * their order, and NaN comes last either way.
 */
export function argsort(x: MathArray, options?: SortOptions): Int32Array;
/**
 * The same along one axis.
 *
 * @param shape - of `x`, such as `blob.shape`
 * @param y - as many elements as `x`; an `Int32Array`, or floats. It must not share memory with `x`
 * @throws {RangeError} for a shape, an axis or a length that does not fit, or arrays that share memory
 */
export function argsort(
  x: MathArray,
  shape: readonly number[],
  axis: number,
  y: IndexArray,
  options?: SortOptions,
): void;
export function argsort(
  x: MathArray,
  first: SortOptions | readonly number[] = {},
  axis = 0,
  y?: IndexArray,
  options?: SortOptions,
): Int32Array | undefined {
  const from = cpuOperand(x, 'x');
  if (!isShape(first)) {
    const places = new Int32Array(from.length);
    order(isDescending(first), from.length, { outer: 1, n: from.length, inner: 1 }, from, places);
    return places;
  }
  const along = expectAxis(from, first, axis);
  if (y === undefined) throw argumentError('an Int32Array, a Float32Array or a Blob', 'y', y);
  order(isDescending(options), along.n, along, from, indexResult(y, 'y', along.n));
  return undefined;
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}

function isDescending(options: SortOptions = {}): boolean {
  return expectBoolean(expectOptions(options, ['descending']).descending ?? false, 'descending');
}

/**
 * The indices of the `k` greatest values, from the greatest on. Equal values stay in their order, and NaN comes last.
 * It is faster than {@link argsort}.
 *
 * @throws {RangeError} if there are not `k` values
 */
export function topk(x: MathArray, k: number): Int32Array;
/**
 * The same along one axis.
 *
 * @param shape - of `x`, such as `blob.shape`
 * @param y - the elements of `shape` with `k` along that axis; an `Int32Array`, or floats. It must not share memory
 * with `x`
 * @throws {RangeError} for a shape, an axis or a length that does not fit, or arrays that share memory
 */
export function topk(x: MathArray, k: number, shape: readonly number[], axis: number, y: IndexArray): void;
export function topk(
  x: MathArray,
  k: number,
  ...along: [] | [shape: readonly number[], axis: number, y: IndexArray]
): Int32Array | undefined {
  const from = cpuOperand(x, 'x');
  if (along.length === 0) {
    const places = new Int32Array(expectInteger(k, 'k', 0, from.length));
    order(true, k, { outer: 1, n: from.length, inner: 1 }, from, places);
    return places;
  }
  const [shape, axis, y] = along;
  const each = expectAxis(from, shape, axis);
  expectInteger(k, 'k', 0, each.n);
  order(true, k, each, from, indexResult(y, 'y', each.n));
  return undefined;
}
