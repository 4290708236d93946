import { gradientsInScope, type Scope } from './backward-contract.js';
import { element, shown } from './element.js';
import type { GradientFailure } from './gradient-error.js';
import type { Trial } from './trial.js';

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), Math.abs(b), 1e-4);

/** The loss weights to try: three times those of the description, or 3. */
export function weightsToTry(trial: Trial, scope: Scope, given: readonly number[]): number[] {
  return trial.top.map((_, top) => (scope.tops.includes(top) ? 3 * (given[top] ?? 1) || 3 : (given[top] ?? 0)));
}

/**
 * What a loss must do with its weight: nothing in forward, for Caffe multiplies by it; in backward, take it from the
 * top's diff, once.
 *
 * @param weighted - the same layer made with `weights`
 */
export function checkLossWeight(
  trial: Trial,
  weighted: Trial,
  scope: Scope,
  weights: readonly number[],
): GradientFailure[] {
  trial.forward();
  weighted.forward(NaN);
  const fail = (blob: string, message: string): GradientFailure => ({ kind: 'loss-weight', blob, message });
  for (const top of scope.tops) {
    const plain = trial.top[top]?.cpuData[0] ?? NaN;
    const loss = weighted.top[top]?.cpuData[0] ?? NaN;
    const weight = weights[top] ?? NaN;
    if (!near(plain, loss)) {
      const values = `${shown(loss)} with loss_weight ${weight}, ${shown(plain)} before`;
      return [
        fail(
          `top[${top}]`,
          `forward uses loss_weight (top[${top}] is ${values}); Caffe multiplies by it, leave it out`,
        ),
      ];
    }
    const diff = weighted.top[top]?.cpuDiff[0] ?? NaN;
    if (diff !== Math.fround(weight)) {
      const values = `it holds ${shown(diff)} after forward, with loss_weight ${weight}`;
      return [
        fail(
          `top[${top}]`,
          `forward or reshape writes top[${top}].diff, where Caffe keeps the loss_weight (${values})`,
        ),
      ];
    }
  }
  const asked = trial.bottom.map((_, index) => scope.bottoms.includes(index));
  const start = { top: weighted.topWeights, bottom: 0, params: 0 };
  const expected = gradientsInScope(trial, scope, trial.backward(asked, start).after);
  const found = gradientsInScope(weighted, scope, weighted.backward(asked, start).after);
  return expected.flatMap(({ name, array, shape }, i) => {
    const index = array.findIndex((value, at) => !near(value, found[i]?.array[at] ?? NaN));
    if (index < 0) return [];
    const values = `${shown(found[i]?.array[index])} where it should be ${shown(array[index])}`;
    const wrong = `the gradient of ${element(name, index, shape)} is ${values}`;
    return [fail(name, `backward uses loss_weight beside top[0].diff, which holds it already (${wrong})`)];
  });
}
