import type { MessagePort } from 'node:worker_threads';
import type { Answer, Command, ToServer, ToSolver } from '../messages.js';

/** What may wait for the solver at a time. */
const mostWaiting = 64;

/** A command that the solver did not do, and why. */
export class Refused extends Error {}

/** Commands to the solver's thread, which does them between two iterations. */
export class SolverLink {
  readonly #port: MessagePort;
  readonly #bell: Int32Array;
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #next = 0;

  /** @param bell - its first number rings when there is a message: the solver's thread may be blocked in a `step` */
  constructor(port: MessagePort, bell: Int32Array) {
    this.#port = port;
    this.#bell = bell;
  }

  ask(command: Command): Promise<Answer> {
    if (this.#waiting.size >= mostWaiting) return Promise.reject(new Refused('too many requests wait for the solver'));
    const id = this.#next++;
    const message: ToSolver = { id, command };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage(message);
      Atomics.add(this.#bell, 0, 1);
      Atomics.notify(this.#bell, 0);
    });
  }

  settle({ id, answer, error }: Extract<ToServer, { kind: 'answer' }>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer !== undefined) waiting?.resolve(answer);
    else waiting?.reject(new Refused(error));
  }
}
