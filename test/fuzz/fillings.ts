// Values to compute with: usual ones, those that labels and indices must not have, NaN and infinities.
import type { Blob } from 'tscaffe';
import type { Random } from './random.js';
import { areSmall } from './small.js';

const finite = {
  fractions: (random: Random) => random.int(2000) / 1000 - 1,
  labels: (random: Random) => random.int(3),
  zeros: () => 0,
};
const notFinite = {
  nan: () => NaN,
  infinities: (random: Random) => random.pick([Infinity, -Infinity]),
  huge: (random: Random) => random.pick([1e38, -1e38, 3e38]),
  mixed: (random: Random) => random.pick([NaN, 1, 0, -Infinity, Infinity, 2, 1e9, -1]),
};
const wrongLabels = [-1, -5, 77, 1e6, -1e6, 1e9, 2 ** 24 + 2, 0.5, NaN, Infinity];

export type Numbers = 'finite' | 'any';

export function fillData(random: Random, blobs: readonly Blob[], numbers: Numbers): void {
  for (const { data } of blobs) {
    const next = random.pick(Object.values(numbers === 'finite' || random.chance(0.3) ? finite : notFinite));
    for (let i = 0; i < data.length; i++) data[i] = next(random);
  }
}

export function fillDiffs(random: Random, blobs: readonly Blob[]): void {
  for (const { diff } of blobs) diff.fill(random.int(1000) / 1000);
}

/** Writes what no index may be into all of a blob, or into one place. */
export function spoil(random: Random, { data }: Blob): void {
  const value = random.pick(wrongLabels);
  if (random.chance(0.5)) data.fill(value);
  else if (data.length > 0) data[random.int(data.length)] = value;
}

/** Writes all of it: what its arrays show, it has. */
export function write(blob: Blob): void {
  if (!areSmall([blob])) return;
  blob.data.fill(1);
  blob.diff.fill(1);
}

/** Another shape: near the first, empty, or much larger. */
export function otherShape(random: Random, shape: readonly number[]): number[] {
  const changed = [...shape];
  const size = random.chance(0.1) ? 0 : (1 + random.int(6)) * (random.chance(0.25) ? 50 : 1);
  if (changed.length === 0 || random.chance(0.15)) changed.push(size);
  else if (random.chance(0.1)) changed.pop();
  else changed[random.int(changed.length)] = size;
  return changed;
}
