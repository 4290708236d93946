import { argumentError } from '../error/argument.js';
import { native } from '../native/load.js';
import { cpuOperand, cpuResult, expectLength, type MathArray } from './array.js';
import { expectSize } from './axis.js';

/** @internal */
export type Binary = 'add' | 'sub' | 'mul' | 'div';

/** The shape that both broadcast to by numpy's rule. */
function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, axis) => {
    const left = a[axis - axes + a.length] ?? 1;
    const right = b[axis - axes + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new RangeError(
      `Expected shapes that are equal, or 1, from the last axis on, but received (${a.join(', ')}) and (${b.join(', ')})`,
    );
  });
}

/** How far a step along each axis of `common` goes in an array of this shape: 0 where it is repeated. */
function stepsOf(shape: readonly number[], common: readonly number[]): number[] {
  const steps = common.map(() => 0);
  let step = 1;
  for (let axis = 1; axis <= shape.length; axis++) {
    const size = shape[shape.length - axis] ?? 1;
    if (size > 1) steps[common.length - axis] = step;
    step *= size;
  }
  return steps;
}

/** The sizes, then the steps of both, of as few axes as will do. */
function joined(sizes: readonly number[], a: readonly number[], b: readonly number[]): Int32Array {
  const axes: { size: number; a: number; b: number }[] = [];
  for (const [i, size] of sizes.entries()) {
    const axis = { size, a: a[i] ?? 0, b: b[i] ?? 0 };
    const last = axes.at(-1);
    if (size === 1) continue;
    if (last?.a === axis.a * size && last.b === axis.b * size)
      axes[axes.length - 1] = { ...axis, size: last.size * size };
    else axes.push(axis);
  }
  if (axes.length === 0) axes.push({ size: 1, a: 0, b: 0 });
  return Int32Array.from([...axes.map(({ size }) => size), ...axes.map(({ a }) => a), ...axes.map(({ b }) => b)]);
}

/** See `add`. @internal */
export function broadcast(
  f: Binary,
  a: MathArray,
  b: MathArray,
  y: MathArray,
  aShape?: readonly number[],
  bShape?: readonly number[],
): void {
  if (aShape === undefined) throw argumentError('an array of sizes', 'aShape', aShape);
  if (bShape === undefined) throw argumentError('an array of sizes', 'bShape', bShape);
  const left = cpuOperand(a, 'a');
  const right = cpuOperand(b, 'b');
  const to = cpuResult(y, 'y');
  expectLength(left, 'a', expectSize(aShape, 'aShape'), `aShape = (${aShape.join(', ')})`);
  expectLength(right, 'b', expectSize(bShape, 'bShape'), `bShape = (${bShape.join(', ')})`);
  const shape = commonShape(aShape, bShape);
  expectLength(to, 'y', expectSize(shape, 'the result'), `the result is (${shape.join(', ')})`);
  if (to.length === 0) return;
  native.math[`${f}Broadcast`](joined(shape, stepsOf(aShape, shape), stepsOf(bShape, shape)), left, right, to);
}
