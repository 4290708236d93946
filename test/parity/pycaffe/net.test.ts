// The cases of pycaffe's test_net.py, test_layer_type_list.py and test_nccl.py, under their own names.
import { join } from 'node:path';
import test from 'ava';
import { Net, hasNccl, layerTypes, type Blob, type NetOptions } from 'tscaffe';
import { scratchFolder } from '../../scratch-folder.js';

const text = `name: "testnet" force_backward: true
layer { type: "DummyData" name: "data" top: "data" top: "label" dummy_data_param {
  num: 5 channels: 2 height: 3 width: 4 num: 5 channels: 1 height: 1 width: 1
  data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" } } }
layer { type: "Convolution" name: "conv" bottom: "data" top: "conv" param { lr_mult: 1 } param { lr_mult: 1 }
  convolution_param { num_output: 11 kernel_size: 2 pad: 3 weight_filler { type: "gaussian" std: 1 } bias_filler { type: "constant" value: 2 } } }
layer { type: "InnerProduct" name: "ip" bottom: "conv" top: "ip_blob"
  inner_product_param { num_output: 13 weight_filler { type: "gaussian" std: 2.5 } bias_filler { type: "constant" value: -3 } } }
layer { type: "SoftmaxWithLoss" name: "loss" bottom: "ip_blob" bottom: "label" top: "loss" }`;

const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>): boolean =>
  Array.from(actual).every((value, i) => Math.abs(value - expected[i]) <= 1e-5 + 1e-3 * Math.abs(expected[i]));

function newNet(): Net {
  const net = new Net({ text }, 'train');
  for (let i = 0; i < net.blobs['label'].count; i++) net.blobs['label'].data[i] = (i * 5) % 13;
  return net;
}

test('test_memory: blobs and params stay readable after their net is gone', (t) => {
  const blobs = ((): Blob[] => {
    const net = newNet();
    return [...Object.values(net.params).flat(), ...Object.values(net.blobs)];
  })();
  globalThis.gc?.();
  let total = 0;
  for (const blob of blobs) for (const value of [...blob.data, ...blob.diff]) total += value;
  t.true(Number.isFinite(total));
});

test('test_layer_dict: the layers by name, with their types', (t) => {
  using net = newNet();
  t.deepEqual(Object.keys(net.layerDict), [...net.layerNames]);
  t.deepEqual(
    net.layerNames.map((name) => net.layerDict[name].type),
    ['DummyData', 'Convolution', 'InnerProduct', 'SoftmaxWithLoss'],
  );
});

test('test_forward_backward: a net runs both ways', (t) => {
  using net = newNet();
  t.true((net.forward()['loss'][0] ?? 0) > 0);
  net.backward();
  t.true(net.params['conv'][0].sumsqDiff() > 0);
});

test('test_forward_start_end: one layer alone computes W x + b', (t) => {
  using net = newNet();
  const x = net.blobs['conv'].data;
  net.blobs['ip_blob'].data.fill(0);
  for (let i = 0; i < x.length; i++) x[i] = Math.sin(i);
  const result = net.forward(undefined, { start: 'ip', end: 'ip' });
  t.deepEqual(Object.keys(result), ['ip_blob']);
  const [w, b] = net.params['ip'];
  const features = w.shape[1];
  const expected = Array.from({ length: 5 * 13 }, (_, at) => {
    const [item, output] = [Math.floor(at / 13), at % 13];
    let sum = b.data[output];
    for (let i = 0; i < features; i++) sum += w.data[output * features + i] * x[item * features + i];
    return sum;
  });
  t.true(closeTo(result['ip_blob'], expected));
});

test('test_backward_start_end: one layer alone computes the diff of its bottom, W^T dy', (t) => {
  using net = newNet();
  const dy = net.blobs['ip_blob'].diff;
  for (let i = 0; i < dy.length; i++) dy[i] = Math.cos(i);
  const result = net.backward(undefined, { start: 'ip', end: 'ip' });
  t.deepEqual(Object.keys(result), ['conv']);
  const [w] = net.params['ip'];
  const features = w.shape[1];
  const expected = Array.from({ length: 5 * features }, (_, at) => {
    const [item, feature] = [Math.floor(at / features), at % features];
    let sum = 0;
    for (let output = 0; output < 13; output++) sum += w.data[output * features + feature] * dy[item * 13 + output];
    return sum;
  });
  t.true(closeTo(result['conv'], expected));
});

test('test_clear_param_diffs: diffs are there after a backward, and 0 after clearParamDiffs', (t) => {
  using net = newNet();
  net.forward();
  net.backward();
  const diff = net.params['conv'][0].diff;
  t.true(diff.some((value) => value !== 0));
  net.clearParamDiffs();
  t.true(diff.every((value) => value === 0));
});

test('test_inputs_outputs: no inputs, the loss as output', (t) => {
  using net = newNet();
  t.deepEqual(net.inputs, []);
  t.deepEqual(net.outputs, ['loss']);
});

test('test_top_bottom_names: the tops and bottoms of each layer, in order', (t) => {
  using net = newNet();
  t.deepEqual(Object.entries(net.topNames), [
    ['data', ['data', 'label']],
    ['conv', ['conv']],
    ['ip', ['ip_blob']],
    ['loss', ['loss']],
  ]);
  t.deepEqual(Object.entries(net.bottomNames), [
    ['data', []],
    ['conv', ['data']],
    ['ip', ['conv']],
    ['loss', ['ip_blob', 'label']],
  ]);
});

const sameParams = (a: Net, b: Net): boolean =>
  Object.keys(a.params).every((name) =>
    a.params[name].every((blob, i) => blob.data.every((value, j) => value === b.params[name][i].data[j])),
  );

test('test_save_and_read: saved weights come back by the option and by copyFrom', (t) => {
  const path = join(scratchFolder(t), 'net.caffemodel');
  using net = newNet();
  net.save(path);
  using byOption = new Net({ text }, 'test', { weights: path });
  using byCopy = new Net({ text }, 'test');
  byCopy.copyFrom(path);
  t.true(sameParams(net, byOption));
  t.true(sameParams(net, byCopy));
});

test('test_save_hdf5: so do weights saved as HDF5', (t) => {
  const path = join(scratchFolder(t), 'net.caffemodel.h5');
  using net = newNet();
  net.saveHDF5(path);
  using other = new Net({ text }, 'test');
  other.loadHDF5(path);
  t.true(sameParams(net, other));
});

const dummy =
  'layer { name: "data" type: "DummyData" top: "data" dummy_data_param { shape { dim: 1 dim: 1 dim: 10 dim: 10 } } }';
const product = (name: string, rule: string): string =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "data" top: "${name}" include { ${rule} } inner_product_param { num_output: 1 } }`;

const levels = `${dummy} ${product('NoLevel', '')} ${product('Level0Only', 'min_level: 0 max_level: 0')}
${product('Level1Only', 'min_level: 1 max_level: 1')} ${product('Level>=0', 'min_level: 0')} ${product('Level>=1', 'min_level: 1')}`;
const stages = `${dummy} ${product('A', 'stage: "A"')} ${product('B', 'stage: "B"')} ${product(
  'AorB',
  'stage: "A"',
).replace(
  'inner_product_param',
  'include { stage: "B" } inner_product_param',
)} ${product('AandB', 'stage: "A" stage: "B"')}`;

const filtered: { title: string; net: string; options: NetOptions; blobs: string[] }[] = [
  { title: 'TestLevels.test_0', net: levels, options: { level: 0 }, blobs: ['NoLevel', 'Level0Only', 'Level>=0'] },
  {
    title: 'TestLevels.test_1',
    net: levels,
    options: { level: 1 },
    blobs: ['NoLevel', 'Level1Only', 'Level>=0', 'Level>=1'],
  },
  { title: 'TestStages.test_A', net: stages, options: { stages: ['A'] }, blobs: ['A', 'AorB'] },
  { title: 'TestStages.test_B', net: stages, options: { stages: ['B'] }, blobs: ['B', 'AorB'] },
  { title: 'TestStages.test_AandB', net: stages, options: { stages: ['A', 'B'] }, blobs: ['A', 'B', 'AorB', 'AandB'] },
];
for (const { title, net: source, options, blobs } of filtered) {
  test(`${title}: the net has the layers ${blobs.join(', ')}`, (t) => {
    using net = new Net({ text: source }, 'test', options);
    t.deepEqual(
      net.layerNames.filter((name) => name !== 'data' && !name.startsWith('data_')),
      blobs,
    );
    for (const blob of blobs) t.true(blob in net.blobs);
  });
}

const allInOne = `name: "lenet"
layer { name: "data" type: "DummyData" top: "data" top: "label" include { phase: TRAIN not_stage: "deploy" }
  dummy_data_param { shape { dim: 1 dim: 1 dim: 10 dim: 10 } shape { dim: 1 dim: 1 dim: 1 dim: 1 } } }
layer { name: "data" type: "DummyData" top: "data" top: "label" include { phase: TEST not_stage: "deploy" }
  dummy_data_param { shape { dim: 1 dim: 1 dim: 11 dim: 11 } shape { dim: 1 dim: 1 dim: 1 dim: 1 } } }
layer { name: "data" type: "Input" top: "data" include { stage: "deploy" } input_param { shape { dim: 1 dim: 1 dim: 12 dim: 12 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 2 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" include { phase: TRAIN not_stage: "deploy" }
  include { phase: TEST not_stage: "deploy" } }
layer { name: "pred" type: "Softmax" bottom: "ip" top: "pred" include { stage: "deploy" } }`;

for (const [title, phase, deploy, size, output] of [
  ['train', 'train', false, 10, 'loss'],
  ['val', 'test', false, 11, 'loss'],
  ['deploy', 'test', true, 12, 'pred'],
] as const) {
  test(`TestAllInOne.test_${title}: its data are ${size} x ${size}, its output is ${output}`, (t) => {
    using net = new Net({ text: allInOne }, phase, deploy ? { stages: ['deploy'] } : {});
    t.deepEqual(net.blobs['data'].shape, [1, 1, size, size]);
    t.deepEqual(net.outputs, [output]);
    t.deepEqual(Object.keys(net.forward()), [output]);
  });
}

test('test_standard_types: the list of layer types has Data, Convolution and InnerProduct', (t) => {
  for (const type of ['Data', 'Convolution', 'InnerProduct']) t.true(layerTypes().includes(type));
});

test('test_newuid: there is NCCL to make one only where hasNccl says so, which is nowhere', (t) => {
  t.false(hasNccl);
});
