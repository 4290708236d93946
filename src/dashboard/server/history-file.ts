import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { History } from '../history/history.js';

/** How long it may take until the history is written, in milliseconds. */
const atMost = 10_000;

/** Removes what may be left of a file. Where its folder is a file, even the look for it is an error. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // There is nothing to remove.
  }
}

/** The history of a run in a file beside its snapshots, written aside and renamed. */
export class HistoryFile {
  readonly history: History;
  readonly #name: string;
  readonly #trouble: (text: string) => void;
  #path: string;
  #timer: NodeJS.Timeout | undefined;
  /** Why what is there is no history. */
  #unreadable: string | undefined;
  /** What kept it from being written. */
  #failure: string | undefined;

  /**
   * Reads the history up to an iteration. Whatever is wrong with the file, training must not fail for it.
   *
   * @param path - empty for none
   * @param trouble - called with what is wrong, in words
   */
  constructor(path: string, name: string, iter: number, trouble: (text: string) => void) {
    this.#path = path;
    this.#name = name;
    this.#trouble = trouble;
    this.history = this.#read(iter);
  }

  #read(iter: number): History {
    if (this.#path === '') return new History();
    try {
      const history = History.from(JSON.parse(readFileSync(this.#path, 'utf8')));
      if (iter === 0) return new History();
      history.rewind(iter);
      return history;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!['ENOENT', 'ENOTDIR'].includes(code)) this.#unreadable = message;
      return new History();
    }
  }

  /** Puts aside what is there and no history, before it is written over: it may be another file of the user's. */
  begin(): void {
    if (this.#unreadable === undefined) return;
    const why = `${this.#path} is no history that can be read (${this.#unreadable})`;
    const aside = `${this.#path}.${Date.now()}.unreadable`;
    try {
      renameSync(this.#path, aside);
      this.#trouble(`${why}: it is now ${basename(aside)}`);
    } catch (error) {
      this.#path = '';
      this.#trouble(`${why}, nor be put aside (${(error as Error).message}): no history is written`);
    }
  }

  /** There is something new to write, soon. */
  touch(): void {
    if (this.#path !== '') this.#timer ??= setTimeout(this.write, atMost);
  }

  readonly write = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#path === '') return;
    const aside = `${this.#path}.${process.pid}.tmp`;
    try {
      writeFileSync(aside, JSON.stringify(this.history.record(this.#name)));
      renameSync(aside, this.#path);
      this.#failure = undefined;
    } catch (error) {
      remove(aside);
      const { code, message } = error as NodeJS.ErrnoException;
      // Said once: it is tried again and again.
      const isNew = code !== this.#failure;
      this.#failure = code;
      if (isNew) this.#trouble(`the history cannot be written: ${message}`);
    }
  };

  /** Writes what has not been written yet. */
  finish(): void {
    if (this.#timer !== undefined) this.write();
  }
}
