import test from 'ava';
import { LabelSmoothingLoss } from '../../../examples/layers/label-smoothing-loss.js';
import { alike, blobOf, once, scattered } from './once.js';

const smoothing = (paramStr: string) => ({ type: LabelSmoothingLoss, pythonParam: { paramStr } });

test('LabelSmoothingLoss gives the loss and gradient of hand arithmetic', (t) => {
  // Probabilities 3/4 and 1/4; the right class counts 0.8 + 0.2 / 2, the other 0.2 / 2.
  const bottom = [blobOf([1, 2], [Math.log(3), 0]), blobOf([1], [0])];
  const { top, bottomDiff } = once(smoothing('epsilon: 0.2'), bottom, { topDiff: 2 });
  t.true(alike(top, [-0.9 * Math.log(0.75) - 0.1 * Math.log(0.25)]));
  t.true(alike(bottomDiff[0], [2 * (0.75 - 0.9), 2 * (0.25 - 0.1)]));
});

test("LabelSmoothingLoss with epsilon 0 is Caffe's SoftmaxWithLoss", (t) => {
  const blobs = () => [blobOf([4, 5], scattered(20)), blobOf([4], [0, 4, 2, 1])];
  const ours = once(smoothing('{"epsilon": 0}'), blobs(), { topDiff: 0.5 });
  const stock = once({ type: 'SoftmaxWithLoss' }, blobs(), { topDiff: 0.5 });
  t.true(alike(ours.top, stock.top), `${String(ours.top)}, Caffe's ${String(stock.top)}`);
  t.true(alike(ours.bottomDiff[0], stock.bottomDiff[0]));
});

test('LabelSmoothingLoss of equal scores is ln K whatever epsilon is, and scores far apart do not overflow', (t) => {
  const equal = [blobOf([1, 4], [3, 3, 3, 3]), blobOf([1], [2])];
  for (const epsilon of [0, 0.1, 1]) t.true(alike(once(smoothing(`epsilon: ${epsilon}`), equal).top, [Math.log(4)]));
  const apart = [blobOf([1, 2], [1000, -1000]), blobOf([1], [0])];
  t.true(alike(once(smoothing('epsilon: 0.5'), apart).top, [0.25 * 2000]));
});
