import type { Trial } from './trial.js';

/**
 * What is differentiated: one number after another that follows from the tops. `names` tells where each comes from,
 * `diffs` what the tops' diffs must be for backward to give its gradient.
 */
export interface Objective {
  count: number;
  /** The top and the element that number `i` is; none for a sum. */
  place(i: number): { top: number; index: number } | undefined;
  diffs(i: number): Float32Array[];
  /** What `i`'s diffs are relative to its derivative. */
  weight: number;
  /** All the numbers, after a forward that returned `loss`. */
  values(loss: number): Float64Array;
}

const zeros = (trial: Trial): Float32Array[] => trial.top.map(({ count }) => new Float32Array(count));

/**
 * Each element of the tops by itself. The diff is 2, as in Caffe's own checker: a 1 would not tell a layer that ignores
 * it.
 */
function eachElement(trial: Trial, tops: readonly number[]): Objective {
  const places = tops.flatMap((top) =>
    Array.from({ length: trial.top[top]?.count ?? 0 }, (_, index) => ({ top, index })),
  );
  return {
    count: places.length,
    weight: 2,
    place: (i) => places[i],
    diffs: (i) => {
      const all = zeros(trial);
      const { top, index } = places[i] ?? { top: 0, index: 0 };
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
    place: () => undefined,
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

/** The loss that forward returns, with the tops' diffs as setup left them. */
function weightedLoss(trial: Trial): Objective {
  if (trial.topWeights.every((weights) => weights.every((weight) => weight === 0))) {
    throw new RangeError("objective 'loss' needs a layer with a lossWeight");
  }
  return {
    count: 1,
    weight: 1,
    place: () => undefined,
    diffs: () => trial.topWeights.map((weights) => weights.slice()),
    values: (loss) => Float64Array.of(loss),
  };
}

export type ObjectiveName = 'elements' | 'squares' | 'loss';

export function makeObjective(trial: Trial, tops: readonly number[], name: ObjectiveName): Objective {
  if (name === 'elements') return eachElement(trial, tops);
  return name === 'squares' ? halfSquares(trial, tops) : weightedLoss(trial);
}
