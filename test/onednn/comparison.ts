import type { Precision } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { largestDifference } from './difference.js';
import { randomNet } from './random-net.js';

/** How many random nets a test compares. */
export const cases = Number(process.env['ONEDNN_CASES'] ?? 300);

/** How random nets in oneDNN compare with Caffe's own layers. */
export interface Comparison {
  compared: number;
  /** The largest difference, relative to the largest value of its array. */
  largest: number;
  /** The nets that differ by more than they may. */
  faults: string[];
  /** The layer types that oneDNN has served. */
  served: string[];
}

/** What is compared, and how. */
export interface Task {
  /** What the engine is to take wherever it has it. The addon reads it when it first chooses. */
  way: 'blocked' | 'plain';
  precision: Precision;
  /** How much the numbers may differ, relative to the largest of their array. */
  most: number;
  /** Nets with a layer of these types are left out. */
  without?: readonly string[];
}

/** Compares random nets with Caffe's own layers. */
export async function compareNets({ way, precision, most, without = [] }: Task): Promise<Comparison> {
  process.env['TSCAFFE_ENGINE_WAY'] = way;
  const { CaffeError, Net } = await import('tscaffe');
  const served = new Set<string>();
  const result: Comparison = { compared: 0, largest: 0, faults: [], served: [] };
  for (let seed = Number(process.env['ONEDNN_SEED'] ?? 0); seed < cases; seed++) {
    const { text, phase } = randomNet(new Random(seed));
    if (without.some((type) => text.includes(`"${type}"`))) continue;
    let stock;
    try {
      stock = new Net({ text }, phase, { engine: 'caffe' });
      stock.forward();
      stock.backward();
    } catch (error) {
      if (error instanceof CaffeError) continue; // a window that fits nowhere, or an empty bottom
      throw error;
    }
    const net = new Net({ text }, phase, { engine: 'onednn', precision });
    // In the train phase its random numbers differ.
    if (phase === 'train' && text.includes('"Dropout"')) continue;
    const { where, relative } = largestDifference(stock, net, new Random(seed));
    if (!(relative <= most)) result.faults.push(`seed ${seed}: ${where} differs by ${relative}\n${text}`);
    result.largest = Math.max(result.largest, relative);
    for (const { type, engine } of net.layers) if (engine === 'onednn') served.add(type);
    result.compared++;
    stock.dispose();
    net.dispose();
  }
  result.served = [...served].sort();
  return result;
}
