import test from 'ava';
import { bucketsOf, costOf, lineThrough, type Network, type Work } from '../../bench/cost/model.js';

// The model of docs/parallel.md, on a net whose sums can be taken by hand: backward goes 4, 6 and 10 ms, and 4 MB are
// whole after the first of its layers, 0.4 MB after the last one.
const work: Work = {
  compute: 50,
  layers: [
    { backward: 4, floats: 1_000_000 },
    { backward: 6, floats: 0 },
    { backward: 10, floats: 100_000 },
  ],
};
const network: Network = { alpha: 1, beta: 1e-6, more: 0, copy: 0, isFree: true }; // 1 ms, and 1 ms for each MB
const bucketBytes = 4e6;

test('the model cuts gradients into buckets as the addon does', (t) => {
  t.deepEqual(bucketsOf(work.layers, 4e6), [
    { floats: 1_000_000, after: 0 },
    { floats: 100_000, after: 2 },
  ]);
  // A quarter of 2.8 MB and more ends with its layer, and is cut where it is more than a bucket.
  t.deepEqual(bucketsOf(work.layers, 2.8e6), [
    { floats: 700_000, after: 0 },
    { floats: 300_000, after: 0 },
    { floats: 100_000, after: 2 },
  ]);
  t.deepEqual(bucketsOf(work.layers, 40e6), [{ floats: 1_100_000, after: 2 }]);
});

test('the model hides what is sent while backward is at work, and shows the rest', (t) => {
  const near = (value: number, expected: number): void => {
    t.true(Math.abs(value - expected) < 1e-9, `${value}, not ${expected}`);
  };
  // The first sum takes 1 + 4 ms, from 4 to 9. The second begins when backward is over, at 20, and takes 1 + 0.4.
  const two = costOf(work, 2, network, { bucketBytes });
  near(two.visible, 1.4);
  near(two.iteration, 51.4);
  near(two.underWay, 6.4);
  near(costOf(work, 2, network, { bucketBytes, overlap: false }).visible, 6.4);
  // Without a processor for MPI's thread nothing is hidden.
  near(costOf(work, 2, { ...network, isFree: false }, { bucketBytes }).visible, 6.4);
  // Four ranks: 2 (1 + 3/4 · 4) = 8 ms, from 4 to 12; then 2 (1 + 3/4 · 0.4) = 2.6.
  near(costOf(work, 4, network, { bucketBytes }).visible, 2.6);
  // Two messages more at a time, of 0.5 ms each: 2 (1 + 1 + 0.3).
  near(costOf(work, 4, { ...network, more: 0.5 }, { bucketBytes }).visible, 4.6);
  // A slow network is still at the first sum when backward is over: 4 + 1 + 40 + 1 + 4 = 50, 30 after the 20.
  near(costOf(work, 2, { ...network, beta: 1e-5 }, { bucketBytes }).visible, 30);
  near(costOf(work, 2, { ...network, copy: 1e-6 }, { bucketBytes }).visible, 1.4 + 1.1);
  t.deepEqual(costOf(work, 1, network), { iteration: 50, visible: 0, underWay: 0 });
});

test('the model takes α and β from a line through points', (t) => {
  const { alpha, beta } = lineThrough([1, 10, 100].map((x) => [x, 3 + 2 * x]));
  t.true(Math.abs(alpha - 3) < 1e-9 && Math.abs(beta - 2) < 1e-9, `${alpha} and ${beta}`);
});
