import { inAnyCopy } from '../copies/any-copy.js';
import { expectOptions } from '../error/argument.js';
import { Best, expectBetween, expectCount, expectSolver, type ImprovementOptions } from './improvement.js';
import type { Solver } from './solver.js';

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions extends ImprovementOptions {
  /** The factor that the learning rate is multiplied by, from 0 to 1. The default is 0.1. */
  factor?: number;
  /** How many values in a row may pass without improvement before the rate is reduced. The default is 10. */
  patience?: number;
  /** How many values after a reduction do not count. The default is 0. */
  cooldown?: number;
  /** The rate is never reduced below this value. The default is 0. */
  minLr?: number;
}

/**
 * Reduces a solver's learning rate when a metric has stopped improving. It sets {@link Solver.lr}. From the first
 * reduction on, `lr_policy` no longer determines the rate.
 *
 * @example
 * const plateau = new ReduceLROnPlateau(solver, { factor: 0.5, patience: 3 });
 * for await (const { smoothedLoss } of solver.train({ every: 100 })) plateau.step(smoothedLoss);
 */
export class ReduceLROnPlateau {
  readonly #solver: Solver;
  readonly #best: Best;
  readonly #factor: number;
  readonly #patience: number;
  readonly #cooldown: number;
  readonly #minLr: number;
  #wait = 0;
  #cooling = 0;

  /** @param solver - whose rate is reduced */
  constructor(solver: Solver, plateauOptions: ReduceLROnPlateauOptions = {}) {
    const {
      factor = 0.1,
      patience = 10,
      cooldown = 0,
      minLr = 0,
      ...options
    } = expectOptions(plateauOptions, ['factor', 'patience', 'cooldown', 'minLr', 'mode', 'minDelta']);
    this.#solver = expectSolver(solver);
    this.#best = new Best(options);
    this.#factor = expectBetween(factor, 'factor', 0, 1);
    this.#patience = expectCount(patience, 'patience');
    this.#cooldown = expectCount(cooldown, 'cooldown');
    this.#minLr = expectBetween(minLr, 'minLr', 0);
  }

  /** The best value so far. Undefined before the first value. */
  get best(): number | undefined {
    return this.#best.value;
  }

  /**
   * @param metric - the next value; NaN is not an improvement
   * @returns whether the learning rate was reduced
   */
  step(metric: number): boolean {
    const improved = this.#best.improve(metric);
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
      return false;
    }
    this.#wait = improved ? 0 : this.#wait + 1;
    if (this.#wait <= this.#patience) return false;
    this.#wait = 0;
    const { lr } = this.#solver;
    const reduced = Math.max(this.#minLr, lr * this.#factor);
    if (reduced >= lr) return false;
    this.#cooling = this.#cooldown;
    this.#solver.lr = reduced;
    return true;
  }

  static {
    inAnyCopy(ReduceLROnPlateau, 'ReduceLROnPlateau');
  }
}
