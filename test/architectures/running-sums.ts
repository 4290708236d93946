import type { Net } from 'tscaffe';
import type { Random } from '../fuzz/random.js';

/**
 * Gives BatchNorm layers running sums as training would: means of N(0, 0.1), variances of U(0.5, 1.5), both times
 * `factor`, which is their third blob.
 */
export function fillRunningSums(net: Net, random: Random, factor = 1): void {
  for (const { type, blobs } of net.layers) {
    if (type !== 'BatchNorm') continue;
    const [mean, variance, scale] = blobs;
    mean.data.forEach((_, i, data) => (data[i] = factor * 0.1 * random.gaussian()));
    variance.data.forEach((_, i, data) => (data[i] = factor * (0.5 + random.uniform())));
    scale.data[0] = factor;
  }
}
