// Cases of NetTest in Caffe's own test_net.cpp, under their own names: loss weights.
import test, { type ExecutionContext } from 'ava';
import { Solver } from 'tscaffe';
import { close, euclidean, layer, product, x } from './net-text.js';

/**
 * Two products of the data and how far they are apart; `weight` and `middle` are the weights of that and of the first
 * product. The loss is Caffe's own, of a solver that trains at a rate of 0.
 */
function apart(weight: number, middle: number): { loss: number; diffs: Record<string, number[]> } {
  const one = product('one', 'data', middle === 0 ? '' : `loss_weight: ${middle}`);
  const loss = euclidean.replace('top: "loss"', `top: "loss" loss_weight: ${weight}`);
  const data = layer('data', 'type: "Input" top: "data" input_param { shape { dim: 4 dim: 3 } }');
  const net = `force_backward: true ${data} ${one} ${product('two', 'data')} ${loss}`;
  using solver = new Solver({ text: `net_param { ${net} } base_lr: 0 lr_policy: "fixed" random_seed: 1701` });
  const { blobs, blobNames } = solver.net;
  blobs['data'].data.set(x);
  solver.step(1);
  return { loss: solver.loss, diffs: Object.fromEntries(blobNames.map((name) => [name, [...blobs[name].diff]])) };
}

function requireMultiple(t: ExecutionContext, of: ReturnType<typeof apart>, weight: number, weighted: typeof of): void {
  t.true(Math.abs(weighted.loss - weight * of.loss) <= 1e-4, `${weight}: ${weighted.loss} and ${of.loss}`);
  const multiples = of.diffs['data'].map((diff) => weight * diff);
  t.true(close(weighted.diffs['data'], multiples, 1e-4), `${weight}`);
}

test('TestLossWeight: the gradients are as many times as large', (t) => {
  const plain = apart(1, 0);
  t.true(Math.abs(plain.loss) > 0.01);
  for (const weight of [2, 0, 1, -1, -2.5, 3.7]) requireMultiple(t, plain, weight, apart(weight, 0));
});

test('TestLossWeightMidNet: a blob that is consumed may have a weight too', (t) => {
  const plain = apart(0, 1);
  t.true(Math.abs(plain.loss) > 0.01);
  for (const weight of [2, 1, -1, -2.5, 3.7]) requireMultiple(t, plain, weight, apart(0, weight));
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
