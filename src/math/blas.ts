import { isUint8Array } from 'node:util/types';
import { expectBoolean, expectInteger, expectNumber, expectObject, expectOptions } from '../error/argument.js';
import { native } from '../native/load.js';
import { expectLength, expectSameLength, mathOf, onCpu, operand, result, type MathArray } from './array.js';

const most = 2 ** 31 - 1;

function expectSize(value: number, name: string): void {
  expectInteger(value, name, 1, most);
}

/** The arguments of {@link gemm}. */
export interface GemmArguments {
  /** Whether `a` holds the transpose of A: k × m instead of m × k. False by default. */
  transA?: boolean;
  /** Whether `b` holds the transpose of B: n × k instead of k × n. False by default. */
  transB?: boolean;
  /** The rows of A and C. */
  m: number;
  /** The columns of B and C. */
  n: number;
  /** The columns of A and rows of B. */
  k: number;
  /** The factor of A · B, 1 by default. */
  alpha?: number;
  /** A, m · k elements. */
  a: MathArray;
  /** B, k · n elements. */
  b: MathArray;
  /** The factor of the old C, 0 by default. */
  beta?: number;
  /** C, m · n elements; it is written. */
  c: MathArray;
}

const gemmNames = ['transA', 'transB', 'm', 'n', 'k', 'alpha', 'a', 'b', 'beta', 'c'] as const;
const gemvNames = ['transA', 'm', 'n', 'alpha', 'a', 'x', 'beta', 'y'] as const;

/**
 * C = alpha · A · B + beta · C. All matrices are row-major without gaps: A is m × k, B is k × n, C is m × n. `alpha` is
 * 1 and `beta` is 0 by default. With `beta` 0, the old values of C do not matter, NaN included.
 *
 * @throws {RangeError} if the size of an array does not match m, n and k, or `c` shares memory with `a` or `b`
 * @throws {TypeError} if the arrays are not all on the CPU or all on the GPU
 */
export function gemm(gemmArguments: GemmArguments): void {
  const {
    transA = false,
    transB = false,
    m,
    n,
    k,
    alpha = 1,
    a,
    b,
    beta = 0,
    c,
  } = expectOptions(expectObject(gemmArguments, 'gemm'), gemmNames, 'gemm');
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

/** The arguments of {@link gemv}. */
export interface GemvArguments {
  /** Whether to multiply by the transpose of A. Then `x` has m elements and `y` has n. False by default. */
  transA?: boolean;
  /** The rows of A. */
  m: number;
  /** The columns of A. */
  n: number;
  /** The factor of the product, 1 by default. */
  alpha?: number;
  /** A, m · n elements. */
  a: MathArray;
  /** The vector to multiply: n elements, or m with `transA`. */
  x: MathArray;
  /** The factor of the old y, 0 by default. */
  beta?: number;
  /** The result: m elements, or n with `transA`; it is written. */
  y: MathArray;
}

/**
 * y = alpha · A · x + beta · y, where A is m × n, row-major. With `transA`: y = alpha · Aᵀ · x + beta · y, and `a` is
 * still m × n. `alpha` is 1 and `beta` is 0 by default.
 *
 * @throws {RangeError} if the size of an array does not match m and n, or `y` shares memory with `a` or `x`
 * @throws {TypeError} if the arrays are not all on the CPU or all on the GPU
 */
export function gemv(gemvArguments: GemvArguments): void {
  const {
    transA = false,
    m,
    n,
    alpha = 1,
    a,
    x,
    beta = 0,
    y,
  } = expectOptions(expectObject(gemvArguments, 'gemv'), gemvNames, 'gemv');
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

/**
 * y = alpha · x + y.
 *
 * @throws {RangeError} if the lengths differ, or `x` and `y` share memory
 */
export function axpy(alpha: number, x: MathArray, y: MathArray): void {
  expectNumber(alpha, 'alpha');
  const from = operand(x, 'x');
  const to = result(y, 'y');
  expectSameLength(from, 'x', to, 'y');
  if (to.length > 0) mathOf(to, from).axpy(alpha, from, to);
}

/**
 * y = alpha · x + beta · y.
 *
 * @throws {RangeError} if the lengths differ, or `x` and `y` share memory
 */
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
 * y = alpha · x. `x` may be bytes, such as the pixels of an image; then `y` must be on the CPU.
 *
 * @throws {RangeError} if the lengths differ, or `x` and `y` share memory (use {@link scal} for that)
 */
export function scale(alpha: number, x: MathArray | Uint8Array, y: MathArray): void {
  expectNumber(alpha, 'alpha');
  const from = isUint8Array(x) ? x : operand(x, 'x');
  const to = result(y, 'y');
  expectSameLength(from, 'x', to, 'y');
  if (to.length === 0) return;
  if (isUint8Array(from)) native.math.scaleBytes(alpha, from, onCpu(to, 'y'));
  else mathOf(to, from).scale(alpha, from, to);
}

/**
 * The sum of x[i] · y[i]; 0 for empty arrays. On the GPU, it waits for the result.
 *
 * @throws {RangeError} if the lengths differ
 */
export function dot(x: MathArray, y: MathArray): number {
  const left = operand(x, 'x');
  const right = operand(y, 'y');
  expectSameLength(left, 'x', right, 'y');
  return left.length > 0 ? mathOf(left, right).dot(left, right) : 0;
}

/**
 * The sum of x[i · incX] · y[i · incY] for i from 0 to n - 1. CPU only.
 *
 * @throws {RangeError} if an array is too short
 * @throws {TypeError} for an array on the GPU
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

/** The sum of |x[i]|; 0 for an empty array. On the GPU, it waits for the result. */
export function asum(x: MathArray): number {
  const array = operand(x, 'x');
  return array.length > 0 ? mathOf(array).asum(array) : 0;
}
