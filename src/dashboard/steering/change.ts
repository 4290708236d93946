import { expectKnown, expectNonNegative, expectNumber, expectObject, expectString } from '../../error/argument.js';
import type { Solver } from '../../solver/solver.js';
import type { Change, LayerMultipliers } from '../messages.js';

/** The factors of all layers with learnable blobs. */
export function multipliersOf({ net }: Solver): LayerMultipliers[] {
  return Object.keys(net.params).map((layer) => ({
    layer,
    lr: [...(net.paramsLr[layer] ?? [])],
    decay: [...(net.paramsWeightDecay[layer] ?? [])],
  }));
}

/** A part of a change that has been checked: how it is made, and what it is in words. */
interface Step {
  make: () => void;
  text: string;
}

function* stepsOfMultiplier(solver: Solver, change: NonNullable<Change['multiplier']>): Iterable<Step> {
  expectKnown(expectObject(change, 'multiplier'), ['layer', 'blob', 'lr', 'decay'], 'multiplier');
  const { layer, blob, lr, decay } = change;
  const { paramsLr, paramsWeightDecay } = solver.net;
  const step = (what: string, all: typeof paramsLr, value: number): Step => {
    const multipliers = all[expectString(layer, 'layer')];
    const before = multipliers?.[blob];
    if (multipliers === undefined || before === undefined) throw new RangeError(`${layer} has no blob ${blob}`);
    expectNonNegative(value, what);
    return { make: () => (multipliers[blob] = value), text: `${what} of ${layer}[${blob}] ${before} → ${value}` };
  };
  if (lr !== undefined) yield step('lr_mult', paramsLr, lr);
  if (decay !== undefined) yield step('decay_mult', paramsWeightDecay, decay);
}

function* stepsOf(solver: Solver, { lr, momentum, weightDecay, multiplier }: Change): Iterable<Step> {
  const { param, lr: rate } = solver;
  if (multiplier !== undefined) yield* stepsOfMultiplier(solver, multiplier);
  if (lr !== undefined) {
    if (lr !== null) expectNonNegative(lr, 'lr');
    const text = lr === null ? `learning rate by its policy (${param.lrPolicy})` : `learning rate ${rate} → ${lr}`;
    yield { make: () => (solver.lr = lr ?? undefined), text };
  }
  if (momentum !== undefined) {
    if (!(expectNumber(momentum, 'momentum') >= 0 && momentum < 1)) {
      throw new RangeError(`Expected a momentum from 0 to below 1 but received ${momentum}`);
    }
    const make = (): void => {
      solver.setParam({ momentum });
    };
    yield { make, text: `momentum ${param.momentum} → ${momentum}` };
  }
  if (weightDecay !== undefined) {
    expectNonNegative(weightDecay, 'weightDecay');
    const make = (): void => {
      solver.setParam({ weightDecay });
    };
    yield { make, text: `weight decay ${param.weightDecay} → ${weightDecay}` };
  }
}

/**
 * Changes settings of a solver.
 *
 * @returns what has been changed, in words
 * @throws {TypeError | RangeError} for values that a solver does not take; then nothing has been changed
 */
export function makeChange(solver: Solver, change: Change): string {
  expectKnown(expectObject(change, 'change'), ['lr', 'momentum', 'weightDecay', 'multiplier'], 'change');
  const steps = [...stepsOf(solver, change)]; // all are checked before the first is made
  if (steps.length === 0) throw new RangeError('Expected a setting to change but received none');
  for (const { make } of steps) make();
  return steps.map(({ text }) => text).join(', ');
}
