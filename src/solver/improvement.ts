import { argumentError, expectInteger, expectNumber, expectObject } from '../error/argument.js';
import type { Solver } from './solver.js';

export interface ImprovementOptions {
  /** Whether the metric is one that falls, as a loss, or one that rises, as an accuracy: `'min'` by default. */
  mode?: 'min' | 'max';
  /** What counts as no improvement yet: a change of so much or less. 0 by default. */
  minDelta?: number;
}

/** `Solver` itself is not there yet where this file is loaded. */
export function expectSolver(solver: Solver): Solver {
  const { snapshot } = expectObject(solver, 'solver', 'a Solver') as Partial<Solver>;
  if (typeof snapshot !== 'function') throw argumentError('a Solver', 'solver', solver);
  return solver;
}

export function expectCount(value: number, name: string): number {
  return expectInteger(value, name, 0, Number.MAX_SAFE_INTEGER);
}

/** @returns a finite number from `least` to `most` */
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

  /** Whether one value is better than another, by more than `minDelta`. */
  isBetter(metric: number, than: number): boolean {
    return this.#sign * (than - metric) > this.#minDelta;
  }

  /** Takes one more value. @returns whether it is the best so far */
  improve(metric: number): boolean {
    if (Number.isNaN(expectNumber(metric, 'metric'))) return false;
    if (this.value !== undefined && !this.isBetter(metric, this.value)) return false;
    this.value = metric;
    return true;
  }
}
