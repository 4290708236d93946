import { isFloat32Array, isFloat64Array, isUint8Array } from 'node:util/types';
import { argumentError, expectShape } from '../error/argument.js';

/** The typed arrays that an {@link NdArray} can hold. */
export type Values = Float32Array | Float64Array | Uint8Array;

/**
 * An array with a shape. The layout is row-major: the last axis varies fastest. It is what numpy's `ndarray` is to
 * pycaffe, without strides or views: `data` is a plain typed array, and its length is the product of `shape`.
 *
 * Images are H·W·K: rows, columns, channels. The channels are in the order R, G, B, as floats in [0, 1]. A net takes
 * K·H·W.
 */
export interface NdArray<Data extends Values = Float32Array> {
  /** The values, row-major. */
  data: Data;
  /** The size of each axis. */
  shape: readonly number[];
}

/** Whether it is an array with a shape, and not a plain array. A blob is one too. @internal */
export function isNdArray(value: unknown): value is NdArray<Values> {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

/** The number of values in a shape. @internal */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** Rejects a value that is not an {@link NdArray}, or whose number of axes is not `axes`. @internal */
export function expectArray<Data extends Values>(value: NdArray<Data>, name: string, axes?: number): NdArray<Data> {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) {
    throw argumentError('an array { data, shape }', name, value);
  }
  const { data, shape } = value;
  if (!(isFloat32Array(data) || isFloat64Array(data) || isUint8Array(data))) {
    throw argumentError('a Float32Array, Float64Array or Uint8Array', `${name}.data`, data);
  }
  const count = countOf(expectShape(shape, `${name}.shape`, axes));
  if (data.length !== count) {
    throw new RangeError(
      `Expected ${count} values for ${name}, whose shape is (${shape.join(', ')}), but received ${data.length}`,
    );
  }
  return value;
}

/** The permutation that undoes `order`. @internal */
export function inverseOrder(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** Rejects an `order` that is not a permutation of 0 ... count - 1. @internal */
export function expectOrder(order: readonly number[], name: string, count: number): readonly number[] {
  expectShape(order, name);
  if (order.length !== count || order.some((_, axis) => !order.includes(axis))) {
    throw new RangeError(`Expected each of 0 to ${count - 1} once for ${name} but received (${order.join(', ')})`);
  }
  return [...order];
}

/** A copy with the axes in another order: axis `i` of the result is axis `order[i]` of the array. @internal */
export function transpose<Data extends Values>(
  { data, shape }: NdArray<Data>,
  order: readonly number[],
): NdArray<Data> {
  const strides = shape.map((_, axis) => countOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 0);
  const result = data.slice() as Data;
  let written = 0;
  const copy = (axis: number, start: number): void => {
    const size = sizes[axis] ?? 1;
    const step = steps[axis] ?? 0;
    for (let i = 0, from = start; i < size; i++, from += step) {
      if (axis + 1 < sizes.length) copy(axis + 1, from);
      else result[written++] = data[from] ?? 0;
    }
  };
  copy(0, 0);
  return { data: result, shape: sizes };
}
