import { argumentError, expectInteger, expectNumber, expectObject } from '../error/argument.js';
import type { Solver } from './solver.js';

/** What counts as an improvement of a metric. */
export interface ImprovementOptions {
  /**
   * `'min'` if a lower metric is better, as for a loss. `'max'` if a higher one is better, as for an accuracy. The
   * default is `'min'`.
   */
  mode?: 'min' | 'max';
  /** A change of this size or less is not an improvement. The default is 0. */
  minDelta?: number;
}

/** Checks for a method, because the class `Solver` is not yet loaded when this file is. */
export function expectSolver(solver: Solver): Solver {
  const { snapshot } = expectObject(solver, 'solver', 'a Solver') as Partial<Solver>;
  if (typeof snapshot !== 'function') throw argumentError('a Solver', 'solver', solver);
  return solver;
}

export function expectCount(value: number, name: string): number {
  return expectInteger(value, name, 0, Number.MAX_SAFE_INTEGER);
}

/** @returns `value`, a finite number from `least` to `most` */
export function expectBetween(value: number, name: string, least: number, most = Infinity): number {
  if (expectNumber(value, name) >= least && value <= most && Number.isFinite(value)) return value;
  throw new RangeError(`Expected a number from ${least} to ${most} for ${name} but received ${value}`);
}

/** The best value of a metric so far. NaN is never better. */
export class Best {
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  value: number | undefined;

  constructor({ mode = 'min', minDelta = 0 }: ImprovementOptions) {
    if (mode !== 'min' && mode !== 'max') throw argumentError("'min' or 'max'", 'mode', mode);
    this.#sign = mode === 'min' ? 1 : -1;
    this.#minDelta = expectBetween(minDelta, 'minDelta', 0);
  }

  /** Whether `metric` is better than `than` by more than `minDelta`. */
  isBetter(metric: number, than: number): boolean {
    return this.#sign * (than - metric) > this.#minDelta;
  }

  /**
   * Takes the next value.
   *
   * @returns whether it is the best so far
   */
  improve(metric: number): boolean {
    if (Number.isNaN(expectNumber(metric, 'metric'))) return false;
    if (this.value !== undefined && !this.isBetter(metric, this.value)) return false;
    this.value = metric;
    return true;
  }
}
