import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './failure.js';

/**
 * What is put in place at the end of a long run must be possible at its beginning.
 *
 * @throws {Failure} if nothing can be written beside `path`
 */
export function requireWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new Failure(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}
