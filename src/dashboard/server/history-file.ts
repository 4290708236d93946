import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly #path: string;
  readonly #name: string;
  readonly #history: History;
  #timer: NodeJS.Timeout | undefined;
  /** What kept it from being written. */
  failure: string | undefined;

  /** @param path - empty for none */
  constructor(path: string, name: string, history: History) {
    this.#path = path;
    this.#name = name;
    this.#history = history;
  }

  /** The history up to an iteration. A new one if none can be read: training must not fail for it. */
  static read(path: string, iter: number): History {
    if (path === '' || iter === 0) return new History();
    try {
      const history = History.from(JSON.parse(readFileSync(path, 'utf8')));
      history.rewind(iter);
      return history;
    } catch {
      return new History();
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
      writeFileSync(aside, JSON.stringify(this.#history.record(this.#name)));
      renameSync(aside, this.#path);
      this.failure = undefined;
    } catch (error) {
      remove(aside);
      this.failure = (error as Error).message;
    }
  };

  /** Writes what has not been written yet. */
  finish(): void {
    if (this.#timer !== undefined) this.write();
  }
}
