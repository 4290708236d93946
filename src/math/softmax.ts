import { native } from '../native/load.js';
import { cpuOperand, cpuResult, expectSameLength, type MathArray } from './array.js';
import { expectAxis } from './axis.js';

/**
 * y = e^x / the sum of e^x along one axis, without overflow for large x. CPU only. A value differs by a few units of
 * the last bit from that of Caffe's Softmax layer, and takes a fraction of the time.
 *
 * @param shape - of `x` and `y`, such as `blob.shape`
 * @param y - as many elements as `x`; it may be the same array
 * @throws {RangeError} for a shape, an axis or a length that does not fit, or arrays that overlap in part
 */
export function softmax(x: MathArray, shape: readonly number[], axis: number, y: MathArray): void {
  const from = cpuOperand(x, 'x');
  const { outer, n, inner } = expectAxis(from, shape, axis);
  const to = cpuResult(y, 'y');
  expectSameLength(to, 'y', from, 'x');
  if (to.length > 0) native.math.softmax(outer, n, inner, from, to);
}
