import type { Blob } from '../blob/blob.js';
import { expectObject, expectValues } from '../error/argument.js';

/** Values for blobs, by name: as many as the blob has elements, in its order (N·C·H·W). */
export type Arrays = Record<string, ArrayLike<number>>;

/**
 * Copies arrays into the data or diff of blobs. All are checked before any is written.
 *
 * @param names - the blobs that must be there, no more and no less
 */
export function copyIn(
  arrays: Arrays,
  names: readonly string[],
  blobs: Record<string, Blob>,
  what: 'data' | 'diff',
): void {
  const given = Object.keys(expectObject(arrays, what === 'data' ? 'inputs' : 'diffs', 'an object of arrays'));
  const wrong = [...given.filter((name) => !names.includes(name)), ...names.filter((name) => !given.includes(name))];
  if (wrong.length > 0) {
    throw new TypeError(`Expected ${what} for exactly (${names.join(', ')}) but received (${given.join(', ')})`);
  }
  for (const name of names) {
    const { count = 0, shape = [] } = blobs[name] ?? {};
    const { length } = expectValues(arrays[name], name);
    if (length !== count) {
      throw new RangeError(
        `Expected ${count} values for ${name}, whose shape is (${shape.join(', ')}), but received ${length}`,
      );
    }
  }
  for (const name of names) blobs[name]?.[what].set(arrays[name] ?? []);
}
