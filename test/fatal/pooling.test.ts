// Windows of a MAX pooling that have no maximum. Caffe's mask has -1 for them, and its backward, on the CPU, writes
// before the plane. On the GPU their gradient goes nowhere, and so it does here.
import test from 'ava';
import { Blob, createLayer, Net, Solver } from 'tscaffe';
import { assertGoodTraining } from './good-net.js';

const input = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 4 } } }';
const pool = `force_backward: true ${input}
  layer { name: "pool" type: "Pooling" bottom: "x" top: "y" TOPS pooling_param { kernel_size: 2 stride: 2 } }`;

const oneTop = pool.replace('TOPS', '');
const twoTops = pool.replace('TOPS', 'top: "mask"');

for (const [what, value] of [
  ['NaN', NaN],
  ['-Infinity', -Infinity],
] as const) {
  for (const [tops, text] of [
    ['', oneTop],
    [' and a mask', twoTops],
  ]) {
    test(`the gradient of a window of ${what} goes nowhere, with one top${tops}`, (t) => {
      using net = new Net({ text }, 'train');
      // The left window has no maximum, the right one has 4 at [1, 2].
      net.blobs['x'].data.set([value, value, 1, 2, value, value, 4, 3]);
      net.forward();
      t.deepEqual([...net.blobs['y'].data].slice(1), [4]);
      if (tops !== '') t.deepEqual([...net.blobs['mask'].data], [-1, 6]);
      for (let pass = 0; pass < 2; ++pass) {
        net.blobs['y'].diff.set([5, 7]);
        net.backward();
        t.deepEqual([...net.blobs['x'].diff], [0, 0, 0, 0, 0, 0, 7, 0]);
        t.deepEqual([...net.blobs['y'].diff], [5, 7]);
        if (tops !== '') t.deepEqual([...net.blobs['mask'].data], [-1, 6]);
      }
    });
  }
}

test('the gradient of a window outside of the image goes nowhere', (t) => {
  // Of two rows, with a stride of 3: ceil((2 - 1) / 3) + 1 = 2 windows, the second of which begins at row 3.
  const bottom = new Blob(1, 1, 2, 1);
  const top = new Blob();
  using layer = createLayer({ type: 'Pooling', poolingParam: { kernelSize: 1, stride: 3 } });
  layer.setup([bottom], [top]);
  t.deepEqual(top.shape, [1, 1, 2, 1]);
  bottom.data.set([8, 9]);
  layer.forward([bottom], [top]);
  t.is(top.data[0], 8);
  top.diff.set([5, 7]);
  layer.backward([top], [true], [bottom]);
  t.deepEqual([...bottom.diff], [5, 0]);
});

test('SPP sends the gradient of a window of NaN nowhere', (t) => {
  using net = new Net(
    {
      text: `force_backward: true ${input} layer { name: "spp" type: "SPP" bottom: "x" top: "y"
        spp_param { pyramid_height: 2 pool: MAX } }`,
    },
    'train',
  );
  net.blobs['x'].data.set([NaN, NaN, 1, 2, NaN, NaN, 4, 3]);
  net.forward();
  // One window of all, whose maximum is 4, then 2 x 2 windows of 1 x 2 values: NaN, 2, NaN, 4.
  t.deepEqual(
    [...net.blobs['y'].data].filter((value) => value > 0),
    [4, 2, 4],
  );
  net.blobs['y'].diff.set([1, 10, 100, 1000, 10_000]);
  net.backward();
  t.deepEqual([...net.blobs['x'].diff], [0, 0, 0, 100, 0, 0, 10_001, 0]);
});

test('SPP is guarded after its bottom has got another shape too', (t) => {
  const bottom = new Blob(1, 1, 2, 2);
  const top = new Blob();
  using layer = createLayer({ type: 'SPP', sppParam: { pyramidHeight: 1, pool: 'MAX' } });
  layer.setup([bottom], [top]);
  bottom.reshape(1, 1, 4, 4);
  bottom.data.fill(NaN);
  layer.forward([bottom], [top]);
  top.diff.fill(3);
  layer.backward([top], [true], [bottom]);
  t.deepEqual(new Set(bottom.diff), new Set([0]));
});

test('a mask that was written to is ERR_CAFFE_LABEL where it points outside of the plane', (t) => {
  using net = new Net({ text: twoTops }, 'train');
  net.blobs['x'].data.set([1, 2, 3, 4, 5, 6, 7, 8]);
  net.forward();
  for (const wrong of [8, -2, 1000, NaN]) {
    net.blobs['mask'].data[1] = wrong;
    const error = t.throws(() => net.backward(), {
      code: 'ERR_CAFFE_LABEL',
      message: `net.layer[1] "pool" backward: index ${wrong} in element 1 of blob "mask", the mask: expected a number from 0 to 7, or -1 where there is no maximum`,
    });
    t.like(error, { layer: 'pool', during: 'backward', blob: 'mask', element: 1 });
  }
  net.blobs['mask'].data[1] = 0;
  net.blobs['y'].diff.set([5, 7]);
  net.backward();
  t.deepEqual([...net.blobs['x'].diff], [7, 0, 0, 0, 0, 5, 0, 0]);
});

test('training that diverges through a MAX pooling goes on', (t) => {
  using solver = new Solver({
    text: `base_lr: 1 lr_policy: "fixed" net_param {
      layer { name: "data" type: "DummyData" top: "x" top: "label" dummy_data_param {
        shape { dim: 4 dim: 1 dim: 8 dim: 8 } shape { dim: 4 } data_filler { type: "gaussian" } data_filler { value: 1 } } }
      layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
        convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "xavier" } } }
      layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
      layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
        inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" } }`,
  });
  solver.step(2);
  solver.net.params['conv'][0].data.fill(NaN);
  solver.step(20);
  t.is(solver.iter, 22);
  assertGoodTraining(t);
});
