import { join } from 'node:path';
import test from 'ava';
import { Blob, Net, SGDSolver, type Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const one = `
layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
layer { name: "zero" type: "DummyData" top: "zero" dummy_data_param { shape { dim: 1 dim: 1 } } }`;

/** A layer with one weight, which is also its top: x is 1. It begins with `value`. */
function factor(name: string, value: number, more: string): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}" ${more}
    inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: ${value} } } }`;
}

const w = 'param { name: "w" }';
const train = 'include { phase: TRAIN }';
const only = 'include { phase: TEST }';
const loss = `layer { name: "loss" type: "EuclideanLoss" bottom: "a" bottom: "zero" top: "loss" ${train} }`;

/** The loss is w²/2, and so the gradient w: with a rate of 1/2 each iteration halves w. */
function solver(layers: string, more = '', interval = 1000): SGDSolver {
  return new SGDSolver({
    text: `net_param { ${one} ${layers} ${loss} } base_lr: 0.5 lr_policy: "fixed" test_iter: 1 test_initialization: false test_interval: ${interval} ${more}`,
  });
}

/** The weight of layer `name` in test net `index`. */
function tested(s: Solver, name: string, index = 0): number {
  return s.testNets[index].params[name][0].data[0];
}

for (const { what, layers } of [
  { what: 'after the layer that owns it', layers: factor('a', 4, w) + factor('b', 7, w + only) },
  { what: 'before it, so that it owns it in the test net', layers: factor('b', 7, w + only) + factor('a', 4, w) },
  { what: 'in place of it', layers: factor('a', 4, w + train) + factor('b', 7, w + only) },
]) {
  test(`a layer of the test net only, ${what}, shares the weight of its param's name`, (t) => {
    using s = solver(layers);
    t.is(tested(s, 'b'), 4);
    s.step(1);
    t.is(tested(s, 'b'), 2);
    t.is(s.test()['b'], 2);
    s.net.params['a'][0].data[0] = 3;
    t.is(s.testNets[0].forward()['b'][0], 3);
  });
}

test("Caffe's own tests in a run of a solver use the shared weight", (t) => {
  using s = solver(factor('b', 7, w + only) + factor('a', 4, w), '', 1);
  const seen: number[] = [];
  s.on('test', ({ outputs }) => seen.push(outputs['b']));
  s.step(3);
  // Tests come before the iterations 1 and 2; there is none before the first.
  t.deepEqual(seen, [2, 1]);
});

test('all test nets share it', (t) => {
  using s = solver(
    factor('a', 4, w) + factor('b', 7, w + only),
    'test_iter: 1 test_state { stage: "s" } test_state { }',
  );
  t.is(s.testNets.length, 2);
  s.step(1);
  t.deepEqual([tested(s, 'b', 0), tested(s, 'b', 1)], [2, 2]);
});

test('test nets follow when the train net takes the weights of another net', (t) => {
  using s = solver(factor('a', 4, w) + factor('b', 7, w + only));
  using other = new Net({ text: one + factor('a', 9, '') }, 'test');
  const stale = s.testNets[0].params['b'][0].data;
  s.net.shareWith(other);
  t.is(stale.length, 0);
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [9, 9]);
  other.params['a'][0].data[0] = 10;
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [10, 10]);
});

test('test nets follow when a learnable blob of the train net shares the memory of another', (t) => {
  using s = solver(factor('a', 4, w) + factor('b', 7, w + only));
  const other = new Blob(1, 1);
  other.data[0] = 9;
  s.net.params['a'][0].shareData(other);
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [9, 9]);
  s.step(1);
  t.is(other.data[0], 4.5);
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [4.5, 4.5]);
});

test('a learnable blob that was reshaped, and back again, is shared with the test nets', (t) => {
  using s = solver(factor('a', 4, w) + factor('b', 7, w + only));
  const [a] = s.net.params['a'];
  a.reshape(1, 100); // needs other memory
  a.reshape(1, 1);
  a.data[0] = 9;
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [9, 9]);
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`restore from a snapshot in ${format} brings back the weight of all that share it`, (t) => {
    const prefix = join(scratchFolder(t), 'w');
    using s = solver(
      factor('b', 7, w + only) + factor('a', 4, w),
      `snapshot_prefix: "${prefix}" snapshot_format: ${format}`,
    );
    s.step(1);
    const snapshot = s.snapshot();
    s.step(1);
    t.deepEqual([tested(s, 'a'), tested(s, 'b')], [1, 1]);
    s.restore(snapshot);
    t.deepEqual([tested(s, 'a'), tested(s, 'b')], [2, 2]);
  });
}

test('blobs that share within a net go on sharing after shareWith', (t) => {
  using net = new Net({ text: one + factor('a', 1, w) + factor('b', 1, w) }, 'train');
  for (const { layers, expected } of [
    { layers: factor('a', 5, ''), expected: 5 },
    { layers: factor('b', 6, ''), expected: 6 },
    { layers: factor('a', 7, '') + factor('b', 8, ''), expected: 7 },
    { layers: factor('c', 9, w), expected: 9 },
  ]) {
    using other = new Net({ text: one + layers }, 'test');
    net.shareWith(other);
    const { a, b } = net.forward();
    t.deepEqual([a[0], b[0]], [expected, expected]);
  }
});

test('a blob of the same name in another net must have the same shape', (t) => {
  using net = new Net({ text: one + factor('a', 1, w) }, 'test');
  using other = new Net({ text: one + factor('c', 9, w).replace('num_output: 1', 'num_output: 3') }, 'test');
  t.throws(
    () => {
      net.shareWith(other);
    },
    { code: 'ERR_CAFFE_LAYER', message: /params\.a\[0\], called w, is 1 1 \(1\), but in the net .* it is 3 1 \(3\)/ },
  );
  t.is(net.params['a'][0].data[0], 1);
});

for (const sharer of ['a', 'b']) {
  test(`blobs that share within a net follow when params.${sharer}[0] gets other memory, with their gradients`, (t) => {
    using net = new Net(
      {
        text: `${one} ${factor('a', 1, w)} ${factor('b', 1, w)}
          layer { name: "loss" type: "EuclideanLoss" bottom: "a" bottom: "zero" top: "loss" }
          layer { name: "second" type: "EuclideanLoss" bottom: "b" bottom: "zero" top: "second" }`,
      },
      'train',
    );
    const other = new Blob(1, 1);
    other.data[0] = 5;
    net.params[sharer][0].shareData(other);
    net.params[sharer][0].shareDiff(other);
    t.deepEqual([net.params['a'][0].data[0], net.params['b'][0].data[0]], [5, 5]);
    net.clearParamDiffs();
    net.forward();
    net.backward();
    // w from each of the two losses w²/2
    t.is(other.diff[0], 10);
  });
}

const steps = (value: number): string => `
layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 3 dim: 1 dim: 1 } data_filler { value: 1 } } }
layer { name: "cont" type: "DummyData" top: "cont" dummy_data_param { shape { dim: 3 dim: 1 } data_filler { value: 1 } } }
layer { name: "lstm" type: "LSTM" bottom: "x" bottom: "cont" top: "y" recurrent_param { num_output: 1 weight_filler { type: "constant" value: ${value} } bias_filler { type: "constant" value: 0.1 } } }`;

for (const { what, share } of [
  { what: 'shareWith', share: (net: Net, other: Net) => { net.shareWith(other); } }, // prettier-ignore
  {
    what: 'shareData',
    share: (net: Net, other: Net) => {
      for (const [i, blob] of net.params['lstm'].entries()) blob.shareData(other.params['lstm'][i]);
    },
  },
]) {
  test(`in the phase train all steps of an LSTM use the weights that it got by ${what}`, (t) => {
    using other = new Net({ text: steps(2) }, 'train');
    using copy = new Net({ text: steps(0.5) }, 'train');
    copy.copyFrom(other.toProto());
    using net = new Net({ text: steps(0.5) }, 'train');
    share(net, other);
    const expected = [...copy.forward()['y']];
    t.deepEqual([...other.forward()['y']], expected);
    t.deepEqual([...net.forward()['y']], expected);
  });
}

test('a test net that takes the weights of another net has them until the next test', (t) => {
  using s = solver(factor('a', 4, w) + factor('b', 7, w + only));
  using other = new Net({ text: one + factor('a', 9, '') }, 'test');
  s.testNets[0].shareWith(other);
  t.deepEqual([tested(s, 'a'), tested(s, 'b')], [9, 9]);
  t.is(s.net.params['a'][0].data[0], 4);
  t.is(s.test()['b'], 4);
});
