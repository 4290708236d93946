import { isPromise } from 'node:util/types';
import { expectNoPromise } from '../error/no-promise.js';
import { subscription, type Subscription } from './subscription.js';

interface Callback<Values extends unknown[]> {
  readonly call: (...values: Values) => unknown;
  removed: boolean;
}

const advice =
  'that is for asynchronous calls (Net.create, Solver.create, stepAsync, forwardAsync, train); in a synchronous one it must be done when it returns';

/**
 * User functions that are called at one point, in the order in which they were added. Caffe waits for them.
 *
 * @internal
 */
export class Callbacks<Values extends unknown[]> {
  readonly #name: string;
  readonly #listen: (wanted: boolean) => void;
  #callbacks: readonly Callback<Values>[] = [];

  /**
   * @param name - the user's name for them, for errors
   * @param listen - called with whether there are any callbacks; throws if there can be no more
   */
  constructor(name: string, listen: (wanted: boolean) => void) {
    this.#name = name;
    this.#listen = listen;
  }

  add(call: (...values: Values) => unknown): Subscription {
    this.#listen(true);
    const callback = { call, removed: false };
    this.#callbacks = [...this.#callbacks, callback];
    return subscription(() => {
      callback.removed = true;
      this.#callbacks = this.#callbacks.filter((other) => other !== callback);
      if (this.#callbacks.length === 0) this.#listen(false);
    });
  }

  /**
   * Calls the callbacks one after the other. A callback may remove itself or others.
   *
   * @param waits - whether the caller waits for promises
   * @returns a promise if one of them returned a promise: the remaining callbacks are called when it is fulfilled
   * @throws {CaffeError} ERR_CAFFE_LAYER for a promise if the caller does not wait
   */
  call(waits: boolean, ...values: Values): Promise<void> | undefined {
    const callbacks = this.#callbacks;
    let called = 0;
    for (const callback of callbacks) {
      called++;
      const result = callback.removed ? undefined : callback.call(...values);
      if (!isPromise(result)) continue;
      if (!waits) void expectNoPromise(this.#name, result, advice);
      return goOn(result, callbacks.slice(called), values);
    }
    return undefined;
  }
}

async function goOn<Values extends unknown[]>(
  promise: Promise<unknown>,
  callbacks: readonly Callback<Values>[],
  values: Values,
): Promise<void> {
  await promise;
  for (const callback of callbacks) {
    const result = callback.removed ? undefined : callback.call(...values);
    if (isPromise(result)) await result;
  }
}
