import type { Blob } from '../blob/blob.js';
import { didYouMean, expectObject, expectValues } from '../error/argument.js';
import { expectArray, isNdArray, type NdArray, type Values } from '../io/nd-array.js';
import { entryOf } from './named.js';

/**
 * Values for blobs, by blob name. Each array has as many values as its blob has elements, in the blob's order
 * (N·C·H·W). It may have a shape: `{ data, shape }`, as from `Transformer.preprocess`. Then the shape must be the
 * blob's, where first axes of size 1 may be missing, or more.
 */
export type Arrays = Record<string, ArrayLike<number> | NdArray<Values>>;

/** @throws {RangeError} for an unknown name; the message has the nearest, or all names of the net's blobs */
export function blobNamed(blobs: Readonly<Record<string, Blob>>, name: string): Blob {
  const blob = entryOf(blobs, name);
  if (blob !== undefined) return blob;
  const known = Object.keys(blobs);
  throw new RangeError(`The net has no blob "${name}"${didYouMean(name, known) || `; it has (${known.join(', ')})`}`);
}

/** How many values a blob takes, and the reason in words. */
export interface Lengths {
  of(blob: Blob): number;
  why(blob: Blob): string;
}

const whole: Lengths = {
  of: ({ count }) => count,
  why: ({ shape }) => `whose shape is (${shape.join(', ')})`,
};

/** The axes without those of size 1 that come first: an image is a batch of one. */
function significant(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((size) => size !== 1);
  return first < 0 ? [] : shape.slice(first);
}

/** The numbers of an array, with a shape or without. @internal */
export function valuesOf(array: ArrayLike<number> | NdArray<Values> | undefined, name: string): ArrayLike<number> {
  return isNdArray(array) ? expectArray(array, name).data : expectValues(array, name);
}

/** Checks the shape of values that have one. */
function expectSameShape(array: ArrayLike<number> | NdArray<Values> | undefined, name: string, blob: Blob): void {
  if (!isNdArray(array)) return;
  const [given, wanted] = [significant(array.shape), significant(blob.shape)];
  if (given.length === wanted.length && given.every((size, axis) => size === wanted[axis])) return;
  throw new RangeError(
    `Expected an array of shape (${blob.shape.join(', ')}) for ${name} but received (${array.shape.join(', ')}); ` +
      `net.blobs.${name}.set(…) repeats values along the first axes`,
  );
}

/** Checks that there is one array of the right length for each of these blobs, and no other array. */
export function expectArrays(
  arrays: Arrays,
  names: readonly string[],
  blobs: Readonly<Record<string, Blob>>,
  what: 'data' | 'diff',
  lengths: Lengths = whole,
): { name: string; blob: Blob; values: ArrayLike<number> }[] {
  const given = namesIn(arrays, what);
  const wrong = [...given.filter((name) => !names.includes(name)), ...names.filter((name) => !given.includes(name))];
  if (wrong.length > 0) {
    throw new TypeError(`Expected ${what} for exactly (${names.join(', ')}) but received (${given.join(', ')})`);
  }
  return names.map((name) => {
    const blob = blobNamed(blobs, name);
    const values = valuesOf(arrays[name], name);
    if (lengths === whole) expectSameShape(arrays[name], name, blob);
    const length = lengths.of(blob);
    if (values.length === length) return { name, blob, values };
    throw new RangeError(`Expected ${length} values for ${name}, ${lengths.why(blob)}, but received ${values.length}`);
  });
}

/** Whether there are arrays to copy in: as in pycaffe, `{}` is none. A map or a promise is a mistake. */
export function isGiven(arrays: Arrays | undefined, what: 'data' | 'diff'): arrays is Arrays {
  return arrays !== undefined && !(namesIn(arrays, what).length === 0 && isPlain(arrays));
}

/** In any realm. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function namesIn(arrays: Arrays, what: 'data' | 'diff'): string[] {
  return Object.keys(expectObject(arrays, what === 'data' ? 'inputs' : 'diffs', 'an object of arrays'));
}

/** Copies arrays into the data or diff of all these blobs. It checks every array before it writes the first one. */
export function copyIn(
  arrays: Arrays,
  names: readonly string[],
  blobs: Readonly<Record<string, Blob>>,
  what: 'data' | 'diff',
): void {
  for (const { blob, values } of expectArrays(arrays, names, blobs, what)) blob[what].set(values);
}
