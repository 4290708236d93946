// The nets are the published ones: as many learnable numbers, tops of the published shapes, losses where they belong.
import test from 'ava';
import { Net, type NetMessage } from 'tscaffe';
import { autoencoder, caffenet, fcn8s, googlenet, lenet, resnet50, siamese, squeezenet, vgg16 } from './index.js';

/** Builds a net whose params are all 0: the fillers of VGG-16 would take seconds. */
function unfilled(message: NetMessage, phase: 'train' | 'test' = 'test'): Net {
  for (const { convolutionParam, innerProductParam } of message.layer) {
    for (const param of [convolutionParam, innerProductParam]) {
      delete param?.weightFiller;
      delete param?.biasFiller;
    }
  }
  return new Net(message, phase);
}

/** Of each layer type, the numbers in its learnable blobs. Layers that share a blob count it once each. */
function learnable(net: Net): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, blobs } of net.layers) {
    const count = blobs.reduce((sum, blob) => sum + blob.count, 0);
    if (count > 0) counts[type] = (counts[type] ?? 0) + count;
  }
  return counts;
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

for (const [name, build, published, prob] of [
  // 20 (25 + 1) + 50 (20 * 25 + 1) + 500 (800 + 1) + 10 (500 + 1)
  ['LeNet', lenet, 431_080, [2, 10]],
  // 96 (3 * 121 + 1) + 256 (48 * 25 + 1) + 384 (256 * 9 + 1) + 384 (192 * 9 + 1) + 256 (192 * 9 + 1)
  // + 4096 (9216 + 1) + 4096 (4096 + 1) + 1000 (4096 + 1)
  ['CaffeNet', caffenet, 60_965_224, [2, 1000]],
  ['GoogLeNet, without its heads,', googlenet, 6_998_552, [2, 1000]],
  ['SqueezeNet 1.1', squeezenet, 1_235_496, [2, 1000, 1, 1]],
  ['VGG-16', vgg16, 138_357_544, [2, 1000]],
] as const) {
  test.serial(`${name} has ${published.toLocaleString('en')} learnable numbers, as published`, (t) => {
    using net = unfilled(build(2));
    t.is(sum(learnable(net)), published);
    t.deepEqual(net.inputs, ['data']);
    t.deepEqual(net.outputs, ['prob']);
    t.deepEqual(net.blobs['prob'].shape, prob);
  });
}

test.serial('ResNet-50 has 25,557,032 learnable numbers, as published, and running sums beside', (t) => {
  using net = unfilled(resnet50(1));
  const { BatchNorm, ...counts } = learnable(net);
  t.is(sum(counts), 25_557_032);
  // One norm behind conv1, and in a stage of a bottlenecks of width w: w + w + 4 w each, 4 w for the shortcut.
  const channels = 64 + 64 * (6 * 3 + 4) + 128 * (6 * 4 + 4) + 256 * (6 * 6 + 4) + 512 * (6 * 3 + 4);
  const norms = 1 + 3 * (3 + 4 + 6 + 3) + 4;
  t.is(BatchNorm, 2 * channels + norms);
  t.deepEqual(net.outputs, ['prob']);
});

test.serial('In training the classifiers have a loss, and GoogLeNet two more in the middle, at 0.3', (t) => {
  for (const build of [lenet, caffenet, squeezenet, resnet50]) {
    using net = unfilled(build(1, 'train'), 'train');
    t.deepEqual(net.inputs, []);
    t.deepEqual(net.outputs, ['loss']);
  }
  using net = unfilled(googlenet(1, 'train'), 'train');
  t.deepEqual(net.outputs, ['head1/loss', 'head2/loss', 'loss']);
  t.deepEqual(
    net.outputs.map((name) => Math.round(net.blobLossWeights[name] * 1e6) / 1e6),
    [0.3, 0.3, 1],
  );
  // The published net of training has 13,378,280: of a head 128 (512 or 528 + 1) + 1024 (2048 + 1) + 1000 (1024 + 1).
  t.is(sum(learnable(net)), 6_998_552 + 128 * (513 + 529) + 2 * (1024 * 2049 + 1000 * 1025));
});

test.serial('FCN-8s gives scores for each pixel, whatever the size of the picture', (t) => {
  for (const size of [64, 96]) {
    using net = unfilled(fcn8s(2, size));
    t.deepEqual(net.blobs['score'].shape, [2, 21, size, size]);
  }
});

test.serial('The branches of the siamese net have the same params', (t) => {
  using net = unfilled(siamese(2));
  t.deepEqual(net.inputs, ['data', 'data_p']);
  t.deepEqual(net.outputs, ['feat', 'feat_p']);
  net.params['conv1'][0].data[7] = 5;
  t.is(net.params['conv1_p'][0].data[7], 5);
});

test.serial('The autoencoder gives as many numbers as it takes, by way of 30', (t) => {
  using net = unfilled(autoencoder(2));
  t.deepEqual(net.blobs['code'].shape, [2, 30]);
  t.deepEqual(net.blobs['output'].shape, [2, 784]);
  const [forth, back] = [
    [784, 1000, 500, 250, 30],
    [30, 250, 500, 1000, 784],
  ];
  const dense = (sizes: number[]): number =>
    sizes.slice(1).reduce((total, size, i) => total + size * (sizes[i] + 1), 0);
  t.is(sum(learnable(net)), dense(forth) + dense(back));
});
