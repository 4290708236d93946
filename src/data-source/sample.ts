import {
  isBigInt64Array,
  isBigUint64Array,
  isDataView,
  isFloat32Array,
  isUint8Array,
  isUint8ClampedArray,
} from 'node:util/types';
import { native } from '../native/load.js';

/**
 * The values of one top in one sample. They are as many as its shape has elements, in row-major order. For one element
 * it may be the number itself. In batches of one sample, `{ data, shape }` has a shape of its own, without the batch
 * axis: images of different sizes, as FCN trains on them.
 */
export type SampleValues = number | ArrayLike<number> | ShapedValues;

/** Values with the shape of this one sample. It is what `Transformer.preprocess` and `io.loadImage` return. */
export interface ShapedValues {
  /** The values, row by row. */
  readonly data: ArrayLike<number>;
  /** The size of each axis. */
  readonly shape: readonly number[];
}

/** One sample: the values of each top by its name, or a list in the order of `tops`. */
export type Sample<Name extends string = string> = Readonly<Record<Name, SampleValues>> | readonly SampleValues[];

/** A top as the samples fill it. */
export interface TopLayout {
  readonly name: string;
  /** Its index in a sample that is a list. */
  readonly index: number;
  /** The shape of one sample. */
  readonly shape: readonly number[];
  readonly count: number;
  readonly scale: number;
}

type TypedArray = Float32Array | Float64Array | Uint8Array | Uint8ClampedArray | Int8Array | Int16Array | Uint16Array;

/** A sample with wrong values. The message says what was expected and what was received. */
export class WrongSample extends Error {}

export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name = 'Object' } = (value as { constructor?: { name?: string } }).constructor ?? {};
  return 'length' in value ? `${name} of length ${String(value.length)}` : `an object of class ${name}`;
}

/** Returns the values of one top. */
export function valuesOf(sample: unknown, { name, index }: TopLayout, tops: number): unknown {
  if (typeof sample !== 'object' || sample === null || ArrayBuffer.isView(sample)) {
    throw new WrongSample(
      `expected an object with the values of each top, or a list of them, but received ${describe(sample)}`,
    );
  }
  if (!Array.isArray(sample)) {
    const values = (sample as Record<string, unknown>)[name];
    if (values !== undefined) return values;
    throw new WrongSample(
      `expected values for top "${name}" but the sample has only (${Object.keys(sample).join(', ')})`,
    );
  }
  if (sample.length === tops) return sample[index] as unknown;
  throw new WrongSample(`expected a list of ${tops}, the values of each top, but received one of ${sample.length}`);
}

function isShaped(values: unknown): values is { data: unknown; shape: unknown } {
  return (
    typeof values === 'object' && values !== null && !('length' in values) && 'data' in values && 'shape' in values
  );
}

/**
 * The values of one top, and its layout in this sample.
 *
 * @param batchSize - a shape of its own is for batches of one sample only
 * @throws {WrongSample} for a shape that is none, or that does not fit
 */
export function laidOut(values: unknown, top: TopLayout, batchSize: number): { values: unknown; top: TopLayout } {
  if (!isShaped(values)) return { values, top };
  const { data, shape } = values;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size > 0)) {
    throw new WrongSample(`expected a shape of sizes from 1 on for top "${top.name}" but received ${describe(shape)}`);
  }
  const sizes = shape as number[];
  const isSame = sizes.length === top.shape.length && sizes.every((size, axis) => size === top.shape[axis]);
  if (isSame) return { values: data, top };
  if (batchSize !== 1) {
    throw new WrongSample(
      `expected the shape (${top.shape.join(', ')}) for top "${top.name}" but received (${sizes.join(', ')}): ` +
        `samples of a batch of ${batchSize} have one shape; those of batchSize 1 may have their own`,
    );
  }
  return { values: data, top: { ...top, shape: sizes, count: sizes.reduce((product, size) => product * size, 1) } };
}

function copyNumber(value: number, { name, count, shape, scale }: TopLayout, into: Float32Array, at: number): void {
  if (count !== 1) {
    throw new WrongSample(
      `expected ${count} values for top "${name}" of shape (${shape.join(', ')}) but received ${value}`,
    );
  }
  if (Number.isNaN(value)) throw new WrongSample(`expected a number for top "${name}" but received NaN`);
  into[at] = scale === 1 ? value : Math.fround(value) * Math.fround(scale);
}

function copyTyped(values: TypedArray, { count, scale }: TopLayout, into: Float32Array, at: number): void {
  if (isUint8Array(values) || isUint8ClampedArray(values)) {
    native.math.scaleBytes(scale, values as Uint8Array, into.subarray(at, at + count));
  } else if (scale !== 1 && isFloat32Array(values)) {
    native.math.scale(scale, values, into.subarray(at, at + count));
  } else {
    into.set(values, at);
    if (scale !== 1) native.math.scal(scale, into.subarray(at, at + count));
  }
}

/**
 * Copies the values of one top to their place in the batch.
 *
 * @throws {WrongSample} for values of the wrong type or number, and for NaN in a number or a plain array
 */
export function copyValues(values: unknown, top: TopLayout, into: Float32Array, at: number): void {
  if (typeof values === 'number') {
    copyNumber(values, top, into, at);
    return;
  }
  const { name, count, shape } = top;
  const typed =
    ArrayBuffer.isView(values) && !(isDataView(values) || isBigInt64Array(values) || isBigUint64Array(values));
  if (!typed && !Array.isArray(values)) {
    throw new WrongSample(`expected an array of numbers for top "${name}" but received ${describe(values)}`);
  }
  const { length } = values as ArrayLike<number>;
  if (length !== count) {
    throw new WrongSample(
      `expected ${count} values for top "${name}" of shape (${shape.join(', ')}) but received ${length}`,
    );
  }
  if (typed) {
    copyTyped(values as TypedArray, top, into, at);
    return;
  }
  const wrong = (values as unknown[]).findIndex((value) => typeof value !== 'number' || Number.isNaN(value));
  if (wrong >= 0) {
    const value = describe((values as unknown[])[wrong]);
    throw new WrongSample(`expected numbers for top "${name}" but element ${wrong} is ${value}`);
  }
  copyTyped(Float32Array.from(values as number[]), top, into, at);
}

// It also works for Float32Array and all others. They inherit it from one class that has no name.
const sliceTyped = Reflect.get(Uint8Array.prototype, 'slice') as (this: ArrayBufferView) => ArrayBufferView;

function keepValues(values: unknown): unknown {
  if (ArrayBuffer.isView(values) && !isDataView(values)) return sliceTyped.call(values);
  if (isShaped(values)) return { data: keepValues(values.data), shape: values.shape };
  return Array.isArray(values) ? [...(values as unknown[])] : values;
}

/** Copies a sample that is used later. The source may fill the same arrays again for the next sample. */
export function keep(sample: unknown): unknown {
  if (Array.isArray(sample)) return sample.map(keepValues);
  if (typeof sample !== 'object' || sample === null || ArrayBuffer.isView(sample)) return sample;
  return Object.fromEntries(Object.entries(sample).map(([name, values]) => [name, keepValues(values)]));
}
