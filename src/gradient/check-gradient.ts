import type { FillerParameter } from '../blob/fill.js';
import { argumentError, expectInteger, expectList, expectOneOf, expectOptions } from '../error/argument.js';
import type { LayerDescription } from '../layer/caffe-layer.js';
import type { LayerConstructor } from '../layer/layer.js';
import { checkBackward, checkForward, checkLossWeight, weightsToTry, type Scope } from './contract.js';
import { compare, makeObjective, type ObjectiveName } from './differences.js';
import { GradientError, type GradientFailure } from './failure.js';
import { Trial, type BlobSource } from './trial.js';

/** The options of {@link checkGradient}. */
export interface GradientCheckOptions {
  /**
   * The bottoms: `[[2, 3], { shape: [2], data: [0, 2] }]` is a blob of 2 x 3 random numbers and a blob of two labels.
   */
  bottoms: readonly BlobSource[];
  /** The number of tops. By default, the number that the layer requires, or one. */
  tops?: number;
  /**
   * The values of the learnable blobs, in their order: fillers or arrays. An undefined or missing entry keeps what the
   * layer itself put there.
   */
  params?: readonly (FillerParameter | ArrayLike<number> | undefined)[];
  /** The phase, `'train'` by default. */
  phase?: 'train' | 'test';
  /**
   * What to differentiate (`tops`) and by what (`bottoms`, `params`), as indices. By default: all tops; the bottoms
   * that the layer allows (`allowForceBackward`; Caffe's own losses exclude their labels); all learnable blobs.
   */
  check?: {
    /** Indices of bottoms. */
    bottoms?: readonly number[];
    /** Indices of learnable blobs. */
    params?: readonly number[];
    /** Indices of tops. */
    tops?: readonly number[];
  };
  /**
   * The function to differentiate. `'elements'` (default): each element of the tops separately. `'squares'`: half the
   * sum of the squares of all elements. `'loss'`: the loss that forward returns.
   */
  objective?: ObjectiveName;
  /** How far to move each value, in both directions. 0.01 by default. */
  step?: number;
  /**
   * The largest allowed difference: relative to the larger of the two derivatives, or absolute if both are below 1.
   * 0.001 by default.
   */
  threshold?: number;
  /**
   * The position of a corner of the function: that of ReLU is at 0. Values x with kink - kinkRange <= |x| <= kink +
   * kinkRange are skipped. 0 by default.
   */
  kink?: number;
  /** The range around {@link kink} to skip. Negative (-1, the default) skips nothing. */
  kinkRange?: number;
  /** The seed of Caffe's random numbers, 1701 by default. */
  seed?: number;
  /**
   * Whether backward may write diffs that were not requested, as Caffe's own Scale, BatchNorm and LSTM do. False by
   * default.
   */
  allowUnasked?: boolean;
}

/** What {@link checkGradient} returns: how much it did. */
export interface GradientCheck {
  /** The number of derivatives compared. */
  comparisons: number;
  /** The number of values skipped because they lie at a kink. */
  skipped: number;
  /** The number of calls of forward, those before each backward included. */
  forwards: number;
  /** The number of calls of backward. */
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

const optionNames = [
  'bottoms',
  'tops',
  'params',
  'phase',
  'check',
  'objective',
  'step',
  'threshold',
  'kink',
  'kinkRange',
  'seed',
  'allowUnasked',
] as const;

function checkOptions(options: GradientCheckOptions): void {
  if (typeof options !== 'object' || (options as unknown) === null || !Array.isArray(options.bottoms)) {
    throw argumentError('{ bottoms: [...] }', 'options', options);
  }
  expectOptions(options, optionNames);
  expectOneOf(options.objective ?? 'elements', 'objective', ['elements', 'squares', 'loss']);
  expectOptions(options.check ?? {}, ['bottoms', 'params', 'tops'], 'check');
  expectList(options.params ?? [], 'params', 'an array of fillers or values');
  if (options.tops !== undefined) expectInteger(options.tops, 'tops', 0, 1000);
}

/** Checks the rules that hold for every layer, whatever it computes. If one fails, the derivatives mean nothing. */
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
 * Checks that a layer's backward is the derivative of its forward. It uses Caffe's own method
 * (test_gradient_check_util.hpp). For each element of the tops, and each value of the bottoms and of the learnable
 * blobs, it compares backward with the two-sided difference of forward, (f(x + step) - f(x - step)) / (2 step), in
 * 32-bit floats.
 *
 * First it checks what derivatives do not show:
 * - Forward must write every element of the tops. It must not add to them. It must not change the bottoms. It must
 *   compute the same tops from the same random numbers.
 * - Backward must assign every element of the diff of each bottom that `propagateDown` requests, and leave the other
 *   bottoms alone. It must add to the diffs of learnable blobs. Its results must be proportional to the diffs of the
 *   tops.
 * - A layer whose tops are single numbers is also run with another `loss_weight`. Forward must not use the weight.
 *   Backward must not use it either, other than through the diff of the top.
 *
 * With ava: `t.notThrows(() => checkGradient(MyLoss, { bottoms: [[4, 3], [4, 3]] }))`.
 *
 * Differences are wrong at a corner (|x| at 0): choose `bottoms` away from it, or set `kink` and `kinkRange`.
 * Differences are imprecise for tops larger than about 100: a float has 7 digits, and a step of 0.01 leaves 3 of them.
 * The call restarts Caffe's random numbers of this thread.
 *
 * @param layer - a layer class, or a layer of any type with its parameters, as for `createLayer`
 * @returns how much was compared
 * @throws {GradientError} if the gradient is wrong; its message lists the failures, and `failures` holds them as data
 * @throws {TypeError | RangeError} for invalid options, or if there is nothing to compare
 * @throws whatever the layer itself throws
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
