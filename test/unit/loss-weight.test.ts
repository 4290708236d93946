// The weight of a loss whose top grows after set-up: Caffe writes it into the top's diff once, in memory that is then
// replaced.
import test from 'ava';
import { Blob, createLayer, Net } from 'tscaffe';

const text = `
force_backward: true
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "half" type: "Power" bottom: "x" top: "half" power_param { scale: 0.5 } loss_weight: 3 }`;

test('a loss top of a layer of Caffe keeps its weight when it grows and shrinks', async (t) => {
  using net = new Net({ text }, 'train');
  for (const [items, run] of [
    [1, 'forward'],
    [4, 'forward'],
    [2, 'forward'],
    [9, 'forwardAsync'],
    [1, 'forward'],
  ] as const) {
    net.blobs['x'].reshape(items, 2);
    net.blobs['x'].data.fill(1);
    await net[run]();
    net.backward();
    t.deepEqual([...net.blobs['half'].cpuDiff], new Array<number>(2 * items).fill(3));
    // The derivative of 3 · x / 2.
    t.deepEqual([...net.blobs['x'].cpuDiff], new Array<number>(2 * items).fill(1.5));
  }
});

test('what the caller writes into the diff of a loss top stays until the top has another size', (t) => {
  using net = new Net({ text }, 'train');
  net.blobs['half'].diff.set([10, 20]);
  net.forward();
  net.backward();
  t.deepEqual([...net.blobs['x'].cpuDiff], [5, 10]);
  net.blobs['x'].reshape(2, 2);
  net.forward();
  net.backward();
  t.deepEqual([...net.blobs['x'].cpuDiff], [1.5, 1.5, 1.5, 1.5]);
});

test('a loss top that another layer reads too keeps its weight when it grows', (t) => {
  const reader = 'layer { name: "reader" type: "Silence" bottom: "half" }';
  using net = new Net({ text: text + reader }, 'train');
  net.blobs['x'].reshape(50, 2);
  net.forward();
  net.backward();
  t.deepEqual(new Set(net.blobs['x'].cpuDiff), new Set([1.5]));
});

test('so does that of a layer outside of a net', (t) => {
  const layer = createLayer({ type: 'Power', powerParam: { scale: 0.5 }, lossWeight: [3] });
  const [bottom, top] = [[new Blob(1, 2)], [new Blob()]];
  layer.setup(bottom, top);
  bottom[0].reshape(40, 2);
  bottom[0].data.fill(1);
  // 80 elements of 1/2, weighted with 3.
  t.is(layer.forward(bottom, top), 120);
  layer.backward(top, [true], bottom);
  t.deepEqual(new Set(bottom[0].cpuDiff), new Set([1.5]));
});
