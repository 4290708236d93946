// Samples with shapes of their own, as FCN trains on images of any size; and tests over batches of different sizes.
import test from 'ava';
import { dataSource, Net, Solver, type Sample } from 'tscaffe';
import { sourceLayer } from './numbered-samples.js';

function image(height: number, width: number, first: number) {
  const shape = [1, height, width];
  return { data: Float32Array.from({ length: height * width }, (_, i) => first + i), shape };
}

const images = [image(2, 2, 1), image(1, 3, 10), image(3, 1, 20)];

for (const kind of ['a list', 'a stream that is shuffled'] as const) {
  test(`a batch of one sample has the sample's shape: ${kind}`, (t) => {
    const samples = images.map((data, label) => ({ data, label }));
    const source =
      kind === 'a list'
        ? dataSource(samples, { tops: { data: [1, 2, 2], label: [] }, batchSize: 1 })
        : dataSource(() => samples[Symbol.iterator](), {
            tops: { data: [1, 2, 2], label: [] },
            batchSize: 1,
            shuffle: { seed: 2, buffer: 2 },
          });
    const text = `${sourceLayer(source)} layer { name: "double" type: "Power" bottom: "data" top: "double" power_param { scale: 2 } }`;
    using net = new Net({ text }, 'train');
    const seen = new Set<number>();
    for (let i = 0; i < 6; i++) {
      net.forward();
      const label = net.blobs['label']?.data[0] ?? -1;
      seen.add(label);
      const expected = images[label];
      t.deepEqual(net.blobs['double']?.shape, [1, ...(expected?.shape ?? [])]);
      t.deepEqual(
        [...(net.blobs['double']?.data ?? [])],
        [...(expected?.data ?? [])].map((value) => value * 2),
      );
    }
    t.is(seen.size, 3);
  });
}

const wrong: { what: string; sample: Sample; batchSize: number; message: RegExp }[] = [
  {
    what: 'another shape in a batch of two',
    sample: [{ data: [1, 2], shape: [1, 1, 2] }, 0],
    batchSize: 2,
    message: /expected the shape \(1, 2, 2\) for top "data" but received \(1, 1, 2\).*batchSize 1/,
  },
  {
    what: 'fewer values than the shape has',
    sample: [{ data: [1, 2], shape: [1, 2, 2] }, 0],
    batchSize: 1,
    message: /expected 4 values for top "data" of shape \(1, 2, 2\) but received 2/,
  },
  {
    what: 'a shape that is none',
    sample: [{ data: [1, 2], shape: [1, 0.5, 4] }, 0],
    batchSize: 1,
    message: /expected a shape of sizes from 1 on for top "data"/,
  },
];
for (const { what, sample, batchSize, message } of wrong) {
  test(`${what} is ERR_CAFFE_SOURCE`, (t) => {
    const source = dataSource([sample, sample], { tops: { data: [1, 2, 2], label: [] }, batchSize });
    using net = new Net({ text: sourceLayer(source) }, 'train');
    t.throws(() => net.forward(), { code: 'ERR_CAFFE_SOURCE', message });
  });
}

// Ten samples in batches of 8: eight that are right, then two that are wrong. 8 / 10 = 0.8 of them are right, and the
// mean of the two batches' accuracies is (1 + 0) / 2 = 0.5.
const answers = Array.from({ length: 10 }, (_, n) => ({ data: [1, 0], label: n < 8 ? 0 : 1 }));
const accuracy = 'layer { name: "accuracy" type: "Accuracy" bottom: "data" bottom: "label" top: "accuracy" }';

function tested(more = ''): Solver {
  const source = dataSource(answers, { tops: { data: [2], label: [] }, batchSize: 8 });
  const train = 'layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 } } }';
  return new Solver({
    text: `base_lr: 0.1 lr_policy: "fixed" test_iter: 2 test_interval: 1 ${more}
      train_net_param { ${train} } test_net_param { ${sourceLayer(source)} ${accuracy} }`,
  });
}

test('test() is the mean over samples where the last batch is shorter', async (t) => {
  using solver = tested();
  t.deepEqual(solver.test(), { accuracy: 0.8 });
  t.deepEqual(await solver.testAsync(), { accuracy: 0.8 });
});

test('so is the test that comes while a solver trains', (t) => {
  using solver = tested('test_initialization: true');
  const means: unknown[] = [];
  solver.on('test', ({ outputs }) => means.push(outputs['accuracy']));
  solver.step(2);
  t.deepEqual(means, [0.8, 0.8]);
});
