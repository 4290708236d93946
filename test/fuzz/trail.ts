import { writeSync } from 'node:fs';

/**
 * Tells who started this process: see worker.ts. Not on stdout, which does not block once somebody has looked at
 * `process.stdout`: a full pipe was EAGAIN.
 */
export function say(line: string): void {
  writeSync(3, `${line}\n`);
}

/** Tells what this process does next, so that they know what it died of. */
export function did(what: string): void {
  say(`did ${what.replaceAll('\n', ' ')}`);
}

/** The calls of a case, each told before it is made: an error of one does not keep the others from being made. */
export class Attempts {
  readonly #errors: unknown[] = [];

  /** @returns whether `call` returned */
  async make(what: string, call: () => unknown): Promise<boolean> {
    did(what);
    try {
      await call();
      return true;
    } catch (error) {
      this.#errors.push(error);
      return false;
    }
  }

  /** All errors count, not the last alone. */
  end(): void {
    if (this.#errors.length > 0) throw new AggregateError(this.#errors);
  }
}
