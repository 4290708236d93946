import { expectBoolean, expectInteger, expectNumber, expectObject } from '../error/argument.js';
import { native } from '../native/load.js';
import { expectLength, expectSameLength, mathOf, onCpu, operand, result, type MathArray } from './array.js';

const most = 2 ** 31 - 1;

function expectSize(value: number, name: string): void {
  expectInteger(value, name, 1, most);
}

export interface GemmArguments {
  /** Whether `a` holds the transposed of A: k × m instead of m × k. */
  transA?: boolean;
  /** Whether `b` holds the transposed of B: n × k instead of k × n. */
  transB?: boolean;
  m: number;
  n: number;
  k: number;
  alpha?: number;
  a: MathArray;
  b: MathArray;
  beta?: number;
  c: MathArray;
}

/**
 * C = alpha · A · B + beta · C, all row by row without gaps: A is m × k, B is k × n, C is m × n. `alpha` is 1 and
 * `beta` 0 by default; with `beta` 0 what was in C does not matter, NaN included.
 *
 * @throws {RangeError} where an array has not the size that m, n and k say, or `c` shares memory with `a` or `b`
 */
export function gemm(gemmArguments: GemmArguments): void {
  const { transA = false, transB = false, m, n, k, alpha = 1, a, b, beta = 0, c } = expectObject(gemmArguments, 'gemm');
  expectBoolean(transA, 'transA');
  expectBoolean(transB, 'transB');
  expectSize(m, 'm');
  expectSize(n, 'n');
  expectSize(k, 'k');
  expectNumber(alpha, 'alpha');
  expectNumber(beta, 'beta');
  const left = operand(a, 'a');
  const right = operand(b, 'b');
  const product = result(c, 'c');
  if (left.length !== m * k) expectLength(left, 'a', m * k, `m * k = ${m} * ${k}`);
  if (right.length !== k * n) expectLength(right, 'b', k * n, `k * n = ${k} * ${n}`);
  if (product.length !== m * n) expectLength(product, 'c', m * n, `m * n = ${m} * ${n}`);
  mathOf(product, left, right).gemm(transA, transB, m, n, k, alpha, left, right, beta, product);
}

export interface GemvArguments {
  /** Whether to multiply by the transposed of A: then `x` has m elements and `y` has n. */
  transA?: boolean;
  m: number;
  n: number;
  alpha?: number;
  a: MathArray;
  x: MathArray;
  beta?: number;
  y: MathArray;
}

/**
 * y = alpha · A · x + beta · y with A of m × n, row by row; with `transA` y = alpha · Aᵀ · x + beta · y, `a` being m ×
 * n all the same. `alpha` is 1 and `beta` 0 by default.
 *
 * @throws {RangeError} where an array has not the size that m and n say, or `y` shares memory with `a` or `x`
 */
export function gemv(gemvArguments: GemvArguments): void {
  const { transA = false, m, n, alpha = 1, a, x, beta = 0, y } = expectObject(gemvArguments, 'gemv');
  expectBoolean(transA, 'transA');
  expectSize(m, 'm');
  expectSize(n, 'n');
  expectNumber(alpha, 'alpha');
  expectNumber(beta, 'beta');
  const matrix = operand(a, 'a');
  const vector = operand(x, 'x');
  const product = result(y, 'y');
  const [long, short] = transA ? [m, n] : [n, m];
  if (matrix.length !== m * n) expectLength(matrix, 'a', m * n, `m * n = ${m} * ${n}`);
  if (vector.length !== long) expectLength(vector, 'x', long, transA ? 'm' : 'n');
  if (product.length !== short) expectLength(product, 'y', short, transA ? 'n' : 'm');
  mathOf(product, matrix, vector).gemv(transA, m, n, alpha, matrix, vector, beta, product);
}

/** y = alpha · x + y. @throws {RangeError} where lengths differ, or `x` and `y` share memory */
export function axpy(alpha: number, x: MathArray, y: MathArray): void {
  expectNumber(alpha, 'alpha');
  const from = operand(x, 'x');
  const to = result(y, 'y');
  expectSameLength(from, 'x', to, 'y');
  if (to.length > 0) mathOf(to, from).axpy(alpha, from, to);
}

/** y = alpha · x + beta · y. @throws {RangeError} where lengths differ, or `x` and `y` share memory */
export function axpby(alpha: number, x: MathArray, beta: number, y: MathArray): void {
  expectNumber(alpha, 'alpha');
  expectNumber(beta, 'beta');
  const from = operand(x, 'x');
  const to = result(y, 'y');
  expectSameLength(from, 'x', to, 'y');
  if (to.length > 0) mathOf(to, from).axpby(alpha, from, beta, to);
}

/** x = alpha · x. */
export function scal(alpha: number, x: MathArray): void {
  expectNumber(alpha, 'alpha');
  const array = result(x, 'x');
  if (array.length > 0) mathOf(array).scal(alpha, array);
}

/**
 * y = alpha · x, where x may be bytes, such as the pixels of an image (then on the CPU only).
 *
 * @throws {RangeError} where lengths differ, or `x` and `y` share memory: then {@link scal} is meant
 */
export function scale(alpha: number, x: MathArray | Uint8Array, y: MathArray): void {
  expectNumber(alpha, 'alpha');
  const from = x instanceof Uint8Array ? x : operand(x, 'x');
  const to = result(y, 'y');
  expectSameLength(from, 'x', to, 'y');
  if (to.length === 0) return;
  if (from instanceof Uint8Array) native.math.scaleBytes(alpha, from, onCpu(to, 'y'));
  else mathOf(to, from).scale(alpha, from, to);
}

/** The sum of x[i] · y[i]; 0 for empty arrays. @throws {RangeError} where lengths differ */
export function dot(x: MathArray, y: MathArray): number {
  const left = operand(x, 'x');
  const right = operand(y, 'y');
  expectSameLength(left, 'x', right, 'y');
  return left.length > 0 ? mathOf(left, right).dot(left, right) : 0;
}

/**
 * The sum of x[i · incX] · y[i · incY] for i from 0 to n - 1; on the CPU only.
 *
 * @throws {RangeError} where an array is too short for that
 */
export function stridedDot(n: number, x: MathArray, incX: number, y: MathArray, incY: number): number {
  expectSize(n, 'n');
  expectSize(incX, 'incX');
  expectSize(incY, 'incY');
  const left = onCpu(operand(x, 'x'), 'x');
  const right = onCpu(operand(y, 'y'), 'y');
  for (const [array, name, step] of [
    [left, 'x', incX],
    [right, 'y', incY],
  ] as const) {
    const least = (n - 1) * step + 1;
    if (array.length < least) {
      throw new RangeError(
        `Expected at least ${least} elements (${n} in steps of ${step}) for ${name} but received ${array.length}`,
      );
    }
  }
  return native.math.stridedDot(n, left, incX, right, incY);
}

/** The sum of |x[i]|; 0 for an empty array. */
export function asum(x: MathArray): number {
  const array = operand(x, 'x');
  return array.length > 0 ? mathOf(array).asum(array) : 0;
}
