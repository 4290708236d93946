import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeDatabase } from '../../typings/native.js';
import { argumentError, expectOptions, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

export type DatabaseBackend = 'lmdb' | 'leveldb';

export interface DatabaseOptions {
  /** `lmdb` by default; of a database that is there, what its files say. */
  backend?: DatabaseBackend;
}

function expectBackend(backend: DatabaseBackend): DatabaseBackend {
  if (backend !== 'lmdb' && backend !== 'leveldb') throw argumentError("'lmdb' or 'leveldb'", 'backend', backend);
  return backend;
}

/** The backend whose files are in a folder, or the one asked for. */
function backendAt(path: string, asked: DatabaseBackend | undefined): DatabaseBackend {
  if (!existsSync(expectString(path, 'path'))) {
    throw new CaffeError('ERR_CAFFE_FILE', 'there is no such database', { file: path });
  }
  const found = existsSync(join(path, 'data.mdb')) ? 'lmdb' : existsSync(join(path, 'CURRENT')) ? 'leveldb' : undefined;
  if (found === undefined) throw new CaffeError('ERR_CAFFE_FILE', 'is neither LMDB nor LevelDB', { file: path });
  if (asked !== undefined && expectBackend(asked) !== found) {
    throw new CaffeError('ERR_CAFFE_FILE', `is a database of backend ${found}, not ${asked}`, { file: path });
  }
  return found;
}

/**
 * A database of records, as `Data` layers read it: LMDB or LevelDB through Caffe's own code. Keys are text of 1 to 511
 * bytes; records come in the order of their keys' bytes, so number them with leading zeros.
 *
 * {@link Database.open} reads; iterate it for `[key, value]`. {@link Database.create} writes a new one aside, and
 * {@link close} puts it in its place, so that a conversion that is cut off leaves no half database behind.
 * {@link Database.append} adds to one that is there.
 *
 * ```ts
 * using database = io.Database.create('train_lmdb');
 * for (const [i, image] of images.entries()) {
 *   database.put(String(i).padStart(8, '0'), io.arrayToDatum(image, labels[i]));
 * }
 * database.close();
 * ```
 */
export class Database implements Disposable {
  readonly path: string;
  readonly backend: DatabaseBackend;
  readonly #native: NativeDatabase;
  readonly #aside: string | undefined;
  #failed = false;
  #closed = false;

  private constructor(backend: DatabaseBackend, path: string, mode: 'read' | 'write' | 'new') {
    if (!['read', 'write', 'new'].includes(mode)) {
      throw new TypeError('Expected Database.open, Database.append or Database.create instead of new Database');
    }
    if (mode === 'new') this.#aside = native.nameAside(path);
    try {
      this.#native = new native.Database(backend, this.#aside ?? path, mode);
    } catch (error) {
      // On a full disk there is a folder already, and a lock.
      if (this.#aside !== undefined) rmSync(this.#aside, { recursive: true, force: true });
      throw error;
    }
    this.path = path;
    this.backend = backend;
  }

  /**
   * Opens a database to read.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if there is none, or one of another backend; ERR_CAFFE_CHECK if it cannot be
   * opened, as a LevelDB that something else has open
   */
  static open(path: string, options: DatabaseOptions = {}): Database {
    return new Database(backendAt(path, expectOptions(options).backend), path, 'read');
  }

  /**
   * Opens a database to add to it, or to replace records: each {@link commit} is there whole or not at all. Errors as
   * of {@link open}.
   */
  static append(path: string, options: DatabaseOptions = {}): Database {
    return new Database(backendAt(path, expectOptions(options).backend), path, 'write');
  }

  /**
   * Begins a new database; {@link close} puts it at `path`.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if something is there already; ERR_CAFFE_CHECK if it cannot be written there
   */
  static create(path: string, options: DatabaseOptions = {}): Database {
    const { backend = 'lmdb' } = expectOptions(options);
    if (existsSync(expectString(path, 'path'))) {
      throw new CaffeError('ERR_CAFFE_FILE', 'is there already; remove it first', { file: path });
    }
    return new Database(expectBackend(backend), path, 'new');
  }

  /** Adds or replaces a record; the next {@link commit} keeps it. */
  put(key: string, value: Uint8Array): void {
    const { length } = Buffer.from(expectString(key, 'key'));
    if (length < 1 || length > 511) throw new RangeError(`Expected a key of 1 to 511 bytes but received ${length}`);
    if (!(value instanceof Uint8Array)) throw argumentError('a Uint8Array', 'value', value);
    this.#native.put(key, value);
  }

  /** Keeps what was put since the last commit. A commit for each thousand records or so is fast. */
  commit(): void {
    try {
      this.#native.commit();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** The records, from the first. Several iterations may go on at the same time. */
  *[Symbol.iterator](): Generator<[key: string, value: Uint8Array], void> {
    const cursor = this.#native.openCursor();
    try {
      for (;;) {
        const record = this.#native.next(cursor);
        if (record === undefined) return;
        yield record;
      }
    } finally {
      this.#native.closeCursor(cursor);
    }
  }

  /**
   * Commits what was put, and puts a new database in its place; twice is fine. Where that fails, nothing of a new
   * database stays.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the commit fails; ERR_CAFFE_FILE if an earlier one has failed, or if
   * something else is at the path
   */
  close(): void {
    if (this.#closed) return;
    try {
      if (this.#failed) {
        throw new CaffeError('ERR_CAFFE_FILE', 'is not whole: a commit has failed', { file: this.path });
      }
      this.#native.commit();
      this.#native.close();
      if (this.#aside !== undefined) native.putInPlace(this.#aside, this.path);
      this.#closed = true;
    } finally {
      this.discard();
    }
  }

  /**
   * Closes the database without what was put since the last commit; of a new one nothing stays. After {@link close} it
   * does nothing.
   */
  discard(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
    if (this.#aside !== undefined) rmSync(this.#aside, { recursive: true, force: true });
  }

  /** As {@link discard}: a `using` block that is left by an error keeps nothing half done. */
  [Symbol.dispose](): void {
    this.discard();
  }
}
