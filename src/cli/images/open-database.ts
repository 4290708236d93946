import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CaffeError, io } from '../../index.js';
import { Failure } from '../failure.js';

/**
 * Opens a database to read it. What Caffe says of one that is damaged is a check of its own, with LMDB's number.
 *
 * @throws {CaffeError} if there is none
 * @throws {Failure} if it is empty or damaged
 */
export function openDatabase(path: string, backend?: io.DatabaseBackend): io.Database {
  try {
    return io.Database.open(path, backend === undefined ? {} : { backend });
  } catch (cause) {
    if (!(cause instanceof CaffeError) || cause.check === undefined) throw cause;
    const isEmpty = statSync(join(path, 'data.mdb'), { throwIfNoEntry: false })?.size === 0;
    const reason = isEmpty ? 'Its data.mdb is empty' : cause.check.replace(/^.*?\(-?\d+ vs\. 0\)/s, '').trim();
    throw new Failure(`${path}: cannot be opened; is it damaged? ${reason}`.trim(), { cause });
  }
}
