import { expectOrder } from '../io/nd-array.js';
import { native } from '../native/load.js';
import { cpuOperand, cpuResult, expectLength, expectSameLength, type MathArray } from './array.js';
import { expectSize } from './axis.js';

/** The axes of the result, and the steps in the operand: those that stay together as one, without those of size 1. */
function joined(shape: readonly number[], axes: readonly number[]): Int32Array {
  const sizes: number[] = [];
  const steps: number[] = [];
  for (const axis of axes) {
    const size = shape[axis] ?? 1;
    const step = shape.slice(axis + 1).reduce((count, each) => count * each, 1);
    const last = steps.length - 1;
    if (size === 1) continue;
    if (last >= 0 && steps[last] === step * size) {
      sizes[last] = (sizes[last] ?? 1) * size;
      steps[last] = step;
    } else {
      sizes.push(size);
      steps.push(step);
    }
  }
  return Int32Array.from(sizes.length === 0 ? [1, 1] : [...sizes, ...steps]);
}

/**
 * A copy with the axes in another order: axis `i` of the result is axis `axes[i]` of `x`, as in numpy's
 * `x.transpose(axes)`. [2, 0, 1] turns H·W·K into K·H·W. CPU only.
 *
 * @param shape - of `x`, such as `blob.shape`
 * @param axes - each axis once
 * @param y - as many elements as `x`; it must not share memory with `x`
 * @throws {RangeError} for a shape, axes or a length that do not fit, or arrays that share memory
 */
export function transpose(x: MathArray, shape: readonly number[], axes: readonly number[], y: MathArray): void {
  const from = cpuOperand(x, 'x');
  const to = cpuResult(y, 'y');
  expectLength(from, 'x', expectSize(shape, 'shape'), `shape = (${shape.join(', ')})`);
  expectOrder(axes, 'axes', shape.length);
  expectSameLength(to, 'y', from, 'x');
  if (to.length > 0) native.math.transpose(joined(shape, axes), from, to);
}
