import { element, shown } from './element.js';
import type { GradientFailure, GradientFailureKind } from './gradient-error.js';
import type { Trial } from './trial.js';

/** Tells why an element is not finite, from what it becomes where it began as 7 and as 8. */
export function diagnose(from7: number, from8: number): 'unwritten' | 'accumulated' | 'not-finite' {
  if (from7 === 7 && from8 === 8) return 'unwritten';
  return Math.abs(from8 - from7 - 1) < 1e-3 ? 'accumulated' : 'not-finite';
}

const ofTops: Record<'unwritten' | 'accumulated' | 'not-finite', (name: string, value: number) => string> = {
  unwritten: (name) => `forward leaves ${name} as it was; it must write every element, for Caffe never clears a top`,
  accumulated: (name) => `forward adds to what ${name} held; it must assign`,
  'not-finite': (name, value) =>
    `forward computes ${shown(value)} for ${name}; choose bottoms where the layer is smooth`,
};

/** The first element of each array that is not finite, and how many there are. */
export function firstNotFinite(arrays: readonly Float32Array[]): { blob: number; index: number; more: string }[] {
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

/** What every forward must do: write all of each top, leave the bottoms alone, give the same for the same. */
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
