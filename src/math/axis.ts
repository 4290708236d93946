import { isFloat32Array, isInt32Array } from 'node:util/types';
import { Blob } from '../blob/blob.js';
import { argumentError, expectInteger, expectShape } from '../error/argument.js';
import { expectLength, type MathArray } from './array.js';

/** What indices are written to: whole numbers, or floats as Caffe's ArgMax layer gives. */
export type IndexArray = Int32Array | Float32Array | Blob;

const most = 2 ** 31 - 1;
const mostExactFloat = 2 ** 24;

/** An array as `outer` times `n` times `inner` elements, where `n` are along one axis. @internal */
export interface Axis {
  outer: number;
  n: number;
  inner: number;
}

/** The elements of a shape. @internal */
export function expectSize(shape: readonly number[], name: string): number {
  const size = expectShape(shape, name).reduce((count, each) => count * each, 1);
  if (size > most)
    throw new RangeError(`Expected at most ${most} elements for ${name} but (${shape.join(', ')}) has more`);
  return size;
}

/**
 * Checks that the array has the shape, and the shape the axis.
 *
 * @internal
 */
export function expectAxis(x: Float32Array, shape: readonly number[], axis: number): Axis {
  expectLength(x, 'x', expectSize(shape, 'shape'), `shape = (${shape.join(', ')})`);
  if (shape.length === 0) throw new RangeError('Expected a shape with axes but received none');
  expectInteger(axis, 'axis', 0, shape.length - 1);
  const product = (sizes: readonly number[]): number => sizes.reduce((count, size) => count * size, 1);
  return { outer: product(shape.slice(0, axis)), n: shape[axis] ?? 1, inner: product(shape.slice(axis + 1)) };
}

/** Of no values there is no greatest. @internal */
export function expectSome(n: number, name: string): void {
  if (n === 0) throw new RangeError(`Expected at least one value for ${name} but received none`);
}

/** @internal */
export function indexResult(array: IndexArray, name: string, n: number): Int32Array | Float32Array {
  if (isInt32Array(array)) return array;
  if (!isFloat32Array(array) && !(array instanceof Blob)) {
    throw argumentError('an Int32Array, a Float32Array or a Blob', name, array);
  }
  if (n > mostExactFloat) {
    throw new RangeError(`Expected an Int32Array for ${name}: a float does not hold every index up to ${n - 1}`);
  }
  return isFloat32Array(array) ? array : array.data;
}

/** @internal */
export type AxisArguments = [shape: readonly number[], axis: number, y: MathArray];
