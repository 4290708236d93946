import { element, shown, type GradientFailure, type GradientFailureKind } from './failure.js';
import type { Gradients, Trial } from './trial.js';

/** Finds why an element is not finite, from what it becomes when it starts as 7 and as 8. */
function diagnose(from7: number, from8: number): 'unwritten' | 'accumulated' | 'not-finite' {
  if (from7 === 7 && from8 === 8) return 'unwritten';
  return Math.abs(from8 - from7 - 1) < 1e-3 ? 'accumulated' : 'not-finite';
}

const ofTops: Record<'unwritten' | 'accumulated' | 'not-finite', (name: string, value: number) => string> = {
  unwritten: (name) => `forward leaves ${name} as it was; it must write every element, for Caffe never clears a top`,
  accumulated: (name) => `forward adds to what ${name} held; it must assign`,
  'not-finite': (name, value) =>
    `forward computes ${shown(value)} for ${name}; choose bottoms where the layer is smooth`,
};

/** The first element of each array that is not finite, and how many more there are. */
function firstNotFinite(arrays: readonly Float32Array[]): { blob: number; index: number; more: string }[] {
  return arrays.flatMap((array, blob) => {
    const index = array.findIndex((value) => !Number.isFinite(value));
    if (index < 0) return [];
    const count = array.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    return [{ blob, index, more: count > 1 ? ` (and ${count - 1} more of its ${array.length} elements)` : '' }];
  });
}

function topsOf(trial: Trial, before: number): Float32Array[] {
  trial.forward(before);
  return trial.top.map((blob) => blob.cpuData.slice());
}

function firstDifference(a: Float32Array, b: Float32Array): number {
  return a.findIndex((value, index) => !Object.is(value, b[index]));
}

/** Checks the rules for every forward: write all of each top, leave the bottoms alone, repeat the same results. */
export function checkForward(trial: Trial): GradientFailure[] {
  const tops = topsOf(trial, NaN);
  const unfinished = firstNotFinite(tops);
  if (unfinished.length > 0) {
    const from7 = topsOf(trial, 7);
    const from8 = topsOf(trial, 8);
    return unfinished.map(({ blob, index, more }) => {
      const kind = diagnose(from7[blob]?.[index] ?? NaN, from8[blob]?.[index] ?? NaN);
      const name = element(`top[${blob}]`, index, trial.top[blob]?.shape ?? []);
      const message = ofTops[kind](name, tops[blob]?.[index] ?? NaN) + more;
      return { kind, blob: `top[${blob}]`, index, message };
    });
  }
  const failures: GradientFailure[] = [];
  const note = (kind: GradientFailureKind, blob: string, index: number, message: string): void => {
    if (index >= 0) failures.push({ kind, blob, index, message });
  };
  trial.bottom.forEach((blob, i) => {
    const index = firstDifference(trial.bottomValues[i] ?? new Float32Array(), blob.cpuData);
    const name = element(`bottom[${i}]`, index, blob.shape);
    note('bottom-changed', `bottom[${i}]`, index, `forward changes ${name}; other layers read the same blob`);
  });
  for (const [i, again] of topsOf(trial, NaN).entries()) {
    const index = firstDifference(tops[i] ?? new Float32Array(), again);
    const name = element(`top[${i}]`, index, trial.top[i]?.shape ?? []);
    const values = `${shown(tops[i]?.[index])}, then ${shown(again[index])}`;
    note(
      'not-repeatable',
      `top[${i}]`,
      index,
      `forward computes ${values} for ${name} from the same bottoms: it keeps something from call to call, ` +
        'or draws random numbers that are not of Caffe (math.rngUniform and the others are)',
    );
  }
  return failures;
}

/** What is checked of a layer, as indices of its blobs. */
export interface Scope {
  bottoms: readonly number[];
  params: readonly number[];
  tops: readonly number[];
  /** Whether backward may write a diff that was not requested. */
  allowUnasked: boolean;
}

/** Diffs for the tops: different numbers around `size` for the given tops, 0 for the others. */
function probe(trial: Trial, tops: readonly number[], size: number): Float32Array[] {
  return trial.top.map(({ count }, top) =>
    Float32Array.from({ length: count }, (_, i) => (tops.includes(top) ? size * (1 + 0.5 * Math.sin(1 + i)) : 0)),
  );
}

function propagateDown(trial: Trial, bottoms: readonly number[]): boolean[] {
  return trial.bottom.map((_, index) => bottoms.includes(index));
}

/**
 * Whether two numbers are equal within rounding. The tolerance is relative to the larger of the two, but never relative
 * to less than the tolerance itself.
 */
function near(a: number, b: number, tolerance = 1e-3): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), tolerance);
}

interface Named {
  name: string;
  array: Float32Array;
  shape: readonly number[];
}

/** The gradients that are in scope, with their names. */
function gradientsInScope(trial: Trial, scope: Scope, gradients: Gradients): Named[] {
  return [
    ...scope.bottoms.map((i) => ({
      name: `bottom[${i}]`,
      array: gradients.bottom[i] ?? new Float32Array(),
      shape: trial.bottom[i]?.shape ?? [],
    })),
    ...scope.params.map((i) => ({
      name: `blobs[${i}]`,
      array: gradients.params[i] ?? new Float32Array(),
      shape: trial.params[i]?.shape ?? [],
    })),
  ];
}

const ofBottoms: Record<'unwritten' | 'accumulated' | 'not-finite', (name: string) => string> = {
  unwritten: (name) =>
    `backward leaves the diff of ${name} as it was; it must write every element of what is asked for`,
  accumulated: (name) => `backward adds to what the diff of ${name} held; it must assign (only learnable blobs add up)`,
  'not-finite': (name) => `backward computes a diff for ${name} that is NaN or infinite`,
};

/** Checks that backward assigns every element of what is requested. */
function checkWritten(trial: Trial, scope: Scope): GradientFailure[] {
  const asked = propagateDown(trial, scope.bottoms);
  const top = probe(trial, scope.tops, 1);
  const run = (bottom: number): Gradients => trial.backward(asked, { top, bottom, params: 0 }).after;
  const gradients = run(NaN);
  const wrong = firstNotFinite(gradients.bottom).filter(({ blob }) => scope.bottoms.includes(blob));
  const [from7, from8] = wrong.length > 0 ? [run(7), run(8)] : [];
  const failures: GradientFailure[] = wrong.flatMap(({ blob, index, more }) => {
    const [a, b] = [from7?.bottom[blob]?.[index] ?? NaN, from8?.bottom[blob]?.[index] ?? NaN];
    // Caffe's own axpby on the GPU assigns by multiplying the old value by 0, and NaN survives that.
    if (Number.isFinite(a) && a === b) return [];
    const kind = diagnose(a, b);
    const name = element(`bottom[${blob}]`, index, trial.bottom[blob]?.shape ?? []);
    return [{ kind, blob: `bottom[${blob}]`, index, message: ofBottoms[kind](name) + more }];
  });
  for (const { blob, index, more } of firstNotFinite(gradients.params)) {
    const name = element(`blobs[${blob}]`, index, trial.params[blob]?.shape ?? []);
    const message = `backward computes a diff for ${name} that is NaN or infinite${more}`;
    failures.push({ kind: 'not-finite', blob: `blobs[${blob}]`, index, message });
  }
  return failures;
}

/** Checks that backward adds to the gradients of learnable blobs: iter_size and shared weights need it. */
function checkAdded(trial: Trial, scope: Scope): GradientFailure[] {
  const asked = propagateDown(trial, scope.bottoms);
  const top = probe(trial, scope.tops, 1);
  const from0 = trial.backward(asked, { top, bottom: 0, params: 0 }).after.params;
  const from1 = trial.backward(asked, { top, bottom: 0, params: 1 }).after.params;
  return scope.params.flatMap((i) => {
    const gradient = from0[i] ?? new Float32Array();
    const index = gradient.findIndex((value, at) => !near(value + 1, from1[i]?.[at] ?? NaN));
    if (index < 0) return [];
    const name = element(`blobs[${i}]`, index, trial.params[i]?.shape ?? []);
    const message =
      `backward assigns the diff of ${name}; it must add to what is there, for iter_size and shared weights add up` +
      ` (it gives ${shown(gradient[index])} on a diff of 0, ${shown(from1[i]?.[index])} on a diff of 1)`;
    return [{ kind: 'assigned' as const, blob: `blobs[${i}]`, index, message }];
  });
}

function checkUntouched(trial: Trial, scope: Scope, bottoms: readonly number[]): GradientFailure[] {
  const asked = propagateDown(trial, bottoms);
  const start = { top: probe(trial, scope.tops, 1), bottom: 7, params: 0 };
  const { before, after } = trial.backward(asked, start);
  return before.bottom.flatMap((array, i) => {
    const index = asked[i] ? -1 : array.findIndex((value, at) => !Object.is(value, after.bottom[i]?.[at]));
    if (index < 0) return [];
    const name = element(`bottom[${i}]`, index, trial.bottom[i]?.shape ?? []);
    const message =
      `backward writes the diff of ${name} though propagateDown[${i}] is false; ` +
      'another layer may have put it there';
    return [{ kind: 'unasked' as const, blob: `bottom[${i}]`, index, message }];
  });
}

/**
 * Checks that backward leaves alone the diffs that are not requested. Covers every case that Caffe can produce: Caffe
 * never calls a backward that has nothing to do.
 */
function checkUnasked(trial: Trial, scope: Scope): GradientFailure[] {
  if (scope.allowUnasked) return [];
  const cases = [scope.bottoms];
  if (scope.bottoms.length > 1 || trial.params.length > 0) {
    for (const bottom of scope.bottoms) cases.push(scope.bottoms.filter((other) => other !== bottom));
  }
  const failures = cases.flatMap((bottoms) => checkUntouched(trial, scope, bottoms));
  return failures.filter(({ blob }, at) => failures.findIndex((failure) => failure.blob === blob) === at);
}

/** Checks that three times the diff of a top gives three times the gradient. */
function checkTopDiff(trial: Trial, scope: Scope, top: number): GradientFailure[] {
  const asked = propagateDown(trial, scope.bottoms);
  const run = (size: number): Named[] => {
    const start = { top: probe(trial, [top], size), bottom: 0, params: 0 };
    return gradientsInScope(trial, scope, trial.backward(asked, start).after);
  };
  const once = run(1);
  const thrice = run(3);
  const wrong = once.flatMap(({ name, array, shape }, i) => {
    const other = thrice[i]?.array ?? new Float32Array();
    const index = array.findIndex((value, at) => !near(3 * value, other[at] ?? NaN));
    return index < 0 ? [] : [{ name, shape, index, value: array[index] ?? NaN, other: other[index] ?? NaN }];
  });
  return wrong.map(({ name, shape, index, value, other }) => {
    const gradient = `with three times the diff, the gradient of ${element(name, index, shape)}`;
    const what =
      value === other
        ? `backward does not use top[${top}].diff: ${gradient} is ${shown(value)} as before. ` +
          'Multiply by it; the diff of a loss is its loss_weight'
        : `backward is not proportional to top[${top}].diff: ${gradient} goes from ${shown(value)} to ${shown(other)}`;
    return { kind: 'top-diff', blob: name, index, top: `top[${top}]`, message: what };
  });
}

/** Checks the rules for every backward, whatever it computes. */
export function checkBackward(trial: Trial, scope: Scope): GradientFailure[] {
  const failures = [...checkWritten(trial, scope), ...checkUnasked(trial, scope)];
  if (failures.length > 0) return failures;
  return [...checkAdded(trial, scope), ...scope.tops.flatMap((top) => checkTopDiff(trial, scope, top))];
}

/** The loss weights to try: three times those of the description, or 3. */
export function weightsToTry(trial: Trial, scope: Scope, given: readonly number[]): number[] {
  return trial.top.map((_, top) => (scope.tops.includes(top) ? 3 * (given[top] ?? 1) || 3 : (given[top] ?? 0)));
}

/**
 * Checks how a loss uses its weight. Forward must not use it, because Caffe multiplies by it. Backward must take it
 * from the diff of the top, once.
 *
 * @param weighted - the same layer, made with `weights`
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
    if (!near(plain, loss, 1e-4)) {
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
    const index = array.findIndex((value, at) => !near(value, found[i]?.array[at] ?? NaN, 1e-4));
    if (index < 0) return [];
    const values = `${shown(found[i]?.array[index])} where it should be ${shown(array[index])}`;
    const wrong = `the gradient of ${element(name, index, shape)} is ${values}`;
    return [fail(name, `backward uses loss_weight beside top[0].diff, which holds it already (${wrong})`)];
  });
}
