import test from 'ava';
import { Random } from '../fuzz/random.js';
import { largestDifference } from './difference.js';
import { randomNet } from './random-net.js';

const cases = Number(process.env['ONEDNN_CASES'] ?? 300);

/**
 * Declares a test that compares random nets with Caffe's own layers.
 *
 * @param way - what the engine is to take wherever it has it; the addon reads it when it first chooses
 * @param types - the layer types that have it
 */
export function testExactness(way: 'blocked' | 'plain', types: readonly string[]): void {
  process.env['TSCAFFE_ENGINE_WAY'] = way;
  test(`random nets in oneDNN, ${way}, give the numbers and gradients of Caffe's layers`, async (t) => {
    const { CaffeError, engines, Net } = await import('tscaffe');
    if (!engines.includes('onednn')) {
      t.log('this build has no oneDNN');
      t.pass();
      return;
    }
    let compared = 0;
    const served = new Set<string>();
    for (let seed = Number(process.env['ONEDNN_SEED'] ?? 0); seed < cases; seed++) {
      const { text, phase } = randomNet(new Random(seed));
      let stock;
      try {
        stock = new Net({ text }, phase, { engine: 'caffe' });
        stock.forward();
        stock.backward();
      } catch (error) {
        if (error instanceof CaffeError) continue; // a window that fits nowhere, or an empty bottom
        throw error;
      }
      const net = new Net({ text }, phase, { engine: 'onednn' });
      // In the train phase its random numbers differ.
      if (phase === 'train' && text.includes('"Dropout"')) continue;
      const { where, relative } = largestDifference(stock, net, new Random(seed));
      if (!(relative <= 1e-5)) t.fail(`seed ${seed}: ${where} differs by ${relative}\n${text}`);
      for (const { type, engine } of net.layers) if (engine === 'onednn') served.add(type);
      compared++;
      stock.dispose();
      net.dispose();
    }
    t.log(`${compared} nets; served: ${[...served].sort().join(', ')}`);
    t.deepEqual(
      types.filter((type) => !served.has(type)),
      [],
    );
    t.true(compared > cases * 0.6);
  });
}
