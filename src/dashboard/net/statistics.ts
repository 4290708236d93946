import type { BlobStatistics } from '../messages.js';

/** The bars of a histogram. */
const bars = 48;

/** Statistics of some values. NaN and the infinities are counted, and left out of the rest. */
export function statisticsOf(values: Float32Array): BlobStatistics {
  const count = values.length;
  let [min, max, sum, squares, zeros, finite] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (const value of values) {
    // NaN - NaN and Infinity - Infinity are NaN.
    if (value - value !== 0) continue;
    finite++;
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros++;
  }
  if (finite === 0) min = max = 0;
  const mean = finite === 0 ? 0 : sum / finite;
  const variance = finite === 0 ? 0 : Math.max(0, squares / finite - mean * mean);
  return {
    count,
    min,
    max,
    mean,
    deviation: Math.sqrt(variance),
    norm: Math.sqrt(squares),
    zeros,
    notFinite: count - finite,
    histogram: histogramOf(values, min, max),
  };
}

function histogramOf(values: Float32Array, min: number, max: number): number[] {
  const counts = new Uint32Array(bars + 1);
  const scale = max > min ? bars / (max - min) : 0;
  for (const value of values) {
    if (value - value !== 0) continue;
    const bar = ((value - min) * scale) | 0;
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  // The largest value belongs to the last bar.
  counts[bars - 1] = (counts[bars - 1] ?? 0) + (counts[bars] ?? 0);
  return Array.from(counts.subarray(0, bars));
}

/** The square root of the sum of squares. */
export function normOf(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

/** The share of channels (of N x C x ...) whose values are all 0. */
export function deadShare(values: Float32Array, [items = 1, channels = 1, ...rest]: readonly number[]): number {
  if (channels === 0 || items === 0) return 0;
  const size = rest.reduce((product, length) => product * length, 1);
  let dead = 0;
  for (let channel = 0; channel < channels; channel++) {
    let lives = false;
    for (let item = 0; item < items && !lives; item++) {
      const begin = (item * channels + channel) * size;
      for (let i = begin; i < begin + size && !lives; i++) lives = values[i] !== 0;
    }
    if (!lives) dead++;
  }
  return dead / channels;
}
