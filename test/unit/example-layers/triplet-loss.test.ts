import test from 'ava';
import { TripletLoss } from '../../../examples/layers/triplet-loss.js';
import { alike, blobOf, once } from './once.js';

test('TripletLoss gives the loss and gradients of hand arithmetic', (t) => {
  // |a - p|^2 - |a - n|^2 is 1 - 4 for the first row: nothing to learn. 4 - 1 for the second: 3 and the margin.
  const anchors = blobOf([2, 2], [0, 0, 0, 0]);
  const positives = blobOf([2, 2], [1, 0, 2, 0]);
  const negatives = blobOf([2, 2], [0, 2, 1, 0]);
  const { top, bottomDiff } = once(
    { type: TripletLoss, pythonParam: { paramStr: 'margin: 0.5' } },
    [anchors, positives, negatives],
    { asked: [0, 1, 2], topDiff: 3 },
  );
  t.true(alike(top, [3.5 / 2]));
  // 3 * 2 / 2 times n - p, p - a, a - n
  t.true(alike(bottomDiff.flat(), [0, 0, -3, 0, 0, 0, 6, 0, 0, 0, -3, 0]), String(bottomDiff));
});

test('TripletLoss refuses bottoms of different shapes', (t) => {
  const blobs = [blobOf([2, 2], [0, 0, 0, 0]), blobOf([2, 2], [0, 0, 0, 0]), blobOf([2], [0, 0])];
  t.throws(() => once({ type: TripletLoss }, blobs), {
    instanceOf: RangeError,
    message: /2 x 2 and 2, which must be alike/,
  });
});
