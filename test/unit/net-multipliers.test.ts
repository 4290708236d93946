import test from 'ava';
import { Net, SGDSolver } from 'tscaffe';
import { EndlessRun, forever } from './endless-run.js';
import { onParabola, weight } from './parabola.js';

/** Two layers of which the second uses the first one's weights. */
const shared = `
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
layer {
  name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 2 }
  param { name: "w" lr_mult: 3 decay_mult: 0 } param { lr_mult: 2 }
}
layer {
  name: "b" type: "InnerProduct" bottom: "a" top: "b" inner_product_param { num_output: 2 }
  param { name: "w" } param { lr_mult: 5 decay_mult: 7 }
}
layer { name: "c" type: "ReLU" bottom: "b" top: "c" }`;

test('multipliers are those of the prototxt, 1 by default, and layers that share a blob share them', (t) => {
  using net = new Net({ text: shared }, 'train');
  t.deepEqual(Object.keys(net.paramsLr), ['a', 'b']);
  t.deepEqual([...net.paramsLr['a']], [3, 2]);
  t.deepEqual([...net.paramsLr['b']], [3, 5]);
  t.deepEqual([...net.paramsWeightDecay['a']], [0, 1]);
  t.deepEqual([...net.paramsWeightDecay['b']], [0, 7]);
  net.paramsLr['b'][0] = 0.5;
  t.is(net.paramsLr['a'][0], 0.5);
  t.is(net.paramsLr['a'].length, 2);
});

test('a multiplier must be a finite number from 0 on, of a blob that there is', (t) => {
  using net = new Net({ text: shared }, 'train');
  const set =
    (value: unknown, index = 0) =>
    (): void => {
      net.paramsLr['a'][index] = value as number;
    };
  for (const value of [-1, NaN, Infinity]) {
    t.throws(set(value), { instanceOf: RangeError, message: /for lr_mult of a\[0\]/ });
  }
  t.throws(set('1'), { instanceOf: TypeError });
  t.throws(set(1, 2), { instanceOf: TypeError, message: /object is not extensible/ });
  t.is(net.paramsLr['a'][0], 3);
});

test('the solver uses the multipliers of now, for rate and decay', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" weight_decay: 0.25'));
  const w = weight(solver);
  solver.net.paramsWeightDecay['w'][0] = 0;
  solver.net.paramsLr['w'][0] = 0.5;
  solver.step(1);
  t.is(w.data[0], 5 - 0.25 * 4);
  solver.net.paramsWeightDecay['w'][0] = 2;
  solver.step(1);
  // gradient 4 - 1, decay 0.25 * 2 * 4
  t.is(w.data[0], 4 - 0.25 * (3 + 2));
});

test('a multiplier that is set while the solver runs counts from the next iteration on', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const w = weight(solver);
  const { paramsLr } = solver.net;
  solver.once('iteration', () => (paramsLr['w'][0] = 0.5));
  await solver.stepAsync(2);
  t.is(w.data[0], 1 + 4 * 0.5 * 0.75);

  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  paramsLr['w'][0] = 0;
  t.throws(() => paramsLr['w'][0], { code: 'ERR_CAFFE_BUSY' });
  await run.until(() => solver.iter >= 4);
  await run.end();
  t.is(paramsLr['w'][0], 0);
});

test('a loss weight that is set while the solver runs counts from the next iteration on', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const w = weight(solver);
  const weights = solver.net.blobLossWeights;
  solver.once('iteration', () => (weights['loss'] = 0.5));
  await solver.stepAsync(2);
  // gradients w - 1 = 4, and then half of 3 - 1
  t.is(w.data[0], 5 - 0.5 * 4 - 0.5 * 0.5 * 2);

  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  weights['loss'] = 0;
  await run.until(() => solver.loss === 0);
  await run.end();
  t.is(weights['loss'], 0);
});

test('the multipliers of a net that is gone are ERR_CAFFE_DISPOSED', (t) => {
  const net = new Net({ text: shared }, 'train');
  const { a } = net.paramsLr;
  net.dispose();
  t.throws(() => a[0], { code: 'ERR_CAFFE_DISPOSED' });
  t.throws(() => (a[0] = 1), { code: 'ERR_CAFFE_DISPOSED' });
});
