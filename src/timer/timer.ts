import { native } from '../native/load.js';

/**
 * Caffe's own timer. On the CPU it reads the system's clock in microseconds; on the GPU, where calls return before the
 * device is done, it measures what the device did between {@link start} and {@link stop}. The mode that counts is the
 * one at {@link start}.
 *
 * @example
 * ```ts
 * const timer = new Timer();
 * timer.start();
 * net.forward();
 * timer.stop();
 * console.log(timer.ms);
 * ```
 */
export class Timer {
  readonly #native = new native.Timer();

  /** Starts it. One that runs already goes on, unless the mode has changed since: then it begins anew. */
  start(): void {
    this.#native.start();
  }

  /** Stops it, and on the GPU waits for the device. One that does not run stays as it is. */
  stop(): void {
    this.#native.stop();
  }

  /** Milliseconds between the last start and stop; stops a timer that runs. 0 before its first start. */
  get ms(): number {
    return this.#native.milliseconds();
  }
}
