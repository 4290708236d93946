import { join } from 'node:path';
import test from 'ava';
import { SGDSolver, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { EndlessRun, forever } from './endless-run.js';
import { onParabola, weight } from './parabola.js';

const step = 'base_lr: 0.5 lr_policy: "step" gamma: 0.5 stepsize: 2';

test('a learning rate that is set holds for every update, whatever the policy, until it is given back', (t) => {
  using solver = new SGDSolver(onParabola(step));
  const w = weight(solver);
  solver.lr = 0.25;
  t.is(solver.lr, 0.25);
  solver.step(3);
  // The distance to 1 is 4, and each step takes a quarter of it; by the policy it would be 0.5, 0.5, 0.25.
  t.is(w.data[0], 1 + 4 * 0.75 ** 3);
  t.is(solver.lr, 0.25);
  solver.lr = undefined;
  // 0.5 times 0.5 ^ floor(3 / 2)
  t.is(solver.lr, 0.25);
  solver.step(1);
  t.is(solver.lr, 0.125);
  solver.step(1);
  t.is(w.data[0], 1 + 4 * 0.75 ** 4 * 0.875);
});

test('param shows the policy of the prototxt while a rate is set, and baseLr then changes the policy', (t) => {
  using solver = new SGDSolver(onParabola(step));
  solver.lr = 0.25;
  t.like(solver.param, { baseLr: 0.5, lrPolicy: 'step' });
  solver.setParam({ baseLr: 2 });
  t.like(solver.param, { baseLr: 2, lrPolicy: 'step' });
  t.is(solver.lr, 0.25);
  solver.lr = 0.75;
  solver.lr = undefined;
  t.is(solver.lr, 2);
});

for (const rate of [-0.1, NaN, Infinity]) {
  test(`a learning rate of ${rate} is a RangeError`, (t) => {
    using solver = new SGDSolver(onParabola(step));
    t.throws(
      () => {
        solver.lr = rate;
      },
      { instanceOf: RangeError, message: /a number from 0 on for lr/ },
    );
    t.is(solver.lr, 0.5);
  });
}

test('a learning rate of another type is a TypeError', (t) => {
  using solver = new SGDSolver(onParabola(step));
  t.throws(
    () => {
      solver.lr = '0.1' as never;
    },
    { instanceOf: TypeError },
  );
});

test('rates, momentum and weight decay may be set while the solver runs, and count from the next iteration on', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const w = weight(solver);
  const seen: [number, number][] = [];
  solver.on('iteration', ({ iter, lr }) => {
    seen.push([iter, lr]);
    // Caffe waits here.
    if (iter === 1) solver.lr = 0.25;
  });
  await solver.stepAsync(2);
  t.deepEqual(seen, [
    [1, 0.5],
    [2, 0.25],
  ]);
  t.is(w.data[0], 1 + 4 * 0.5 * 0.75);

  solver.removeAllListeners();
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  // And here it does not.
  solver.lr = 0;
  solver.setParam({ momentum: 0.875, weightDecay: 0.125 });
  t.throws(() => solver.param, { code: 'ERR_CAFFE_BUSY' });
  await run.until(() => solver.lr === 0);
  const at = solver.iter;
  await run.until(() => solver.iter > at);
  await run.end();
  t.like(solver.param, { momentum: 0.875, weightDecay: 0.125, baseLr: 0.5 });
});

/** The rate by lr_policy multistep: a power of 0.5 for each step value that has been reached. */
const multistep = (values: number[], iter: number): number => 0.5 ** (1 + values.filter((at) => iter >= at).length);

for (const [what, before, after] of [
  ['more steps', [2], [1, 2, 3]],
  ['fewer steps', [1, 2, 3], [3]],
  ['other steps', [1, 6], [4, 6]],
  ['the same steps', [1, 3], [1, 3]],
] as const) {
  test(`after a restore the rates follow the prototxt, with ${what} than in the run that was interrupted`, (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = (values: readonly number[]): { text: string } =>
      onParabola(
        `base_lr: 0.5 lr_policy: "multistep" gamma: 0.5 snapshot_prefix: "${prefix}" ` +
          values.map((value) => `stepvalue: ${value}`).join(' '),
      );
    using first = new Solver(source(before));
    const old = weight(first);
    first.step(4);
    const state = first.snapshot();

    using second = new Solver(source(after));
    const w = weight(second);
    second.restore(state);
    let distance = old.data[0] - 1;
    for (let iter = 4; iter < 8; iter++) {
      const lr = multistep([...after], iter);
      t.is(second.lr, lr, `before iteration ${iter}`);
      t.is(second.lr, lr, 'asking changes nothing');
      second.step(1);
      distance *= 1 - lr;
      t.is(w.data[0], 1 + distance);
    }
  });
}

test('asking for the rate takes no step of the schedule', (t) => {
  using solver = new Solver(
    onParabola('base_lr: 0.5 lr_policy: "multistep" gamma: 0.5 stepvalue: 2 stepvalue: 3 stepvalue: 4'),
  );
  for (let iter = 0; iter < 6; iter++) {
    for (let times = 0; times < 3; times++) t.is(solver.lr, multistep([2, 3, 4], iter));
    solver.step(1);
  }
});

test('a rate that was set outlives a restore', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = new Solver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"`));
  const state = solver.snapshot();
  solver.lr = 0.25;
  solver.restore(state);
  t.is(solver.lr, 0.25);
});
