import { expectBoolean, expectBounds, expectInteger, expectNumber, expectOptions } from '../error/argument.js';
import { native } from '../native/load.js';
import { mathOf, onCpu, result, type MathArray } from './array.js';

/**
 * r[i] is drawn uniformly from a ... b. It comes from this thread's Caffe generator, or from that of cuRAND on the GPU;
 * see `setRandomSeed`.
 *
 * @throws {RangeError} if a is greater than b, or one of them is not finite as a 32-bit float
 */
export function rngUniform(a: number, b: number, r: MathArray): void {
  expectBounds(a, b, 'a', 'b');
  const array = result(r, 'r');
  if (array.length > 0) mathOf(array).rngUniform(a, b, array);
}

/**
 * r[i] is drawn from the normal distribution with mean mu and standard deviation sigma. The generators are those of
 * {@link rngUniform}.
 *
 * @throws {RangeError} if sigma is not above 0
 */
export function rngGaussian(mu: number, sigma: number, r: MathArray): void {
  expectNumber(mu, 'mu');
  expectNumber(sigma, 'sigma');
  if (!(Math.fround(sigma) > 0)) throw new RangeError(`Expected sigma > 0 but received ${sigma}`);
  const array = result(r, 'r');
  if (array.length > 0) mathOf(array).rngGaussian(mu, sigma, array);
}

/**
 * r[i] = 1 with probability p, else 0. CPU only.
 *
 * @throws {RangeError} if p is not in 0 ... 1
 * @throws {TypeError} for an array on the GPU
 */
export function rngBernoulli(p: number, r: MathArray): void {
  expectNumber(p, 'p');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Expected p in 0 ... 1 but received ${p}`);
  const array = onCpu(result(r, 'r'), 'r');
  if (array.length > 0) native.math.rngBernoulli(p, array);
}

const mostInteger = 2 ** 31 - 1;

/**
 * The numbers from 0 to `n` - 1 in a random order. They come from this thread's Caffe generator: after
 * `setRandomSeed(s)`, it is the order of numpy's `np.random.seed(s); np.random.permutation(n)`.
 */
export function permutation(n: number): Int32Array {
  const order = new Int32Array(expectInteger(n, 'n', 0, mostInteger));
  for (let i = 0; i < order.length; i++) order[i] = i;
  if (order.length > 1) native.math.shuffle(order);
  return order;
}

/**
 * `size` numbers of 0 to `n` - 1. With `replace: false` no number comes twice. As for {@link permutation}, they are
 * those of numpy's `np.random.choice(n, size, replace)`.
 *
 * @throws {RangeError} with `replace: false`, for more numbers than there are
 */
export function choice(n: number, size: number, options: { replace?: boolean } = {}): Int32Array {
  expectInteger(n, 'n', 1, mostInteger);
  expectInteger(size, 'size', 0, mostInteger);
  if (expectBoolean(expectOptions(options, ['replace']).replace ?? true, 'replace')) {
    const chosen = new Int32Array(size);
    if (size > 0) native.math.rngIntegers(n - 1, chosen);
    return chosen;
  }
  if (size > n) throw new RangeError(`Expected at most n = ${n} for size without replacement but received ${size}`);
  return permutation(n).slice(0, size);
}
