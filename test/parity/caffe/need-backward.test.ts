// Cases of NetTest in Caffe's own test_net.cpp, under their own names: who gets a gradient.
import test from 'ava';
import { Solver } from 'tscaffe';
import { asum, euclidean, input, layer, product, seeded, softmaxLoss, values, x } from './net-text.js';

const pair = layer(
  'data',
  'type: "Input" top: "data" top: "two" input_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } }',
);

/** The blobs whose diff a backward writes. */
function written(text: string, blobs: string[]): string[] {
  using net = seeded(text);
  for (const name of blobs) net.blobs[name].diff.fill(-7);
  net.forward(values);
  net.backward();
  return blobs.filter((name) => net.blobs[name].diff.some((value) => value !== -7));
}

for (const { name, text, reached } of [
  { name: 'TestBottomNeedBackward', text: `${input()} ${product('ip', 'data')} ${softmaxLoss()}`, reached: ['ip'] },
  {
    name: 'TestBottomNeedBackwardForce',
    text: `force_backward: true ${input()} ${product('ip', 'data')} ${softmaxLoss()}`,
    reached: ['data', 'ip'],
  },
  {
    name: 'TestForcePropagateDown',
    text: `${input()} ${product('ip', 'data', 'propagate_down: true')} ${softmaxLoss()}`,
    reached: ['data', 'ip'],
  },
  {
    name: 'TestForcePropagateDown, undone by force_backward',
    text: `force_backward: true ${input()} ${product('ip', 'data', 'propagate_down: false')} ${softmaxLoss()}`,
    reached: ['data', 'ip'],
  },
]) {
  test(`${name}: backward reaches ${reached.join(' and ')}`, (t) => {
    t.deepEqual(written(text, ['data', 'label', 'ip']), reached);
  });
}

test('TestBottomNeedBackwardEuclideanForce: a loss with two gradients gives both, to an input as well', (t) => {
  using net = seeded(`force_backward: true ${pair} ${product('one', 'data')} ${euclidean}`);
  net.blobs['two'].diff.fill(-7);
  net.forward({ data: x, two: Array.from({ length: 8 }, () => 0) });
  net.backward();
  t.deepEqual(
    [...net.blobs['two'].diff],
    [...net.blobs['one'].diff].map((value) => -value),
  );
});

const tricky = `${input('shape { dim: 4 dim: 3 } shape { dim: 4 dim: 1 }')} ${product('ip', 'data')}
  ${layer('transformed', 'type: "InnerProduct" bottom: "label" top: "transformed" inner_product_param { num_output: 1 weight_filler { type: "constant" } }')}
  ${layer('loss', 'type: "SoftmaxWithLoss" bottom: "ip" bottom: "transformed" top: "loss"')}`;

test('TestBottomNeedBackwardTricky: labels that are learned would need a gradient, which SoftmaxWithLoss refuses', (t) => {
  using net = seeded(tricky);
  net.forward(values);
  t.throws(() => net.backward(), { code: 'ERR_CAFFE_CHECK', message: /"loss".*backpropagate to label/s });
});

test('TestSkipPropagateDown: with propagate_down: false it is not asked for one, nor is what is below', (t) => {
  using net = seeded(
    tricky.replace(/(bottom: "transformed" top: "loss")/, '$1 propagate_down: true propagate_down: false'),
  );
  net.forward(values);
  net.backward();
  t.true(asum(net.params['ip'][0].diff) > 0);
  t.is(asum(net.params['transformed'][0].diff), 0);
});

test('TestBackwardWithAccuracyLayer: a layer without a gradient is no obstacle', (t) => {
  const accuracy = layer('accuracy', 'type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy"');
  using net = seeded(`${input()} ${product('ip', 'data')} ${softmaxLoss()} ${accuracy}`);
  t.true('accuracy' in net.blobs);
  net.forward(values);
  net.backward();
  t.true(asum(net.params['ip'][0].diff) > 0);
});

test('A layer whose params have lr_mult 0 does not learn, and spares the backward below', (t) => {
  const data = layer(
    'data',
    `type: "DummyData" top: "data" top: "label" dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 }
      data_filler { type: "gaussian" } data_filler { value: 1 } }`,
  );
  const still = product('below', 'data', 'param { lr_mult: 0 } param { lr_mult: 0 }');
  using solver = new Solver({
    text: `base_lr: 1 lr_policy: "fixed" random_seed: 1 snapshot_after_train: false
      net_param { ${data} ${still} ${product('ip', 'below')} ${softmaxLoss()} }`,
  });
  const [below, ip] = [solver.net.params['below'][0], solver.net.params['ip'][0]];
  const before = [[...below.data], [...ip.data]];
  solver.net.blobs['below'].diff.fill(-7);
  solver.step(1);
  t.deepEqual([...below.data], before[0]);
  t.notDeepEqual([...ip.data], before[1]);
  t.true(solver.net.blobs['below'].diff.every((value) => value === -7));
});

test('TestParamPropagateDown: a param has a gradient unless its lr_mult is 0, whatever that is else', (t) => {
  const gradients = (lrMults: number[]): number[] => {
    const [w1, w2, b1, b2] = lrMults;
    const params = (w: number, b: number): string => `param { lr_mult: ${w} } param { lr_mult: ${b} }`;
    using net = seeded(`${input()} ${product('one', 'data', params(w1, b1))} ${product('two', 'one', params(w2, b2))}
      ${softmaxLoss('', 'two')}`);
    net.forward(values);
    net.backward();
    return [net.params['one'][0], net.params['two'][0], net.params['one'][1], net.params['two'][1]].map(({ diff }) =>
      asum(diff),
    );
  };
  const all = gradients([1, 1, 2, 2]);
  for (const sum of all) t.true(sum > 1e-3);
  t.deepEqual(gradients([2, 2, 4, 4]), all);
  t.deepEqual(gradients([1, 0, 0, 1]), [all[0], 0, 0, all[3]]);
  t.deepEqual(gradients([0, 1, 1, 0]), [0, all[1], all[2], 0]);
});
