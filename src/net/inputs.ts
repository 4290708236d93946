import type { Blob } from '../blob/blob.js';
import { argumentError } from '../error/argument.js';

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
  if (typeof arrays !== 'object' || (arrays as unknown) === null) {
    throw argumentError('an object of arrays', what === 'data' ? 'inputs' : 'diffs', arrays);
  }
  const given = Object.keys(arrays);
  const wrong = [...given.filter((name) => !names.includes(name)), ...names.filter((name) => !given.includes(name))];
  if (wrong.length > 0) {
    throw new TypeError(`Expected ${what} for exactly (${names.join(', ')}) but received (${given.join(', ')})`);
  }
  for (const name of names) {
    const values: unknown = arrays[name];
    const { count = 0, shape = [] } = blobs[name] ?? {};
    if (typeof values !== 'object' || values === null || !('length' in values)) {
      throw argumentError('an array of numbers', name, values);
    }
    const { length } = values;
    if (length !== count) {
      throw new RangeError(
        `Expected ${count} values for ${name}, whose shape is (${shape.join(', ')}), but received ${String(length)}`,
      );
    }
  }
  for (const name of names) blobs[name]?.[what].set(arrays[name] ?? []);
}
