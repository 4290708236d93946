import type { FillerParameter } from '../blob/fill.js';
import { argumentError, expectInteger, expectList, expectObject, expectOneOf } from '../error/argument.js';
import type { LayerDescription } from '../layer/caffe-layer.js';
import type { LayerConstructor } from '../layer/layer.js';
import { checkBackward, checkForward, checkLossWeight, weightsToTry, type Scope } from './contract.js';
import { compare, makeObjective, type ObjectiveName } from './differences.js';
import { GradientError, type GradientFailure } from './failure.js';
import { Trial, type BlobSource } from './trial.js';

export interface GradientCheckOptions {
  /** The bottoms: `[[2, 3], { shape: [2], data: [0, 2] }]` is a blob of 2 x 3 random numbers and one of two labels. */
  bottoms: readonly BlobSource[];
  /** How many tops; by default as many as the layer must have, or one. */
  tops?: number;
  /**
   * What the learnable blobs hold, where it is not to be what the layer itself gives them: fillers or values, in their
   * order.
   */
  params?: readonly (FillerParameter | ArrayLike<number> | undefined)[];
  /** 'train' by default. */
  phase?: 'train' | 'test';
  /**
   * What to differentiate by, and what to differentiate, by number. By default: the bottoms that the layer allows
   * (`allowForceBackward`; a loss of Caffe's own leaves out its labels), all learnable blobs, all tops.
   */
  check?: { bottoms?: readonly number[]; params?: readonly number[]; tops?: readonly number[] };
  /**
   * `'elements'` (default): each element of the tops by itself; `'squares'`: half the sum of all squares; `'loss'`:
   * what forward returns.
   */
  objective?: ObjectiveName;
  /** How far to go to both sides of each value, 0.01 by default. */
  step?: number;
  /** The largest difference, relative to the greater of both derivatives, or absolute below 1; 0.001 by default. */
  threshold?: number;
  /**
   * Leaves out the values x with kink - kinkRange <= |x| <= kink + kinkRange, where the layer has a corner: that of
   * ReLU is at 0.
   */
  kink?: number;
  kinkRange?: number;
  /** Of Caffe's random numbers, 1701 by default. */
  seed?: number;
  /** Whether backward may write diffs that were not asked for, as Caffe's own Scale, BatchNorm and LSTM do. */
  allowUnasked?: boolean;
}

/** What {@link checkGradient} did. */
export interface GradientCheck {
  /** Derivatives that were compared. */
  comparisons: number;
  /** Values that were left out because they lie at a kink. */
  skipped: number;
  forwards: number;
  backwards: number;
}

function all(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function expectIndices(indices: readonly number[], name: string, count: number): readonly number[] {
  expectList(indices, `check.${name}`, 'an array of numbers').forEach((index, at) =>
    expectInteger(index, `check.${name}[${at}]`, 0, count - 1),
  );
  return indices;
}

function scopeOf(trial: Trial, { check = {}, allowUnasked = false }: GradientCheckOptions): Scope {
  const { layer, bottom, params, top } = trial;
  const scope = {
    bottoms: check.bottoms ?? all(bottom.length).filter((index) => layer.allowForceBackward(index)),
    params: check.params ?? all(params.length),
    tops: check.tops ?? all(top.length),
    allowUnasked,
  };
  expectIndices(scope.bottoms, 'bottoms', bottom.length);
  expectIndices(scope.params, 'params', params.length);
  expectIndices(scope.tops, 'tops', top.length);
  if (scope.bottoms.length + scope.params.length === 0 || scope.tops.length === 0) {
    throw new RangeError(`${layer.type} has nothing to differentiate, or nothing to differentiate by`);
  }
  return scope;
}

function expectPositive(value: number, name: string): number {
  if (typeof value !== 'number') throw argumentError('a number', name, value);
  if (!(value > 0)) throw new RangeError(`Expected a number above 0 for ${name} but received ${value}`);
  return value;
}

function checkOptions(options: GradientCheckOptions): void {
  if (typeof options !== 'object' || (options as unknown) === null || !Array.isArray(options.bottoms)) {
    throw argumentError('{ bottoms: [...] }', 'options', options);
  }
  expectOneOf(options.objective ?? 'elements', 'objective', ['elements', 'squares', 'loss']);
  expectObject(options.check ?? {}, 'check');
  expectList(options.params ?? [], 'params', 'an array of fillers or values');
  if (options.tops !== undefined) expectInteger(options.tops, 'tops', 0, 1000);
}

/** What every layer must do whatever it computes; a failure here makes those of derivatives meaningless. */
function checkContracts(
  trial: Trial,
  scope: Scope,
  description: LayerDescription,
  makeTrial: (d: LayerDescription) => Trial,
): GradientFailure[] {
  const forward = checkForward(trial);
  if (forward.length > 0) return forward;
  const backward = checkBackward(trial, scope);
  if (backward.length > 0 || scope.tops.some((top) => trial.top[top]?.count !== 1)) return backward;
  const { lossWeight = [] } = description;
  const weights = weightsToTry(trial, scope, typeof lossWeight === 'number' ? [lossWeight] : Array.from(lossWeight));
  const weighted = makeTrial({ ...description, lossWeight: weights });
  try {
    return checkLossWeight(trial, weighted, scope, weights);
  } finally {
    weighted.dispose();
  }
}

/**
 * Checks that a layer's backward is the derivative of its forward, by Caffe's own method
 * (test_gradient_check_util.hpp): for each element of the tops, and each value of the bottoms and of the learnable
 * blobs, backward is compared with the two-sided difference (f(x + step) - f(x - step)) / (2 step) of forward, in
 * 32-bit floats.
 *
 * Before that it checks what derivatives do not show. Forward must write every element of the tops, not add to them,
 * leave the bottoms alone, and give the same for the same random numbers. Backward must assign every element of each
 * bottom's diff that `propagateDown` asks for and leave the others alone, add to the diffs of learnable blobs, and be
 * proportional to the tops' diffs. A layer with one number as its top is also tried with another `loss_weight`: it must
 * neither use it in forward, nor in backward beside the top's diff.
 *
 * In ava: `t.notThrows(() => checkGradient(MyLoss, { bottoms: [[4, 3], [4, 3]] }))`.
 *
 * Values at a corner (|x| of 0) give wrong differences: choose `bottoms` away from it, or `kink`. Tops of more than
 * some 100 give rough ones: floats have 7 digits, and a step of 0.01 leaves 3 of them. It starts Caffe's random numbers
 * of this thread anew.
 *
 * @param layer - a layer class, or a layer of any type with its parameters, as for `createLayer`
 * @returns how much was compared
 * @throws {GradientError} if anything is wrong; its message lists what, its `failures` hold it for programs
 * @throws {TypeError | RangeError} for options that make no sense; what the layer itself throws
 *
 * @example
 * ```ts
 * checkGradient(FocalLoss, { bottoms: [[6, 4], { shape: [6], data: [0, 1, 2, 3, 0, 1] }], check: { bottoms: [0] } });
 * checkGradient({ type: 'InnerProduct', innerProductParam: { numOutput: 3 } }, {
 *   bottoms: [[2, 5]],
 *   params: [{ type: 'xavier' }],
 * });
 * ```
 */
export function checkGradient(
  layer: LayerConstructor | LayerDescription,
  options: GradientCheckOptions,
): GradientCheck {
  checkOptions(options);
  const description: LayerDescription = typeof layer === 'function' ? { type: layer } : layer;
  const { bottoms, tops, params = [], phase = 'train', seed = 1701, objective = 'elements' } = options;
  const { step = 1e-2, threshold = 1e-3, kink = 0, kinkRange = -1 } = options;
  expectPositive(step, 'step');
  expectPositive(threshold, 'threshold');
  const makeTrial = (d: LayerDescription): Trial => new Trial(d, { bottoms, tops, params, phase, seed });
  const trial = makeTrial(description);
  try {
    const scope = scopeOf(trial, options);
    const name = `layer "${trial.layer.name}"`;
    const wrong = checkContracts(trial, scope, description, makeTrial);
    if (wrong.length > 0) throw new GradientError(name, wrong, 0);
    const compared = compare(trial, scope, makeObjective(trial, scope.tops, objective), {
      step,
      threshold,
      kink,
      kinkRange,
    });
    const { failures, comparisons, skipped } = compared;
    if (failures.length > 0) throw new GradientError(name, failures, comparisons);
    if (comparisons === 0)
      throw new RangeError(`${name}: there was nothing to compare, all values lie at the kink or blobs are empty`);
    return { comparisons, skipped, forwards: trial.forwards, backwards: trial.backwards };
  } finally {
    trial.dispose();
  }
}
