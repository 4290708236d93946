import type { Net } from 'tscaffe';
import type { Random } from '../fuzz/random.js';
import { forwardWith, largestDifference, type Feeds } from './compare.js';

/** About two units in the last place. */
const noise = 2 ** -22;

/** What a forward pass on given inputs gives. `change` sees the tops of each layer right after it. */
function outputsOf(
  net: Net,
  feeds: Feeds,
  outputs: readonly string[],
  change: (data: Float32Array) => void,
): Map<string, Float32Array> {
  forwardWith(net, ({ bottom }, blob, data) => {
    if (bottom.length === 0 && blob in feeds) data.set(feeds[blob].data as Float32Array);
    change(data);
  });
  return new Map(outputs.map((name) => [name, net.blobs[name].data.slice()]));
}

/**
 * How far the outputs of a net move, relative to the largest value of each, when each value on the way is rounded
 * otherwise. Where that is far, two right programs differ too: the variance of what is the same everywhere, the place
 * of the larger of two equal numbers.
 */
export function sensitivity(net: Net, feeds: Feeds, outputs: readonly string[], random: Random): number {
  const right = outputsOf(net, feeds, outputs, () => undefined);
  let worst = 0;
  for (let tries = 0; tries < 4; tries++) {
    const moved = outputsOf(net, feeds, outputs, (data) => {
      data.forEach((value, i) => {
        // Whole numbers are exact, and may be indices.
        if (!Number.isInteger(value)) data[i] = value * (1 + noise * (2 * random.uniform() - 1));
      });
    });
    for (const [name, data] of moved) worst = Math.max(worst, largestDifference(data, right.get(name) ?? data));
  }
  return worst;
}
