import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';
import { prepareData } from '../../examples/mnist/data.js';
import type { Numbers, Weights } from './lenet/numbers.js';

/**
 * What pycaffe computed with the same prototxts and the Python twins of the two layers; lenet/generate.sh writes it.
 */
const peer = JSON.parse(readFileSync(new URL('lenet/peer.json', import.meta.url), 'utf8')) as Numbers & {
  environment: Record<string, string>;
};

const relative = (a: number, b: number): number => Math.abs(a - b) / Math.abs(b);

function checksums(weights: Record<string, Weights>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, sha256 }]) => [name, `${shape.join(' x ')}: ${sha256}`]),
  );
}

test('100 iterations of LeNet with TypeScript layers give the losses of pycaffe with Python layers, to 1e-6', async (t) => {
  prepareData();
  // A process of its own, because OpenBLAS chooses its kernels when it is loaded. Kernels add up in orders of their
  // own, which is good for 2e-7 of a loss until a maximum in a pooling window falls to another pixel: at iteration 30
  // in one pair of kernels, and at iteration 100 their losses differed by 5e-3. With the kernels of peer.json every
  // number is equal to the last bit.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import=tsx', 'test/parity/lenet/numbers.ts', String(peer.losses.length)],
    { env: { ...process.env, ...peer.environment, TSCAFFE_ENGINE: 'caffe' } },
  );
  const numbers = JSON.parse(stdout) as Numbers;
  t.deepEqual(checksums(numbers.initial), checksums(peer.initial), 'the same seed gives the same initial weights');

  // Those kernels are of x86-64; elsewhere the first iterations tell.
  const comparable = process.arch === 'x64' ? peer.losses.length : 10;
  t.is(numbers.losses.length, 100);
  for (const [iteration, expected] of peer.losses.slice(0, comparable).entries()) {
    const loss = numbers.losses[iteration];
    t.true(relative(loss, expected) <= 1e-6, `iteration ${iteration}: loss ${loss}, pycaffe's ${expected}`);
  }
  if (comparable < peer.losses.length) return;

  for (const [name, { sum, magnitude }] of Object.entries(numbers.final)) {
    t.true(relative(sum, peer.final[name].sum) <= 1e-6, `${name}: sum ${sum}, pycaffe's ${peer.final[name].sum}`);
    t.true(relative(magnitude, peer.final[name].magnitude) <= 1e-6, `${name}: sum of magnitudes ${magnitude}`);
  }
  t.true(relative(numbers.test.accuracy, peer.test.accuracy) <= 1e-6, `test accuracy ${numbers.test.accuracy}`);
  t.true(relative(numbers.test.loss, peer.test.loss) <= 1e-6, `test loss ${numbers.test.loss}`);
});
