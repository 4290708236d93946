import type { Net } from 'tscaffe';
import type { Random } from '../fuzz/random.js';
import { forwardWith, largestDifference, type Feeds } from './compare.js';

/** About two units in the last place. */
const noise = 2 ** -22;

/** A blob after a forward pass on given inputs. `change` sees the tops of each layer right after it. */
function resultOf(net: Net, feeds: Feeds, output: string, change: (data: Float32Array) => void): Float32Array {
  forwardWith(net, ({ bottom }, blob, data) => {
    if (bottom.length === 0 && blob in feeds) data.set(feeds[blob].data as Float32Array);
    change(data);
  });
  return net.blobs[output].data.slice();
}

/**
 * How far an output of a net moves, relative to its largest value, when each value on the way is rounded otherwise.
 * Where that is far, two right programs differ too: the variance of what is the same everywhere, the sum of numbers
 * whose mean was taken off.
 */
export function sensitivity(net: Net, feeds: Feeds, output: string, random: Random): number {
  const right = resultOf(net, feeds, output, () => undefined);
  let worst = 0;
  for (let tries = 0; tries < 4; tries++) {
    const moved = resultOf(net, feeds, output, (data) => {
      data.forEach((value, i) => {
        // Whole numbers are exact, and may be indices.
        if (!Number.isInteger(value)) data[i] = value * (1 + noise * (2 * random.uniform() - 1));
      });
    });
    worst = Math.max(worst, largestDifference(moved, right));
  }
  return worst;
}
