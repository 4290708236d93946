import { expectNumber } from '../error/argument.js';
import { broadcast, type Binary } from './broadcast.js';
import { expectSameLength, mathOf, operand, result, type MathArray } from './array.js';

type Shape = readonly number[];
type Unary = 'copy' | 'sqr' | 'sqrt' | 'exp' | 'log' | 'abs' | 'sign' | 'signbit';

function apply(f: Unary, a: MathArray, y: MathArray): void {
  const from = operand(a, 'a');
  const to = result(y, 'y');
  expectSameLength(from, 'a', to, 'y');
  if (to.length > 0) mathOf(to, from)[f](from, to);
}

function combine(f: Binary, a: MathArray, b: MathArray, y: MathArray, aShape?: Shape, bShape?: Shape): void {
  if (aShape !== undefined || bShape !== undefined) {
    broadcast(f, a, b, y, aShape, bShape);
    return;
  }
  const left = operand(a, 'a');
  const right = operand(b, 'b');
  const to = result(y, 'y');
  expectSameLength(left, 'a', to, 'y');
  expectSameLength(right, 'b', to, 'y');
  if (to.length > 0) mathOf(to, left, right)[f](left, right, to);
}

/** x[i] = alpha. */
export function set(alpha: number, x: MathArray): void {
  expectNumber(alpha, 'alpha');
  const array = result(x, 'x');
  if (array.length > 0) mathOf(array).set(alpha, array);
}

/** x[i] = x[i] + alpha. */
export function addScalar(alpha: number, x: MathArray): void {
  expectNumber(alpha, 'alpha');
  const array = result(x, 'x');
  if (array.length > 0) mathOf(array).addScalar(alpha, array);
}

/** y[i] = a[i]. */
export function copy(a: MathArray, y: MathArray): void {
  apply('copy', a, y);
}

/**
 * y[i] = a[i] + b[i]. With the shapes of both operands, it broadcasts by numpy's rule: from the last axis on, sizes are
 * equal, or 1 to be repeated, or missing. The biases of channels are `add(x, bias, y, [n, c, h * w], [c, 1])`, and the
 * greatest of each row is taken off by `sub(x, max, y, [rows, columns], [rows, 1])`. CPU only, with shapes.
 *
 * @param y - as many elements as the result has. It may be an operand that is not repeated
 * @throws {RangeError} for lengths or shapes that do not fit, or arrays that share memory
 */
export function add(a: MathArray, b: MathArray, y: MathArray, aShape?: Shape, bShape?: Shape): void {
  combine('add', a, b, y, aShape, bShape);
}

/** y[i] = a[i] - b[i]. With shapes, it broadcasts as {@link add} does. */
export function sub(a: MathArray, b: MathArray, y: MathArray, aShape?: Shape, bShape?: Shape): void {
  combine('sub', a, b, y, aShape, bShape);
}

/** y[i] = a[i] · b[i]. With shapes, it broadcasts as {@link add} does. */
export function mul(a: MathArray, b: MathArray, y: MathArray, aShape?: Shape, bShape?: Shape): void {
  combine('mul', a, b, y, aShape, bShape);
}

/** y[i] = a[i] / b[i]. With shapes, it broadcasts as {@link add} does. */
export function div(a: MathArray, b: MathArray, y: MathArray, aShape?: Shape, bShape?: Shape): void {
  combine('div', a, b, y, aShape, bShape);
}

/** y[i] = a[i]². */
export function sqr(a: MathArray, y: MathArray): void {
  apply('sqr', a, y);
}

/** y[i] = √a[i]. */
export function sqrt(a: MathArray, y: MathArray): void {
  apply('sqrt', a, y);
}

/** y[i] = e^a[i]. */
export function exp(a: MathArray, y: MathArray): void {
  apply('exp', a, y);
}

/** y[i] = ln(a[i]). */
export function log(a: MathArray, y: MathArray): void {
  apply('log', a, y);
}

/** y[i] = |a[i]|. */
export function abs(a: MathArray, y: MathArray): void {
  apply('abs', a, y);
}

/** y[i] = 1 if a[i] is positive, 0 if it is zero, -1 if it is negative. */
export function sign(a: MathArray, y: MathArray): void {
  apply('sign', a, y);
}

/** y[i] = 1 if the sign bit of a[i] is set (as in -0), else 0. This is Caffe's sgnbit. */
export function signbit(a: MathArray, y: MathArray): void {
  apply('signbit', a, y);
}

/** y[i] = a[i] to the power of b. */
export function powx(a: MathArray, b: number, y: MathArray): void {
  expectNumber(b, 'b');
  const from = operand(a, 'a');
  const to = result(y, 'y');
  expectSameLength(from, 'a', to, 'y');
  if (to.length > 0) mathOf(to, from).powx(from, b, to);
}
