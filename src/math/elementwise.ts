import type { NativeBinary, NativeUnary } from '../../typings/native.js';
import { native } from '../native/load.js';
import { expectNumber, expectSameLength, operand, result, type MathArray } from './array.js';

const { math } = native;

function apply(f: NativeUnary, a: MathArray, y: MathArray): void {
  const from = operand(a, 'a');
  const to = result(y, 'y');
  expectSameLength(from, 'a', to, 'y');
  if (to.length > 0) f(from, to);
}

function combine(f: NativeBinary, a: MathArray, b: MathArray, y: MathArray): void {
  const left = operand(a, 'a');
  const right = operand(b, 'b');
  const to = result(y, 'y');
  expectSameLength(left, 'a', to, 'y');
  expectSameLength(right, 'b', to, 'y');
  if (to.length > 0) f(left, right, to);
}

/** x[i] = alpha. */
export function set(alpha: number, x: MathArray): void {
  expectNumber(alpha, 'alpha');
  const array = result(x, 'x');
  if (array.length > 0) math.set(alpha, array);
}

/** x[i] = x[i] + alpha. */
export function addScalar(alpha: number, x: MathArray): void {
  expectNumber(alpha, 'alpha');
  const array = result(x, 'x');
  if (array.length > 0) math.addScalar(alpha, array);
}

/** y[i] = a[i]. */
export function copy(a: MathArray, y: MathArray): void {
  apply(math.copy, a, y);
}

/** y[i] = a[i] + b[i]. */
export function add(a: MathArray, b: MathArray, y: MathArray): void {
  combine(math.add, a, b, y);
}

/** y[i] = a[i] - b[i]. */
export function sub(a: MathArray, b: MathArray, y: MathArray): void {
  combine(math.sub, a, b, y);
}

/** y[i] = a[i] · b[i]. */
export function mul(a: MathArray, b: MathArray, y: MathArray): void {
  combine(math.mul, a, b, y);
}

/** y[i] = a[i] / b[i]. */
export function div(a: MathArray, b: MathArray, y: MathArray): void {
  combine(math.div, a, b, y);
}

/** y[i] = a[i]². */
export function sqr(a: MathArray, y: MathArray): void {
  apply(math.sqr, a, y);
}

/** y[i] = √a[i]. */
export function sqrt(a: MathArray, y: MathArray): void {
  apply(math.sqrt, a, y);
}

/** y[i] = e to the a[i]. */
export function exp(a: MathArray, y: MathArray): void {
  apply(math.exp, a, y);
}

/** y[i] = ln a[i]. */
export function log(a: MathArray, y: MathArray): void {
  apply(math.log, a, y);
}

/** y[i] = |a[i]|. */
export function abs(a: MathArray, y: MathArray): void {
  apply(math.abs, a, y);
}

/** y[i] = 1, 0 or -1 as a[i] is positive, zero or negative. */
export function sign(a: MathArray, y: MathArray): void {
  apply(math.sign, a, y);
}

/** y[i] = 1 if a[i] has its sign bit set (-0 has), else 0: Caffe's sgnbit. */
export function signbit(a: MathArray, y: MathArray): void {
  apply(math.signbit, a, y);
}

/** y[i] = a[i] to the power b. */
export function powx(a: MathArray, b: number, y: MathArray): void {
  expectNumber(b, 'b');
  const from = operand(a, 'a');
  const to = result(y, 'y');
  expectSameLength(from, 'a', to, 'y');
  if (to.length > 0) math.powx(from, b, to);
}
