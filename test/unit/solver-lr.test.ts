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
