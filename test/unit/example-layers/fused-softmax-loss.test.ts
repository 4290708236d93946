import test from 'ava';
import { FusedSoftmaxLoss } from '../../../examples/layers/fused-softmax-loss.js';
import { alike, blobOf, once, scattered } from './once.js';

test("FusedSoftmaxLoss is Caffe's SoftmaxWithLoss, for scores far apart too", (t) => {
  for (const far of [1, 100]) {
    const scores = () =>
      blobOf(
        [6, 5],
        scattered(30).map((x) => far * x),
      );
    const labels = () => blobOf([6], [0, 2, 1, 4, 3, 0]);
    const ours = once({ type: FusedSoftmaxLoss }, [scores(), labels()], { topDiff: 0.7 });
    const stock = once({ type: 'SoftmaxWithLoss' }, [scores(), labels()], { topDiff: 0.7 });
    t.true(alike(ours.bottomDiff[0], stock.bottomDiff[0]));
    // Caffe takes the logarithm of a probability that it does not let fall below the least positive float.
    if (far === 1) t.true(alike(ours.top, stock.top), `${String(ours.top)}, Caffe's ${String(stock.top)}`);
  }
});

test('FusedSoftmaxLoss gives the loss and gradient of hand arithmetic', (t) => {
  // Probabilities 1/4 and 3/4; the label is the first class: ln 4, and p - 1 and p.
  const { top, bottomDiff } = once({ type: FusedSoftmaxLoss }, [blobOf([1, 2], [0, Math.log(3)]), blobOf([1], [0])]);
  t.true(alike(top, [Math.log(4)]));
  t.true(alike(bottomDiff[0], [-0.75, 0.75]));
});

test('FusedSoftmaxLoss refuses a label that is no class, and as many labels as do not fit', (t) => {
  t.throws(() => once({ type: FusedSoftmaxLoss }, [blobOf([1, 2], [0, 0]), blobOf([1], [2])]), {
    message: 'FusedSoftmaxLoss: label 2 is not in 0 ... 1',
  });
  t.throws(() => once({ type: FusedSoftmaxLoss }, [blobOf([2, 2], [0, 0, 0, 0]), blobOf([1], [0])]), {
    message: 'FusedSoftmaxLoss: 1 labels for scores of 2 x 2',
  });
});
