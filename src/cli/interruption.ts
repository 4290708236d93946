import { Failure } from './failure.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * While it is there, the first SIGINT or SIGTERM only asks for an end, so that nothing half-written is left; the second
 * one ends the process at once.
 */
export class Interruption implements Disposable {
  #signal: NodeJS.Signals | undefined;
  readonly #listener = (signal: NodeJS.Signals): void => {
    this.#signal = signal;
    this[Symbol.dispose]();
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /** @throws {Failure} if a signal has come */
  check(): void {
    if (this.#signal !== undefined) throw new Failure(`ended by ${this.#signal}; nothing was written`);
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}
