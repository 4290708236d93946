import { inAnyCopy } from '../copies/any-copy.js';
import { native } from '../native/load.js';

/**
 * Caffe's own timer. On the CPU it reads the system clock in microseconds. On the GPU calls return before the device
 * is done. There it measures what the device did between {@link start} and {@link stop}. The mode at {@link start}
 * decides which way is used.
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

  /** Starts the timer. A running timer continues, but if the mode has changed since its start, it starts again. */
  start(): void {
    this.#native.start();
  }

  /** Stops the timer. On the GPU it waits for the device. A stopped timer stays as it is. */
  stop(): void {
    this.#native.stop();
  }

  /** Milliseconds between the last start and stop. Reading it stops a running timer. 0 before the first start. */
  get ms(): number {
    return this.#native.milliseconds();
  }

  static {
    inAnyCopy(Timer, 'Timer');
  }
}
