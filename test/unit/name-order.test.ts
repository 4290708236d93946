import test from 'ava';
import { Net, SGDSolver } from 'tscaffe';

// Layers and blobs as converters name them: JavaScript puts keys that look like indices first, in ascending order.
function factor(name: string, bottom: string, value: number): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}"
    inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: ${value} } } }`;
}

const input = (name: string): string =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { dim: 1 dim: 1 } } }`;
const factors = factor('10', 'a', 2) + factor('9', 'b', 3) + factor('2', 'c', 4);
const layers = input('a') + input('b') + input('c') + factors;
const order = ['a', 'b', 'c', '10', '9', '2'];
const learning = ['10', '9', '2'];

test('what a net has by name iterates in the order of the net', (t) => {
  using net = new Net({ text: layers }, 'test');
  t.deepEqual(net.layerNames, order);
  for (const byName of [net.layerDict, net.topNames, net.bottomNames, net.blobs, net.blobLossWeights]) {
    t.deepEqual(Object.keys(byName), order);
  }
  for (const byName of [net.params, net.paramsLr, net.paramsWeightDecay]) t.deepEqual(Object.keys(byName), learning);
  t.deepEqual(
    Object.entries(net.params).map(([name, [blob]]) => [name, blob.data[0]]),
    [
      ['10', 2],
      ['9', 3],
      ['2', 4],
    ],
  );
  const seen: string[] = [];
  for (const name in net.params) seen.push(name);
  t.deepEqual(seen, learning);
  t.deepEqual(
    Object.values(net.layerDict).map(({ index }) => index),
    [0, 1, 2, 3, 4, 5],
  );
  t.is(net.params['9'][0].data[0], 3);
  t.false('11' in net.params);
});

test('what forward and backward return iterates in the order in which it is asked for', (t) => {
  using net = new Net({ text: layers }, 'test', { forceBackward: true });
  const options = { end: '10', blobs: ['a', '9', '2'] };
  t.deepEqual(Object.keys(net.forward({ a: [1], b: [1], c: [1] }, options)), ['10', 'a', '9', '2']);
  t.deepEqual(Object.keys(net.backward({}, { end: '2', blobs: ['10', '9'] })), ['c', '10', '9']);
  const all = net.forwardAll({ a: [1, 2], b: [1, 2], c: [1, 2] });
  // The outputs are in Caffe's order.
  t.deepEqual(net.outputs, ['10', '2', '9']);
  t.deepEqual(Object.keys(all), net.outputs);
  t.deepEqual(JSON.stringify(Object.values(all).map((values) => [...values])), '[[2,4],[4,8],[3,6]]');
  const result = net.forward();
  t.deepEqual(Object.keys(result), net.outputs);
  t.deepEqual(Object.keys({ ...result, more: 1 }).length, 4);
});

test('profile and its event give each layer its own times', (t) => {
  using net = new Net({ text: layers }, 'test');
  using profile = net.profile();
  net.forward({}, { start: '10', end: '10' });
  t.deepEqual(
    profile.layers.map(({ name, type, forward: { calls } }) => [name, type, calls]),
    [
      ['a', 'Input', 0],
      ['b', 'Input', 0],
      ['c', 'Input', 0],
      ['10', 'InnerProduct', 1],
      ['9', 'InnerProduct', 0],
      ['2', 'InnerProduct', 0],
    ],
  );
});

test('paramHistory and the outputs of a test are those of their layers', (t) => {
  const data = (name: string, value: number): string =>
    `layer { name: "${name}" type: "DummyData" top: "${name}" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: ${value} } } }`;
  const loss = (name: string): string =>
    `layer { name: "loss${name}" type: "EuclideanLoss" bottom: "${name}" bottom: "zero" top: "loss${name}" include { phase: TRAIN } }`;
  using solver = new SGDSolver({
    text: `net_param { ${data('a', 1)} ${data('b', 1)} ${data('c', 1)} ${data('zero', 0)} ${factors} ${loss('10')} ${loss('9')} ${loss('2')} }
      base_lr: 0.5 momentum: 0.5 lr_policy: "fixed" test_iter: 1 test_interval: 1000 test_initialization: false`,
  });
  solver.step(1);
  // The momentum after one iteration is the rate times the gradient of w² / 2, and what was subtracted from w.
  t.deepEqual(Object.keys(solver.paramHistory), learning);
  t.deepEqual(
    learning.map((name) => solver.paramHistory[name][0][0].data[0]),
    [1, 1.5, 2],
  );
  const outputs = solver.test();
  t.deepEqual(Object.entries(outputs), [
    ['10', 1],
    ['2', 2],
    ['9', 1.5],
    ['zero', 0],
  ]);
  using profile = solver.profile();
  solver.step(1);
  t.deepEqual(
    profile.layers.map(({ name }) => name),
    solver.net.layerNames,
  );
});
