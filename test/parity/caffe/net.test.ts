// What Caffe's own test_net.cpp asks of nets: which layers the rules admit, loss weights, shared weights, who gets a gradient, reshape.
import test from 'ava';
import { Net, Solver, type NetOptions } from 'tscaffe';

const layer = (name: string, rest: string): string => `layer { name: "${name}" ${rest} }`;
const data = layer(
  'data',
  'type: "Input" top: "data" top: "label" input_param { shape { dim: 4 dim: 3 } shape { dim: 4 } }',
);
const product = (name: string, bottom: string, rest = ''): string =>
  layer(
    name,
    `type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${rest}
     inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.5 } bias_filler { type: "constant" value: 1 } }`,
  );

// Rules: include admits a layer if one of its rules is met, exclude if none is; a rule is met if all that it says is.
const rules: { rule: string; phase?: 'train' | 'test'; options?: NetOptions; admitted: boolean }[] = [
  { rule: '', admitted: true },
  { rule: 'include { phase: TRAIN }', phase: 'train', admitted: true },
  { rule: 'include { phase: TRAIN }', phase: 'test', admitted: false },
  { rule: 'exclude { phase: TRAIN }', phase: 'train', admitted: false },
  { rule: 'exclude { phase: TRAIN }', phase: 'test', admitted: true },
  { rule: 'include { phase: TRAIN } include { phase: TEST }', phase: 'test', admitted: true },
  { rule: 'exclude { phase: TRAIN } exclude { phase: TEST }', phase: 'test', admitted: false },
  { rule: 'include { min_level: 2 }', options: { level: 1 }, admitted: false },
  { rule: 'include { min_level: 2 }', options: { level: 2 }, admitted: true },
  { rule: 'include { max_level: 2 }', options: { level: 2 }, admitted: true },
  { rule: 'include { max_level: 2 }', options: { level: 3 }, admitted: false },
  { rule: 'include { min_level: 2 max_level: 4 }', options: { level: 3 }, admitted: true },
  { rule: 'include { min_level: 2 max_level: 4 }', options: { level: 5 }, admitted: false },
  { rule: 'exclude { min_level: 2 }', options: { level: 2 }, admitted: false },
  { rule: 'include { stage: "a" }', options: { stages: ['a'] }, admitted: true },
  { rule: 'include { stage: "a" }', options: { stages: ['b'] }, admitted: false },
  { rule: 'include { stage: "a" stage: "b" }', options: { stages: ['a'] }, admitted: false },
  { rule: 'include { stage: "a" stage: "b" }', options: { stages: ['b', 'a'] }, admitted: true },
  { rule: 'include { stage: "a" } include { stage: "b" }', options: { stages: ['b'] }, admitted: true },
  { rule: 'include { not_stage: "a" }', options: { stages: ['a'] }, admitted: false },
  { rule: 'include { not_stage: "a" }', options: { stages: ['b'] }, admitted: true },
  { rule: 'exclude { stage: "a" not_stage: "b" }', options: { stages: ['a'] }, admitted: false },
  { rule: 'exclude { stage: "a" not_stage: "b" }', options: { stages: ['a', 'b'] }, admitted: true },
  { rule: 'include { phase: TEST min_level: 1 stage: "a" }', options: { level: 1, stages: ['a'] }, admitted: true },
  { rule: 'include { phase: TEST min_level: 1 stage: "a" }', options: { level: 0, stages: ['a'] }, admitted: false },
];
for (const { rule, phase = 'test', options = {}, admitted } of rules) {
  const state = `${phase}, level ${options.level ?? 0}, stages (${(options.stages ?? []).join(', ')})`;
  test(`A layer with "${rule}" is ${admitted ? 'in' : 'left out of'} a net for ${state}`, (t) => {
    using net = new Net({ text: `${data} ${product('ip', 'data', rule)}` }, phase, options);
    t.is(net.layerNames.includes('ip'), admitted);
  });
}

test('include and exclude in one layer are refused', (t) => {
  const text = `${data} ${product('ip', 'data', 'include { phase: TEST } exclude { stage: "a" }')}`;
  t.throws(() => new Net({ text }, 'test'), { code: 'ERR_CAFFE_CHECK', message: /both/i });
});

const losses = (weight: string, more = ''): string => `force_backward: true ${data} ${product('ip', 'data')}
${layer('loss', `type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" ${weight}`)} ${more}`;

function gradients(text: string): { loss: number; diff: number[] } {
  using net = new Net({ text }, 'train');
  const [w, b] = net.params['ip'];
  for (let i = 0; i < w.count; i++) w.data[i] = Math.sin(i + 1);
  b.data.fill(0.5);
  const x = Array.from({ length: 12 }, (_, i) => Math.cos(i));
  const loss = net.forward({ data: x, label: [0, 1, 1, 0] })['loss'][0];
  net.backward();
  return { loss, diff: [...w.diff, ...net.blobs['data'].diff] };
}

for (const weight of [0, 2, -1.5]) {
  test(`A loss weight of ${weight} scales the gradients, and not the top`, (t) => {
    const plain = gradients(losses(''));
    const weighted = gradients(losses(`loss_weight: ${weight}`));
    t.is(weighted.loss, plain.loss);
    for (const [i, diff] of weighted.diff.entries()) {
      t.true(Math.abs(diff - weight * plain.diff[i]) < 1e-6, `${diff} for ${weight} * ${plain.diff[i]}`);
    }
  });
}

test('Two losses of weights 2 and 3 add up', (t) => {
  const second = layer('again', 'type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "again" loss_weight: 3');
  const plain = gradients(losses(''));
  const both = gradients(losses('loss_weight: 2', second));
  for (const [i, diff] of both.diff.entries()) t.true(Math.abs(diff - 5 * plain.diff[i]) < 1e-5);
});

const shared = `force_backward: true ${data}
${product('one', 'data', 'param { name: "w" } param { name: "b" }')} ${product('two', 'data', 'param { name: "w" } param { name: "b" }')}`;

test('Layers that share weights by name have one memory, and their diffs add up', (t) => {
  using net = new Net({ text: shared }, 'train');
  const [one, two] = [net.params['one'][0], net.params['two'][0]];
  one.data[0] = 42;
  t.is(two.data[0], 42);
  net.clearParamDiffs();
  const x = Array.from({ length: 12 }, (_, i) => i);
  net.forward({ data: x, label: [0, 0, 0, 0] });
  // dL/dy is 1 in each output of the one, 2 in the other: dW = (1 + 2) * column sums of x, which are 18, 22 and 26.
  net.backward({ one: new Float32Array(8).fill(1), two: new Float32Array(8).fill(2), label: [0, 0, 0, 0] });
  t.deepEqual([...one.diff], [54, 66, 78, 54, 66, 78]);
  t.deepEqual([...two.diff], [...one.diff]);
});

test('Sharing weights of different shapes is refused, but of the same count with share_mode PERMISSIVE allowed', (t) => {
  const wide = (mode: string): string => `${data} ${product('one', 'data', `param { name: "w" ${mode} }`)}
    ${layer(
      'two',
      `type: "InnerProduct" bottom: "data" top: "two" param { name: "w" ${mode} }
    inner_product_param { num_output: 2 transpose: true weight_filler { type: "xavier" } }`,
    )}`;
  t.throws(() => new Net({ text: wide('') }, 'train'), { code: 'ERR_CAFFE_CHECK', message: /shape mismatch/ });
  using net = new Net({ text: wide('share_mode: PERMISSIVE') }, 'train');
  t.deepEqual(net.params['two'][0].shape, [3, 2]);
});

const wants: { title: string; net: string; gradient: boolean }[] = [
  { title: 'a bottom straight from data', net: `${data} ${product('ip', 'data')}`, gradient: false },
  {
    title: 'the same with force_backward',
    net: `force_backward: true ${data} ${product('ip', 'data')}`,
    gradient: true,
  },
  {
    title: 'the same even with propagate_down: false, which force_backward outdoes',
    net: `force_backward: true ${data} ${product('ip', 'data', 'propagate_down: false')}`,
    gradient: true,
  },
  {
    title: 'a bottom straight from data with propagate_down: true',
    net: `${data} ${product('ip', 'data', 'propagate_down: true')}`,
    gradient: true,
  },
];
for (const { title, net: text, gradient } of wants) {
  test(`Backward ${gradient ? 'reaches' : 'spares'} ${title}`, (t) => {
    using net = new Net(
      { text: `${text} ${layer('loss', 'type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"')}` },
      'train',
    );
    net.blobs['data'].diff.fill(-7);
    net.forward({ data: Array.from({ length: 12 }, (_, i) => i), label: [0, 1, 0, 1] });
    net.backward();
    t.is(
      net.blobs['data'].diff.every((value) => value === -7),
      !gradient,
    );
  });
}

test('A layer whose params have lr_mult 0 does not learn, and spares the backward below', (t) => {
  const text = `base_lr: 1 lr_policy: "fixed" random_seed: 1 snapshot_after_train: false net_param {
    ${layer('data', 'type: "DummyData" top: "data" top: "label" dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 } data_filler { type: "gaussian" } }')}
    ${product('below', 'data', 'param { lr_mult: 0 } param { lr_mult: 0 }')} ${product('ip', 'below')}
    ${layer('loss', 'type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"')} }`;
  using solver = new Solver({ text });
  const [below, ip] = [solver.net.params['below'][0], solver.net.params['ip'][0]];
  const before = [[...below.data], [...ip.data]];
  solver.net.blobs['below'].diff.fill(-7);
  solver.step(1);
  t.deepEqual([...below.data], before[0]);
  t.notDeepEqual([...ip.data], before[1]);
  t.true(solver.net.blobs['below'].diff.every((value) => value === -7));
});

test('A convolutional net takes inputs of another size after a reshape, and gives the numbers of a net built for it', (t) => {
  const text = (
    size: number,
  ): string => `${layer('data', `type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: ${size} dim: ${size} } }`)}
    ${layer('conv', 'type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "gaussian" std: 0.1 } }')}
    ${layer('pool', 'type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 }')}
    ${layer('norm', 'type: "LRN" bottom: "pool" top: "norm"')} ${layer('soft', 'type: "Softmax" bottom: "norm" top: "soft"')}`;
  using net = new Net({ text: text(12) }, 'test');
  using larger = new Net({ text: text(16) }, 'test');
  larger.shareWith(net);
  const values = Array.from({ length: 2 * 3 * 16 * 16 }, (_, i) => Math.sin(i));
  const expected = larger.forward({ data: values })['soft'].slice();
  net.forward();
  net.blobs['data'].reshape(2, 3, 16, 16);
  net.reshape();
  t.deepEqual(net.blobs['soft'].shape, [2, 4, 7, 7]);
  t.deepEqual([...net.forward({ data: values })['soft']], [...expected]);
  net.blobs['data'].reshape(2, 3, 12, 12);
  net.forward();
  t.deepEqual(net.blobs['soft'].shape, [2, 4, 5, 5]);
});
