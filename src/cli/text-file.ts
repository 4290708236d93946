import { closeSync, openSync, writeSync } from 'node:fs';
import { systemReason } from '../error/system-reason.js';
import { Failure } from './failure.js';

/** A text file that grows while a command runs. */
export class TextFile implements Disposable {
  readonly #path: string;
  readonly #file: number;
  #isOpen = true;

  /** @param flags - `w` for a new file, `a` to go on with what is there */
  constructor(path: string, flags: 'w' | 'a') {
    this.#path = path;
    this.#file = this.#try(() => openSync(path, flags));
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new Failure(`${this.#path}: cannot be written: ${systemReason(cause)}`, { cause });
    }
  }

  write(text: string): void {
    this.#try(() => writeSync(this.#file, text));
  }

  /** You may call it twice. */
  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}
