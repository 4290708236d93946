import type { Blob } from '../blob/blob.js';
import { expectObject, expectValues } from '../error/argument.js';

/**
 * Values for blobs, by blob name. Each array has as many values as its blob has elements, in the blob's order
 * (N·C·H·W).
 */
export type Arrays = Record<string, ArrayLike<number>>;

/** @throws {RangeError} for an unknown name; the message lists the names of the net's blobs */
export function blobNamed(blobs: Readonly<Record<string, Blob>>, name: string): Blob {
  const blob = blobs[name];
  if (blob !== undefined) return blob;
  throw new RangeError(`The net has no blob "${name}"; it has (${Object.keys(blobs).join(', ')})`);
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
    const values = expectValues(arrays[name], name);
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
