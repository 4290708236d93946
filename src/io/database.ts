import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isUint8Array } from 'node:util/types';
import type { NativeDatabase } from '../../typings/native.js';
import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectOptions, expectString } from '../error/argument.js';
import { CaffeError, placing } from '../error/caffe-error.js';
import { refuseSpecial } from '../file/special.js';
import { native } from '../native/load.js';

/** The databases that Caffe reads. */
export type DatabaseBackend = 'lmdb' | 'leveldb';

/** The options of {@link Database}. */
export interface DatabaseOptions {
  /**
   * The backend of a new database, `lmdb` by default. For an existing database it is found from the files; if given, it
   * must match them.
   */
  backend?: DatabaseBackend;
}

function expectBackend(backend: DatabaseBackend): DatabaseBackend {
  if (backend !== 'lmdb' && backend !== 'leveldb') throw argumentError("'lmdb' or 'leveldb'", 'backend', backend);
  return backend;
}

/** The backend whose files are in a folder. It must be the one asked for, if any. */
function backendAt(path: string, asked: DatabaseBackend | undefined): DatabaseBackend {
  if (!existsSync(expectString(path, 'path'))) {
    throw new CaffeError('ERR_CAFFE_FILE', 'there is no such database', { file: path });
  }
  refuseSpecial(path);
  const found = existsSync(join(path, 'data.mdb')) ? 'lmdb' : existsSync(join(path, 'CURRENT')) ? 'leveldb' : undefined;
  if (found === undefined) throw new CaffeError('ERR_CAFFE_FILE', 'is neither LMDB nor LevelDB', { file: path });
  if (asked !== undefined && expectBackend(asked) !== found) {
    throw new CaffeError('ERR_CAFFE_FILE', `is a database of backend ${found}, not ${asked}`, { file: path });
  }
  return found;
}

function refuseTaken(path: string): void {
  if (existsSync(path)) throw new CaffeError('ERR_CAFFE_FILE', 'is there already; remove it first', { file: path });
}

/** LMDB's own errors do not say which database it is. */
function ofDatabase<T>(path: string, body: () => T): T {
  return placing(() => ({ file: path }), body);
}

/**
 * A database of records, as `Data` layers read it: LMDB or LevelDB, through Caffe's own code. Keys are text of 1 to 511
 * bytes. Records are sorted by the bytes of their keys, so pad numbers with leading zeros. All methods are synchronous.
 *
 * {@link Database.open} reads; iterate the database for `[key, value]` pairs. {@link Database.create} writes a new
 * database to a temporary place, and {@link close} moves it to its path, so an interrupted conversion leaves no partial
 * database. {@link Database.append} adds to an existing database.
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
  /** The path that the database was opened or created with. */
  readonly path: string;
  /** The backend of the database. */
  readonly backend: DatabaseBackend;
  readonly #native: NativeDatabase;
  readonly #aside: { place: string; aside: string } | undefined;
  #failed = false;
  #closed = false;

  private constructor(backend: DatabaseBackend, path: string, mode: 'read' | 'write' | 'new') {
    if (!['read', 'write', 'new'].includes(mode)) {
      throw new TypeError('Expected Database.open, Database.append or Database.create instead of new Database');
    }
    if (mode === 'new') this.#aside = native.nameAside(path);
    try {
      this.#native = ofDatabase(path, () => new native.Database(backend, this.#aside?.aside ?? path, mode));
    } catch (error) {
      // On a full disk, the folder and a lock file already exist.
      if (this.#aside !== undefined) rmSync(this.#aside.aside, { recursive: true, force: true });
      throw error;
    }
    this.path = path;
    this.backend = backend;
  }

  /**
   * Opens a database for reading.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if there is no database, its backend is not the one asked for, or
   * it cannot be opened, such as a LevelDB that is already open elsewhere
   */
  static open(path: string, options: DatabaseOptions = {}): Database {
    return new Database(backendAt(path, expectOptions(options, ['backend']).backend), path, 'read');
  }

  /**
   * Opens a database to add or replace records. Each {@link commit} is atomic: all of its records are stored, or none.
   * Throws the same errors as {@link open}.
   */
  static append(path: string, options: DatabaseOptions = {}): Database {
    return new Database(backendAt(path, expectOptions(options, ['backend']).backend), path, 'write');
  }

  /**
   * Starts a new database. {@link close} moves it to `path`.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if `path` exists, or the database cannot be written there
   */
  static create(path: string, options: DatabaseOptions = {}): Database {
    const { backend = 'lmdb' } = expectOptions(options, ['backend']);
    refuseTaken(expectString(path, 'path'));
    return new Database(expectBackend(backend), path, 'new');
  }

  /**
   * Adds or replaces a record. The next {@link commit} stores it.
   *
   * @throws {RangeError} if `key` has no bytes or more than 511 bytes
   * @throws {TypeError} if `value` is not a Uint8Array
   */
  put(key: string, value: Uint8Array): void {
    const { length } = Buffer.from(expectString(key, 'key'));
    if (length < 1 || length > 511) throw new RangeError(`Expected a key of 1 to 511 bytes but received ${length}`);
    if (!isUint8Array(value)) throw argumentError('a Uint8Array', 'value', value);
    ofDatabase(this.path, () => {
      this.#native.put(key, value);
    });
  }

  /**
   * Stores the records that were put since the last commit. For speed, commit about every thousand records.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if it fails; {@link close} then fails too
   */
  commit(): void {
    try {
      this.#commit();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #commit(): void {
    ofDatabase(this.path, () => {
      this.#native.commit();
    });
  }

  /**
   * Iterates over the records, from the first. Several iterations can run at the same time. Each value is a new array.
   */
  *[Symbol.iterator](): Generator<[key: string, value: Uint8Array], void> {
    const cursor = ofDatabase(this.path, () => this.#native.openCursor());
    try {
      for (;;) {
        const record = ofDatabase(this.path, () => this.#native.next(cursor));
        if (record === undefined) return;
        yield record;
      }
    } finally {
      this.#native.closeCursor(cursor);
    }
  }

  /**
   * Counts the records. It blocks until it has gone over all of them: of an LMDB without their values, but a LevelDB is
   * read whole.
   *
   * @throws {CaffeError} ERR_CAFFE_DISPOSED if the database has been closed; ERR_CAFFE_FILE if it cannot be read
   */
  count(): number {
    return ofDatabase(this.path, () => this.#native.count());
  }

  /**
   * Commits what was put. Moves a new database to its path. A second call does nothing. If `close` fails, nothing of a
   * new database remains.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if the commit fails, an earlier commit failed, or the path
   * is taken
   */
  close(): void {
    if (this.#closed) return;
    try {
      if (this.#failed) {
        throw new CaffeError('ERR_CAFFE_FILE', 'is not whole: a commit has failed', { file: this.path });
      }
      this.#commit();
      this.#native.close();
      if (this.#aside !== undefined) this.#putInPlace(this.#aside);
      this.#closed = true;
    } finally {
      this.discard();
    }
  }

  /** Two programs may have begun it, and the other may end between the look and the renaming, which then fails. */
  #putInPlace({ aside, place }: { place: string; aside: string }): void {
    refuseTaken(this.path);
    try {
      native.putInPlace(aside, place);
    } catch (error) {
      refuseTaken(this.path);
      throw error;
    }
  }

  /**
   * Closes the database without the records that were put since the last commit. Of a new database, nothing remains.
   * After {@link close} it does nothing.
   */
  discard(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
    if (this.#aside !== undefined) rmSync(this.#aside.aside, { recursive: true, force: true });
  }

  /** Same as {@link discard}: if an error leaves a `using` block, nothing incomplete is kept. */
  [Symbol.dispose](): void {
    this.discard();
  }

  static {
    inAnyCopy(Database, 'Database');
  }
}
