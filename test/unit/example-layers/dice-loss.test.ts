import test from 'ava';
import { DiceLoss } from '../../../examples/layers/dice-loss.js';
import { alike, blobOf, once } from './once.js';

const dice = (paramStr: string) => ({ type: DiceLoss, pythonParam: { paramStr } });

test('DiceLoss gives the loss and gradient of hand arithmetic', (t) => {
  const bottom = [blobOf([1, 4], [1, 0, 1, 0]), blobOf([1, 4], [1, 1, 0, 0])];
  const { top, bottomDiff } = once(dice('smooth: 1'), bottom, { asked: [0, 1], topDiff: 25 });
  // 1 - (2 * 1 + 1) / (2 + 2 + 1)
  t.true(alike(top, [0.4]));
  // 25 * 2 (3 p - 5 g) / 5^2
  t.true(alike(bottomDiff[0], [-4, -10, 6, 0]));
  t.true(alike(bottomDiff[1], [-4, 6, -10, 0]));
});

test('DiceLoss is 0 for equal masks and for two empty ones, and near 1 for masks without a common pixel', (t) => {
  const mask = (...values: number[]) => blobOf([1, values.length], values);
  t.deepEqual(once(dice(''), [mask(1, 0, 1), mask(1, 0, 1)]).top, [0]);
  t.deepEqual(once(dice(''), [mask(0, 0, 0), mask(0, 0, 0)]).top, [0]);
  t.true(alike(once(dice('smooth: 1e-6'), [mask(1, 0, 0), mask(0, 1, 1)]).top, [1]));
});

test('DiceLoss is the mean over the images', (t) => {
  const { top } = once(dice('smooth: 1'), [blobOf([2, 2], [1, 0, 1, 0]), blobOf([2, 2], [1, 0, 0, 1])]);
  // 0 for the first; 1 - 1 / 3 for the second
  t.true(alike(top, [1 / 3]));
});
