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

function setMultiplier(solver: Solver, change: NonNullable<Change['multiplier']>): string[] {
  expectKnown(expectObject(change, 'multiplier'), ['layer', 'blob', 'lr', 'decay'], 'multiplier');
  const { layer, blob, lr, decay } = change;
  const { paramsLr, paramsWeightDecay } = solver.net;
  const said: string[] = [];
  const set = (what: string, all: typeof paramsLr, value: number): void => {
    const multipliers = all[expectString(layer, 'layer')];
    const before = multipliers?.[blob];
    if (multipliers === undefined || before === undefined) throw new RangeError(`${layer} has no blob ${blob}`);
    multipliers[blob] = expectNonNegative(value, what);
    said.push(`${what} of ${layer}[${blob}] ${before} → ${value}`);
  };
  if (lr !== undefined) set('lr_mult', paramsLr, lr);
  if (decay !== undefined) set('decay_mult', paramsWeightDecay, decay);
  return said;
}

/**
 * Changes settings of a solver.
 *
 * @returns what has been changed, in words
 * @throws {TypeError | RangeError} for values that a solver does not take; then nothing has been changed
 */
export function makeChange(solver: Solver, change: Change): string {
  expectKnown(expectObject(change, 'change'), ['lr', 'momentum', 'weightDecay', 'multiplier'], 'change');
  const { lr, momentum, weightDecay, multiplier } = change;
  const before = solver.param;
  if (momentum !== undefined && !(expectNumber(momentum, 'momentum') >= 0 && momentum < 1)) {
    throw new RangeError(`Expected a momentum from 0 to below 1 but received ${momentum}`);
  }
  if (weightDecay !== undefined) expectNonNegative(weightDecay, 'weightDecay');
  const said = multiplier === undefined ? [] : setMultiplier(solver, multiplier);
  if (lr !== undefined) {
    const rate = solver.lr;
    solver.lr = lr ?? undefined;
    said.push(lr === null ? `learning rate by its policy (${before.lrPolicy})` : `learning rate ${rate} → ${lr}`);
  }
  if (momentum !== undefined) {
    solver.setParam({ momentum });
    said.push(`momentum ${before.momentum} → ${momentum}`);
  }
  if (weightDecay !== undefined) {
    solver.setParam({ weightDecay });
    said.push(`weight decay ${before.weightDecay} → ${weightDecay}`);
  }
  if (said.length === 0) throw new RangeError('Expected a setting to change but received none');
  return said.join(', ');
}
