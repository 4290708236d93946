import { setImmediate } from 'node:timers/promises';

/** More iterations than a solver does while a test waits for something. */
export const forever = 2 ** 31 - 1;

/**
 * A run that only its signal ends. `await using` ends it with the block that began it, also where that fails: what
 * computes would else go on beside the next tests, and its solver could not be disposed.
 */
export class EndlessRun implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #outcome: Promise<unknown>;
  #isOver = false;

  /** @param begin - begins the run, as in `(signal) => solver.stepAsync(forever, { signal })` */
  constructor(begin: (signal: AbortSignal) => Promise<unknown>) {
    this.#outcome = begin(this.#controller.signal)
      .then(
        () => 'it came to its end',
        (reason: unknown) => reason,
      )
      .finally(() => (this.#isOver = true));
  }

  /** Lets the event loop turn until the condition holds; the run must go on until then. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#isOver) throw new Error('the run ended too early', { cause: await this.#outcome });
      await setImmediate();
    }
  }

  /** Aborts the run, and waits for its end. Returns what its promise was rejected with. */
  async end(reason?: unknown): Promise<unknown> {
    this.#controller.abort(reason);
    return this.#outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
