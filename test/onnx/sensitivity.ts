import type { Net } from 'tscaffe';
import type { Random } from '../fuzz/random.js';
import { forwardWith, largestDifference, type Feeds } from './compare.js';

/** About two units in the last place. */
const noise = 2 ** -22;

/**
 * Layers whose results Caffe rounds like numbers around 1, however small they are: LSTM has tanh as 2 sigmoid(2x) - 1,
 * BNLL adds 1 to the exponential.
 */
const coarse = new Set(['LSTM', 'BNLL']);

/** A blob after a forward pass on given inputs. `change` sees the tops of each layer right after it. */
function resultOf(
  net: Net,
  feeds: Feeds,
  output: string,
  change: (data: Float32Array, type: string) => void,
): Float32Array {
  forwardWith(net, ({ bottom, type }, blob, data) => {
    if (bottom.length === 0 && blob in feeds) data.set(feeds[blob].data as Float32Array);
    change(data, type);
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
  for (let tries = 0; tries < 16; tries++) {
    const moved = resultOf(net, feeds, output, (data, type) => {
      data.forEach((value, i) => {
        const rounding = noise * (2 * random.uniform() - 1);
        if (coarse.has(type)) data[i] = value + rounding;
        // Whole numbers are exact, and may be indices.
        else if (!Number.isInteger(value)) data[i] = value * (1 + rounding);
      });
    });
    worst = Math.max(worst, largestDifference(moved, right));
  }
  return worst;
}
