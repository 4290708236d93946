import type { Scope } from './contract.js';
import { element, type GradientFailure } from './failure.js';
import type { Trial } from './trial.js';

/**
 * What is differentiated: a list of numbers computed from the tops. `elementOf` says which element each number is.
 * `diffs` gives the diffs of the tops for which backward computes its gradient.
 */
interface Objective {
  count: number;
  /** The top and the element of number `i`; undefined for a sum. */
  elementOf(i: number): { top: number; index: number } | undefined;
  diffs(i: number): Float32Array[];
  /** The factor between the diffs of number `i` and its derivative. */
  weight: number;
  /** All the numbers, after a forward that returned `loss`. */
  values(loss: number): Float64Array;
}

const zeros = (trial: Trial): Float32Array[] => trial.top.map(({ count }) => new Float32Array(count));

/**
 * Each element of the tops separately. The diff is 2, as in Caffe's own checker: with 1, a layer that ignores the diff
 * would pass.
 */
function eachElement(trial: Trial, tops: readonly number[]): Objective {
  const elements = tops.flatMap((top) =>
    Array.from({ length: trial.top[top]?.count ?? 0 }, (_, index) => ({ top, index })),
  );
  return {
    count: elements.length,
    weight: 2,
    elementOf: (i) => elements[i],
    diffs: (i) => {
      const all = zeros(trial);
      const { top, index } = elements[i] ?? { top: 0, index: 0 };
      all[top]?.fill(2, index, index + 1);
      return all;
    },
    values: () => Float64Array.from(tops.flatMap((top) => [...(trial.top[top]?.cpuData ?? [])])),
  };
}

/** Half the sum of the squares of all elements. */
function halfSquares(trial: Trial, tops: readonly number[]): Objective {
  return {
    count: 1,
    weight: 1,
    elementOf: () => undefined,
    diffs: () => {
      trial.forward();
      return trial.top.map(({ cpuData, count }, top) =>
        tops.includes(top) ? cpuData.slice() : new Float32Array(count),
      );
    },
    values: () => {
      let sum = 0;
      for (const top of tops) for (const value of trial.top[top]?.cpuData ?? []) sum += value * value;
      return Float64Array.of(sum / 2);
    },
  };
}

/** The loss that forward returns, with the diffs that setup gave the tops. */
function weightedLoss(trial: Trial): Objective {
  if (trial.topWeights.every((weights) => weights.every((weight) => weight === 0))) {
    throw new RangeError("objective 'loss' needs a layer with a lossWeight");
  }
  return {
    count: 1,
    weight: 1,
    elementOf: () => undefined,
    diffs: () => trial.topWeights.map((weights) => weights.slice()),
    values: (loss) => Float64Array.of(loss),
  };
}

/** The function that {@link checkGradient} differentiates; see {@link GradientCheckOptions.objective}. */
export type ObjectiveName = 'elements' | 'squares' | 'loss';

export function makeObjective(trial: Trial, tops: readonly number[], name: ObjectiveName): Objective {
  if (name === 'elements') return eachElement(trial, tops);
  return name === 'squares' ? halfSquares(trial, tops) : weightedLoss(trial);
}

interface DifferenceOptions {
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

interface Comparison {
  failures: GradientFailure[];
  comparisons: number;
  /** The number of elements skipped because they lie at a kink. */
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

/** The derivative of each number of the objective by one value: (f(x + step) - f(x - step)) / (2 step). */
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
  // A float may not hold x + step exactly: divide by the values that it holds.
  return plus.map((number, i) => (number - (minus[i] ?? NaN)) / (above - below));
}

/** Compares backward with two-sided differences of forward, for each number of the objective and each value. */
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
  const differentiated = objective.elementOf(i);
  const analytic = found / objective.weight;
  const numeric = expected / objective.weight;
  const what =
    differentiated === undefined
      ? 'objective'
      : element(`top[${differentiated.top}]`, differentiated.index, trial.top[differentiated.top]?.shape ?? []);
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
  if (differentiated !== undefined) {
    Object.assign(failure, { top: `top[${differentiated.top}]`, topIndex: differentiated.index });
  }
  return failure;
}
