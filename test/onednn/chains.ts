import { Net } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { cases } from './comparison.js';
import { differenceOf, fill, fillParams } from './difference.js';
import { randomChain } from './random-chain.js';

/** How random chains compare with Caffe's own layers: how many of them, and those that differ by more than 1e-5. */
export interface Chains {
  compared: number;
  faults: string[];
}

function isPossible(text: string, phase: 'train' | 'test'): boolean {
  try {
    new Net({ text }, phase, { engine: 'caffe' }).forward();
    return true;
  } catch {
    return false; // a window that fits nowhere
  }
}

/** What differs by more than 1e-5 of the largest value of its blob. */
function differences(stock: Net, served: Net, name: 'data' | 'diff'): string[] {
  return stock.blobNames.flatMap((blob) => {
    const { where, relative } = differenceOf(`${blob}.${name}`, stock.blobs[blob][name], served.blobs[blob][name]);
    return relative <= 1e-5 ? [] : [`${where} by ${relative}`];
  });
}

/** Runs both on the same numbers, the one of oneDNN also layer by layer, which a listener asks for. */
function compareRun(stock: Net, served: Net, isForced: boolean, r: Random): string[] {
  fillParams(stock, r);
  served.copyFrom(stock.toProto()); // an array of the weights would keep them from being folded
  fill(stock.blobs['x'].data, r);
  const before = served.toProto();
  const x = { x: stock.blobs['x'].data };
  stock.forward();
  served.forward(x);
  const found = differences(stock, served, 'data');
  if (isForced) {
    for (const name of stock.outputs) {
      fill(stock.blobs[name].diff, r);
      served.blobs[name].diff.set(stock.blobs[name].diff);
    }
    stock.backward();
    served.backward();
    found.push(...differences(stock, served, 'diff'));
  }
  served.copyFrom(before); // the running sums
  const listening = served.afterForward(() => undefined);
  served.forward(x);
  listening();
  return [...found, ...differences(stock, served, 'data').map((fault) => `layer by layer: ${fault}`)];
}

/** Compares random chains with Caffe's own layers, on two sets of weights each. */
export function compareChains(): Chains {
  const result: Chains = { compared: 0, faults: [] };
  for (let seed = Number(process.env['ONEDNN_SEED'] ?? 0); seed < cases; seed++) {
    const { text, phase } = randomChain(new Random(seed));
    if (!isPossible(text, phase)) continue;
    const stock = new Net({ text }, phase, { engine: 'caffe' });
    const served = new Net({ text }, phase, { engine: 'onednn' });
    const r = new Random(seed);
    const found = [0, 1].flatMap(() => compareRun(stock, served, text.startsWith('force_backward: true'), r));
    if (found.length > 0) result.faults.push(`seed ${seed}, ${phase}: ${found.join(', ')}\n${text}`);
    result.compared++;
    stock.dispose();
    served.dispose();
  }
  return result;
}
