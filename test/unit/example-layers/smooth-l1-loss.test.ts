import test from 'ava';
import { SmoothL1Loss } from '../../../examples/layers/smooth-l1-loss.js';
import { alike, blobOf, once, scattered } from './once.js';

const smooth = (paramStr: string) => ({ type: SmoothL1Loss, pythonParam: { paramStr } });

test('SmoothL1Loss gives the loss and gradients of hand arithmetic', (t) => {
  const bottom = [blobOf([2, 2], [0.5, 2, -3, 0]), blobOf([2, 2], [0, 0, 0, 0])];
  const { top, bottomDiff } = once(smooth(''), bottom, { asked: [0, 1], topDiff: 2 });
  // (0.5^2 / 2 + (2 - 0.5) + (3 - 0.5) + 0) / 2
  t.true(alike(top, [(0.125 + 1.5 + 2.5) / 2]));
  t.true(alike(bottomDiff[0], [0.5, 1, -1, 0]));
  t.true(alike(bottomDiff[1], [-0.5, -1, 1, 0]));
});

test('SmoothL1Loss follows sigma and both weights', (t) => {
  const bottom = [
    blobOf([1, 3], [0.1, 1, 2]),
    blobOf([1, 3], [0, 0, 0]),
    blobOf([1, 3], [1, 0.5, 0]), // inside
    blobOf([1, 3], [1, 4, 8]), // outside
  ];
  const { top, bottomDiff } = once(smooth('sigma: 2'), bottom);
  // Squares below 1 / 4: 4 * 0.1^2 / 2; 4 * (0.5 - 1 / 8); 0
  t.true(alike(top, [0.02 + 1.5]));
  t.true(alike(bottomDiff[0], [0.4, 4 * 0.5, 0]));
});

test("SmoothL1Loss of small differences is Caffe's EuclideanLoss", (t) => {
  const blobs = () => [
    blobOf(
      [3, 4],
      scattered(12).map((x) => x / 5),
    ),
    blobOf([3, 4], new Array<number>(12).fill(0.1)),
  ];
  const ours = once(smooth('sigma: 1'), blobs(), { asked: [0, 1], topDiff: 0.3 });
  const stock = once({ type: 'EuclideanLoss' }, blobs(), { asked: [0, 1], topDiff: 0.3 });
  t.true(alike(ours.top, stock.top));
  t.true(alike(ours.bottomDiff.flat(), stock.bottomDiff.flat()));
});
