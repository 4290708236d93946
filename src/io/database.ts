import { existsSync, renameSync, rmSync } from 'node:fs';
import type { NativeDatabase } from '../../typings/native.js';
import { argumentError, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

export type DatabaseBackend = 'lmdb' | 'leveldb';

export interface DatabaseOptions {
  backend?: DatabaseBackend;
}

let count = 0;

/**
 * A database of records, as `Data` layers read it: LMDB or LevelDB through Caffe's own code. Keys come back in the order of their bytes.
 *
 * {@link Database.open} reads: iterate it for `[key, value]`. {@link Database.create} writes a new one aside; `close` (or `using`) puts it
 * in its place, so that a conversion that was cut off leaves no half database behind.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #native: NativeDatabase;
  readonly #aside: string | undefined;
  #closed = false;

  private constructor(database: NativeDatabase, path: string, aside?: string) {
    this.#native = database;
    this.path = path;
    this.#aside = aside;
  }

  /** Opens a database to read. @throws {CaffeError} ERR_CAFFE_FILE if there is none; ERR_CAFFE_CHECK if it cannot be opened */
  static open(path: string, { backend = 'lmdb' }: DatabaseOptions = {}): Database {
    if (!existsSync(expectString(path, 'path'))) {
      throw new CaffeError('ERR_CAFFE_FILE', 'there is no such database', { file: path });
    }
    return new Database(new native.Database(backend, path, 'read'), path);
  }

  /** Begins a new database; {@link close} puts it at `path`. @throws {CaffeError} ERR_CAFFE_FILE if something is there already */
  static create(path: string, { backend = 'lmdb' }: DatabaseOptions = {}): Database {
    if (existsSync(expectString(path, 'path'))) {
      throw new CaffeError('ERR_CAFFE_FILE', 'is there already; remove it first', { file: path });
    }
    const aside = `${path}.partial-${process.pid}-${count++}`;
    return new Database(new native.Database(backend, aside, 'new'), path, aside);
  }

  /** Adds or replaces a record; it is kept by the next {@link commit}. */
  put(key: string, value: Uint8Array): void {
    expectString(key, 'key');
    if (!(value instanceof Uint8Array)) throw argumentError('a Uint8Array', 'value', value);
    this.#native.put(key, value);
  }

  /** Keeps what was put since the last commit. A commit for each thousand records or so is fast. */
  commit(): void {
    this.#native.commit();
  }

  /** The records, from the first. One iteration at a time. */
  *[Symbol.iterator](): Generator<[key: string, value: Uint8Array], void> {
    this.#native.rewind();
    for (let record = this.#native.next(); record !== undefined; record = this.#native.next()) yield record;
  }

  /** Commits what was put, and puts a new database in its place; twice is fine. */
  close(): void {
    if (this.#closed) return;
    if (this.#aside !== undefined) this.#native.commit();
    this.#closed = true;
    this.#native.close();
    if (this.#aside !== undefined) renameSync(this.#aside, this.path);
  }

  /** Gives up a new database: nothing of it stays. */
  discard(): void {
    this.#closed = true;
    this.#native.close();
    if (this.#aside !== undefined) rmSync(this.#aside, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
