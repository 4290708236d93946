import { inAnyCopy } from '../copies/any-copy.js';
import { expectOptions } from '../error/argument.js';
import { Best, expectCount, type ImprovementOptions } from './improvement.js';

/** Options of {@link EarlyStopping}. */
export interface EarlyStoppingOptions extends ImprovementOptions {
  /** How many values in a row may pass without improvement before it is time to stop. */
  patience: number;
}

/**
 * Tells when a metric has stopped improving.
 *
 * @example
 * const stopping = new EarlyStopping({ patience: 5 });
 * for await (const { smoothedLoss } of solver.train({ every: 100 })) {
 *   if (stopping.step(smoothedLoss)) break;
 * }
 */
export class EarlyStopping {
  readonly #best: Best;
  readonly #patience: number;
  #wait = 0;

  /** @throws {TypeError|RangeError} for options that are not of {@link EarlyStoppingOptions} */
  constructor(stoppingOptions: EarlyStoppingOptions) {
    const { patience, ...options } = expectOptions(stoppingOptions, ['patience', 'mode', 'minDelta']);
    this.#patience = expectCount(patience, 'patience');
    this.#best = new Best(options);
  }

  /** The best value so far. Undefined before the first value. */
  get best(): number | undefined {
    return this.#best.value;
  }

  /** How many values in a row have passed without improvement. */
  get wait(): number {
    return this.#wait;
  }

  /**
   * @param metric - the next value; NaN is not an improvement
   * @returns whether it is time to stop: more than `patience` values in a row have passed without improvement
   */
  step(metric: number): boolean {
    this.#wait = this.#best.improve(metric) ? 0 : this.#wait + 1;
    return this.#wait > this.#patience;
  }

  static {
    inAnyCopy(EarlyStopping, 'EarlyStopping');
  }
}
