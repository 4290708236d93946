// Cases of NetTest in Caffe's own test_net.cpp, under their own names: loss weights.
import test from 'ava';
import { close, euclidean, layer, product, seeded, x } from './net-text.js';

/** Two products of the data and how far they are apart; `weight` and `middle` are the weights of that and of the first product. */
function apart(weight: number, middle: number): { loss: number; diffs: Record<string, number[]> } {
  const one = product('one', 'data', middle === 0 ? '' : `loss_weight: ${middle}`);
  const loss = euclidean.replace('top: "loss"', `top: "loss" loss_weight: ${weight}`);
  const data = layer('data', 'type: "Input" top: "data" input_param { shape { dim: 4 dim: 3 } }');
  using net = seeded(`force_backward: true ${data} ${one} ${product('two', 'data')} ${loss}`);
  const { loss: top } = net.forward({ data: x });
  net.backward();
  const diffs = Object.fromEntries(net.blobNames.map((name) => [name, [...net.blobs[name].diff]]));
  return { loss: weight * top[0] + middle * net.blobs['one'].data.reduce((sum, each) => sum + each, 0), diffs };
}

test('TestLossWeight: the gradients are as many times as large', (t) => {
  const plain = apart(1, 0);
  for (const weight of [2, 0, 1, -1, -2.5, 3.7]) {
    const weighted = apart(weight, 0);
    t.true(Math.abs(weighted.loss - weight * plain.loss) <= 1e-4);
    t.true(
      close(
        weighted.diffs['data'],
        plain.diffs['data'].map((diff) => weight * diff),
        1e-4,
      ),
      `${weight}`,
    );
  }
});

test('TestLossWeightMidNet: a blob that is consumed may have a weight too', (t) => {
  const plain = apart(0, 1);
  t.true(Math.abs(plain.loss) > 0.01);
  for (const weight of [2, 1, -1, -2.5, 3.7]) {
    const weighted = apart(0, weight);
    t.true(Math.abs(weighted.loss - weight * plain.loss) <= 1e-4);
    t.true(
      close(
        weighted.diffs['data'],
        plain.diffs['data'].map((diff) => weight * diff),
        1e-4,
      ),
      `${weight}`,
    );
  }
});

test('TestComboLossWeight: gradients grow with each of two weights alone, where that loss has a say', (t) => {
  const base = apart(1, 1);
  const growth = (weights: [number, number], blob: string): number[] =>
    apart(...weights).diffs[blob].map((diff, i) => diff - base.diffs[blob][i]);
  const byTheMiddle = ['data', 'data_data_0_split_0', 'one', 'one_one_0_split_0'];
  for (const blob of Object.keys(base.diffs)) {
    const main = growth([2, 1], blob);
    // one_one_0_split_0 is where the weight of the middle itself stands.
    t.is(
      main.some((diff) => Math.abs(diff) > 1e-4),
      blob !== 'one_one_0_split_0',
      blob,
    );
    t.true(
      close(
        main.map((diff) => 2 * diff),
        growth([3, 1], blob),
        1e-4,
      ),
      blob,
    );
    const middle = growth([1, 2], blob);
    t.is(
      middle.some((diff) => Math.abs(diff) > 1e-4),
      byTheMiddle.includes(blob),
      blob,
    );
    t.true(
      close(
        middle.map((diff) => 2 * diff),
        growth([1, 3], blob),
        1e-4,
      ),
      blob,
    );
  }
});
