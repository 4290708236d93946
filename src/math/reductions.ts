import { native } from '../native/load.js';
import { cpuOperand, cpuResult, expectLength, type MathArray } from './array.js';
import { expectAxis, expectSome, indexResult, type AxisArguments, type IndexArray } from './axis.js';

const one = new Float32Array(1);
const oneIndex = new Int32Array(1);

function alongAxis(
  f: 'sumAxis' | 'maxAxis' | 'minAxis',
  from: Float32Array,
  shape: readonly number[],
  axis: number,
  y: MathArray,
): { to: Float32Array; n: number } {
  const { outer, n, inner } = expectAxis(from, shape, axis);
  const to = cpuResult(y, 'y');
  expectLength(to, 'y', outer * inner, `shape = (${shape.join(', ')}) without axis ${axis}`);
  if (to.length === 0) return { to, n };
  if (f !== 'sumAxis') expectSome(n, 'x');
  if (n === 0) to.fill(0);
  else native.math[f](outer, n, inner, from, to);
  return { to, n };
}

/** The sum of the values, added up as doubles; 0 for an empty array. CPU only, as all of these. */
export function sum(x: MathArray): number;
/**
 * The sums along one axis: numpy's `x.sum(axis)`. They are added up as doubles.
 *
 * @param shape - of `x`, such as `blob.shape`
 * @param y - the elements of `shape` without that axis; it must not share memory with `x`
 * @throws {RangeError} for a shape, an axis or a length that does not fit, or arrays that share memory
 */
export function sum(x: MathArray, shape: readonly number[], axis: number, y: MathArray): void;
export function sum(x: MathArray, ...along: [] | AxisArguments): number | undefined {
  const from = cpuOperand(x, 'x');
  if (along.length === 0) return from.length > 0 ? native.math.sumAll(from) : 0;
  alongAxis('sumAxis', from, ...along);
  return undefined;
}

/** The mean of the values; NaN for an empty array. */
export function mean(x: MathArray): number;
/** The means along one axis, as in {@link sum}. */
export function mean(x: MathArray, shape: readonly number[], axis: number, y: MathArray): void;
export function mean(x: MathArray, ...along: [] | AxisArguments): number | undefined {
  const from = cpuOperand(x, 'x');
  if (along.length === 0) return sum(from) / from.length;
  const { to, n } = alongAxis('sumAxis', from, ...along);
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) / n;
  return undefined;
}

/**
 * The greatest value; NaN if there is one, as in numpy.
 *
 * @throws {RangeError} for an empty array
 */
export function max(x: MathArray): number;
/** The greatest values along one axis, as in {@link sum}. */
export function max(x: MathArray, shape: readonly number[], axis: number, y: MathArray): void;
export function max(x: MathArray, ...along: [] | AxisArguments): number | undefined {
  return best('maxAxis', x, along);
}

/**
 * The least value; NaN if there is one, as in numpy.
 *
 * @throws {RangeError} for an empty array
 */
export function min(x: MathArray): number;
/** The least values along one axis, as in {@link sum}. */
export function min(x: MathArray, shape: readonly number[], axis: number, y: MathArray): void;
export function min(x: MathArray, ...along: [] | AxisArguments): number | undefined {
  return best('minAxis', x, along);
}

function best(f: 'maxAxis' | 'minAxis', x: MathArray, along: [] | AxisArguments): number | undefined {
  const from = cpuOperand(x, 'x');
  if (along.length === 0) {
    expectSome(from.length, 'x');
    native.math[f](1, from.length, 1, from, one);
    return one[0];
  }
  alongAxis(f, from, ...along);
  return undefined;
}

/**
 * The index of the greatest value: the first of equal ones, or the first NaN, as in numpy.
 *
 * @throws {RangeError} for an empty array
 */
export function argmax(x: MathArray): number;
/**
 * The indices of the greatest values along one axis, as in {@link sum}.
 *
 * @param y - an `Int32Array`, or floats
 */
export function argmax(x: MathArray, shape: readonly number[], axis: number, y: IndexArray): void;
export function argmax(
  x: MathArray,
  ...along: [] | [shape: readonly number[], axis: number, y: IndexArray]
): number | undefined {
  const from = cpuOperand(x, 'x');
  if (along.length === 0) {
    expectSome(from.length, 'x');
    native.math.argmaxAxis(1, from.length, 1, from, oneIndex);
    return oneIndex[0];
  }
  const [shape, axis, y] = along;
  const { outer, n, inner } = expectAxis(from, shape, axis);
  const to = indexResult(y, 'y', n);
  expectLength(to, 'y', outer * inner, `shape = (${shape.join(', ')}) without axis ${axis}`);
  if (to.length === 0) return undefined;
  expectSome(n, 'x');
  native.math.argmaxAxis(outer, n, inner, from, to);
  return undefined;
}
