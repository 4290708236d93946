import { native } from '../native/load.js';

/**
 * Caffe's own timer. On the CPU it is a stop watch in microseconds, as `performance.now()`; on the GPU, where calls return before the device is
 * done, it measures what the device did between {@link start} and {@link stop}. The mode is the one in which it was made.
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

  /** Starts it; if it runs already, nothing. */
  start(): void {
    this.#native.start();
  }

  /** Stops it, and on the GPU waits for the device. */
  stop(): void {
    this.#native.stop();
  }

  /** Milliseconds between the last start and stop; stops a timer that runs. 0 before its first start. */
  get ms(): number {
    return this.#native.milliseconds();
  }
}
