import test, { type ExecutionContext } from 'ava';
import { compareChains } from './chains.js';
import { cases, compareNets, type Comparison } from './comparison.js';

/**
 * @param types - the layer types that oneDNN has served at least once
 * @param share - how much of the cases must have been compared
 */
export function requireAlike(
  t: ExecutionContext,
  comparison: Comparison,
  types: readonly string[],
  share: number,
): void {
  const { compared, largest, faults, served } = comparison;
  t.log(`${compared} nets, difference at most ${largest.toExponential(1)}; served: ${served.join(', ')}`);
  t.deepEqual(faults, []);
  t.deepEqual(
    types.filter((type) => !served.includes(type)),
    [],
  );
  t.true(compared > cases * share);
}

/** Declares tests that compare random nets with Caffe's own layers. */
export function testExactness(way: 'blocked' | 'plain', types: readonly string[]): void {
  test(`random nets in oneDNN, ${way}, give the numbers and gradients of Caffe's layers`, async (t) => {
    const { engines } = await import('tscaffe');
    if (engines.includes('onednn')) {
      requireAlike(t, await compareNets({ way, precision: 'f32', most: 1e-5 }), types, 0.6);
    } else {
      t.log('this build has no oneDNN');
      t.pass();
    }
  });

  test(`random convolutions in oneDNN, ${way}, and what is computed with them, give the numbers of Caffe's layers`, async (t) => {
    process.env['TSCAFFE_ENGINE_WAY'] = way;
    const { engines } = await import('tscaffe');
    if (engines.includes('onednn')) {
      const { compared, faults } = compareChains();
      t.deepEqual(faults, []);
      t.true(compared > cases * 0.6, `${compared} nets`);
    } else {
      t.log('this build has no oneDNN');
      t.pass();
    }
  });
}
