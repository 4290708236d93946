// Cases of NetTest in Caffe's own test_net.cpp, under their own names; those of gradients, loss weights, shared weights
// and rules are beside it.
import test from 'ava';
import { Net } from 'tscaffe';
import { input, layer, product, seeded, softmaxLoss, values } from './net-text.js';

test('TestHasBlob, TestGetBlob, TestHasLayer, TestGetLayerByName: by name, and whether there is one', (t) => {
  using net = seeded(`${input()} ${product('ip', 'data')} ${softmaxLoss()}`);
  t.deepEqual(Object.keys(net.blobs), ['data', 'label', 'ip', 'loss']);
  t.deepEqual(Object.keys(net.layerDict), ['data', 'ip', 'loss']);
  t.is(net.blobs['label'].count, 4);
  t.is(net.layerDict['ip'].type, 'InnerProduct');
  t.false('label2' in net.blobs);
  t.false('label' in net.layerDict);
});

test('TestFromTo: runs of parts give the numbers of the whole', (t) => {
  using net = seeded(`force_backward: true ${input()} ${product('ip', 'data')} ${softmaxLoss()}`);
  const loss = net.forward(values)['loss'][0];
  net.backward();
  const diff = [...net.blobs['data'].diff];
  for (const [i, name] of net.layerNames.entries()) {
    const next = net.layerNames[i + 1];
    net.forward(undefined, { end: name });
    if (next !== undefined) net.forward(undefined, { start: next });
    t.is(net.blobs['loss'].data[0], loss);
    if (next === undefined) continue;
    net.blobs['data'].diff.fill(0);
    net.backward(undefined, { end: next });
    net.backward(undefined, { start: name });
    t.deepEqual([...net.blobs['data'].diff], diff);
  }
});

test('TestReshape: sizes that change to and fro give the numbers of nets built for them', (t) => {
  const text = (
    shape: number[],
  ): string => `${layer('data', `type: "Input" top: "data" input_param { shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} } }`)}
    ${layer('conv', 'type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "gaussian" std: 0.1 } }')}
    ${layer('pool', 'type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 }')}
    ${layer('norm', 'type: "LRN" bottom: "pool" top: "norm"')} ${layer('soft', 'type: "Softmax" bottom: "norm" top: "soft"')}`;
  const sizes = [
    { shape: [2, 3, 12, 10], top: [2, 4, 5, 4] },
    { shape: [4, 3, 9, 11], top: [4, 4, 4, 5] },
  ];
  const fill = ({ shape }: { shape: number[] }): number[] =>
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
  using net = seeded(text([1, 3, 9, 9]));
  for (const size of [...sizes, ...sizes]) {
    using built = new Net({ text: text(size.shape) }, 'train');
    built.shareWith(net);
    net.blobs['data'].reshape(...size.shape);
    net.reshape();
    t.deepEqual(net.blobs['soft'].shape, size.top);
    t.deepEqual([...net.forward({ data: fill(size) })['soft']], [...built.forward({ data: fill(size) })['soft']]);
    net.backward();
  }
});

const allInOne = `
  ${layer('train-data', 'type: "Input" top: "data" top: "label" include { phase: TRAIN not_stage: "deploy" } input_param { shape { dim: 1 dim: 10 } shape { dim: 1 } }')}
  ${layer('val-data', 'type: "Input" top: "data" top: "label" include { phase: TEST not_stage: "deploy" } input_param { shape { dim: 1 dim: 10 } shape { dim: 1 } }')}
  ${layer('deploy-data', 'type: "Input" top: "data" include { phase: TEST stage: "deploy" } input_param { shape { dim: 1 dim: 10 } }')}
  ${product('ip', 'data')} ${softmaxLoss('include { phase: TRAIN } include { phase: TEST not_stage: "deploy" }')}`;
for (const [name, phase, stages, kept] of [
  ['TestAllInOneNetTrain', 'train', [], ['train-data', 'ip', 'loss']],
  ['TestAllInOneNetVal', 'test', ['val'], ['val-data', 'ip', 'loss']],
  ['TestAllInOneNetDeploy', 'test', ['deploy'], ['deploy-data', 'ip']],
] as const) {
  test(`${name}: one prototxt gives ${kept.join(', ')}`, (t) => {
    using net = new Net({ text: allInOne }, phase, { stages: [...stages] });
    t.deepEqual(net.layerNames, kept);
    t.deepEqual(net.blobs['data'].shape, [1, 10]);
  });
}
