import { inspect } from 'node:util';
import test from 'ava';
import { Solver } from 'tscaffe';
import { onParabola, weight } from './parabola.js';

function near(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected));
}

for (const { policy, fields, lr } of [
  { policy: 'fixed', fields: '', lr: () => 0.1 },
  { policy: 'step', fields: 'gamma: 0.5 stepsize: 2', lr: (i: number) => 0.1 * 0.5 ** Math.floor(i / 2) },
  { policy: 'exp', fields: 'gamma: 0.5', lr: (i: number) => 0.1 * 0.5 ** i },
  { policy: 'inv', fields: 'gamma: 0.5 power: 2', lr: (i: number) => 0.1 * (1 + 0.5 * i) ** -2 },
  {
    policy: 'multistep',
    fields: 'gamma: 0.5 stepvalue: 1 stepvalue: 4',
    lr: (i: number) => 0.1 * 0.5 ** [1, 4].filter((step) => i >= step).length,
  },
  { policy: 'poly', fields: 'power: 2 max_iter: 8', lr: (i: number) => 0.1 * (1 - i / 8) ** 2 },
  { policy: 'sigmoid', fields: 'gamma: 0.5 stepsize: 3', lr: (i: number) => 0.1 / (1 + Math.exp(-0.5 * (i - 3))) },
]) {
  test(`lr follows lr_policy ${policy}`, (t) => {
    using solver = new Solver(onParabola(`base_lr: 0.1 lr_policy: "${policy}" ${fields}`));
    const w = weight(solver);
    let expected = 5;
    for (let i = 0; i < 6; i++) {
      t.true(near(solver.lr, lr(i)), `iteration ${i}: ${solver.lr} instead of ${lr(i)}`);
      expected -= lr(i) * (expected - 1);
      solver.step(1);
      t.true(near(w.data[0], expected), 'the update used it');
    }
  });
}

test('rates, multipliers and loss weights are the decimals that somebody wrote, not their nearest float', (t) => {
  const text = `base_lr: 0.0001 lr_policy: "step" gamma: 0.1 stepsize: 1 net_param {
    layer { name: "one" type: "DummyData" top: "one" dummy_data_param { shape { dim: 1 dim: 1 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "one" top: "ip" inner_product_param { num_output: 1 }
      param { lr_mult: 0.3 decay_mult: 1e-7 } }
    layer { name: "sum" type: "Reduction" bottom: "ip" top: "sum" loss_weight: 0.7 } }`;
  using solver = new Solver({ text });
  t.is(solver.lr, 0.0001);
  t.deepEqual([solver.net.paramsLr['ip']?.[0], solver.net.paramsWeightDecay['ip']?.[0]], [0.3, 1e-7]);
  t.is(solver.net.blobLossWeights['sum'], 0.7);
  t.is(solver.param.baseLr, 0.0001);
  solver.param.baseLr = 0.00007;
  t.is(solver.param.baseLr, 0.00007);
  solver.param.baseLr = 0.0001;
  // What Node.js prints of them are the numbers, not "[Getter/Setter]".
  t.is(inspect(solver.net.paramsLr['ip']), '[ 0.3, 1 ]');
  t.regex(inspect(solver.net.blobLossWeights), /sum: 0\.7/);
  const rates: number[] = [];
  solver.on('lr', ({ lr, previous }) => rates.push(previous, lr));
  solver.step(2);
  t.deepEqual(rates, [0.0001, 0.00001]);
});

test('an lr_policy that there is not is ERR_CAFFE_CHECK, and the solver can be disposed', (t) => {
  const solver = new Solver(onParabola('base_lr: 0.1 lr_policy: "linear"'));
  t.throws(() => solver.lr, { code: 'ERR_CAFFE_CHECK', message: /Unknown learning rate policy: linear/ });
  t.throws(
    () => {
      solver.step(1);
    },
    { code: 'ERR_CAFFE_CHECK', message: /Unknown learning rate policy: linear/ },
  );
  solver.dispose();
});

test('a stepsize of 0 is ERR_CAFFE_CHECK, not a division by zero', (t) => {
  using solver = new Solver(onParabola('base_lr: 0.1 lr_policy: "step" gamma: 0.5 stepsize: 0'));
  t.throws(() => solver.lr, { code: 'ERR_CAFFE_CHECK' });
});
