import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { systemReason } from '../error/system-reason.js';
import { CaffeError } from '../index.js';
import { Failure } from './failure.js';

/**
 * What is put in place at the end of a long run must be possible at its beginning, or hours are lost.
 *
 * @param problem - what is wrong if it is not
 * @throws {Failure} if nothing can be written beside `path`
 */
export function requireWritable(path: string, problem = 'cannot be written'): void {
  try {
    accessSync(`${dirname(path)}/.`, constants.W_OK); // with the dot a file is no folder
  } catch (cause) {
    throw new Failure(`${path}: ${problem}: ${systemReason(cause)}`, { cause });
  }
}

/**
 * Writes to a database. What Caffe says of one that cannot be written is a check of its own, with LMDB's number.
 *
 * @throws {Failure} if that fails
 */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof CaffeError) || cause.check === undefined) throw cause;
    const check = cause.check.replaceAll(/\s*\n\s*/g, ' ').trim();
    throw new Failure(`${path}: cannot be written; is the disk full? ${check}`, { cause });
  }
}
