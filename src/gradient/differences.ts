import type { Scope } from './backward-contract.js';
import { element } from './element.js';
import type { GradientFailure } from './gradient-error.js';
import type { Objective } from './objective.js';
import type { Trial } from './trial.js';

export interface DifferenceOptions {
  step: number;
  threshold: number;
  kink: number;
  kinkRange: number;
}

/** A blob that the tops depend on. */
interface Feature {
  name: string;
  shape: readonly number[];
  values: Float32Array;
  /** Its diff after a backward. */
  gradient: () => Float32Array;
}

export interface Comparison {
  failures: GradientFailure[];
  comparisons: number;
  /** Elements that lie at a kink and were left out. */
  skipped: number;
}

function features(trial: Trial, scope: Scope): Feature[] {
  const of = (kind: string, i: number, values?: Float32Array, blob?: Trial['bottom'][number]): Feature[] =>
    values === undefined || blob === undefined
      ? []
      : [{ name: `${kind}[${i}]`, shape: blob.shape, values, gradient: () => blob.cpuDiff.slice() }];
  return [
    ...scope.bottoms.flatMap((i) => of('bottom', i, trial.bottomValues[i], trial.bottom[i])),
    ...scope.params.flatMap((i) => of('blobs', i, trial.paramValues[i], trial.params[i])),
  ];
}

/** How each number of the objective changes with one value: (f(x + step) - f(x - step)) / (2 step). */
function difference(
  trial: Trial,
  objective: Objective,
  values: Float32Array,
  index: number,
  step: number,
): Float64Array {
  const value = values[index] ?? NaN;
  values[index] = value + step;
  const above = values[index] ?? NaN;
  const plus = objective.values(trial.forward());
  values[index] = value - step;
  const below = values[index] ?? NaN;
  const minus = objective.values(trial.forward());
  values[index] = value;
  // Floats hold not quite x + step: divide by what they hold.
  return plus.map((number, i) => (number - (minus[i] ?? NaN)) / (above - below));
}

/**
 * Compares what backward computes with two-sided differences of forward, for each number of the objective and each
 * value.
 */
export function compare(trial: Trial, scope: Scope, objective: Objective, options: DifferenceOptions): Comparison {
  const { step, threshold, kink, kinkRange } = options;
  const asked = trial.bottom.map((_, index) => scope.bottoms.includes(index));
  const checked = features(trial, scope);
  const analytic = Array.from({ length: objective.count }, (_, i) => {
    trial.backward(asked, { top: objective.diffs(i), bottom: 0, params: 0 });
    return checked.map((feature) => feature.gradient());
  });
  const result: Comparison = { failures: [], comparisons: 0, skipped: 0 };
  for (const [at, { name, shape, values }] of checked.entries()) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? NaN;
      if (kinkRange >= 0 && Math.abs(Math.abs(value) - kink) <= kinkRange) {
        result.skipped += 1;
        continue;
      }
      const numeric = difference(trial, objective, values, index, step);
      for (let i = 0; i < objective.count; i++) {
        const found = analytic[i]?.[at]?.[index] ?? NaN;
        const expected = objective.weight * (numeric[i] ?? NaN);
        result.comparisons += 1;
        const scale = Math.max(Math.abs(found), Math.abs(expected), 1);
        if (Math.abs(found - expected) <= threshold * scale) continue;
        result.failures.push(valueFailure(trial, objective, i, { name, shape, index, value }, found, expected));
      }
    }
  }
  return result;
}

function valueFailure(
  trial: Trial,
  objective: Objective,
  i: number,
  of: { name: string; shape: readonly number[]; index: number; value: number },
  found: number,
  expected: number,
): GradientFailure {
  const place = objective.place(i);
  const analytic = found / objective.weight;
  const numeric = expected / objective.weight;
  const what =
    place === undefined ? 'objective' : element(`top[${place.top}]`, place.index, trial.top[place.top]?.shape ?? []);
  const failure: GradientFailure = {
    kind: 'value',
    blob: of.name,
    index: of.index,
    analytic,
    numeric,
    message:
      `d ${what} / d ${element(of.name, of.index, of.shape)}: backward says ${analytic.toPrecision(6)}, ` +
      `differences of forward ${numeric.toPrecision(6)} (at ${of.value.toPrecision(6)})`,
  };
  if (place !== undefined) Object.assign(failure, { top: `top[${place.top}]`, topIndex: place.index });
  return failure;
}
