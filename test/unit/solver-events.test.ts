import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { onLog, setSolverRank, SGDSolver, type Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { isCollected } from './garbage.js';
import { onParabola, weight } from './parabola.js';

type Run = (solver: Solver, iterations: number) => Promise<void>;

const runs: { name: string; run: Run }[] = [
  {
    name: 'step',
    run: (solver, iterations) => {
      solver.step(iterations);
      return Promise.resolve();
    },
  },
  { name: 'stepAsync', run: (solver, iterations) => solver.stepAsync(iterations) },
];

const tests = 'test_iter: 3 test_interval: 2';

for (const { name, run } of runs) {
  test.serial(`${name} tells of each iteration, after its update`, async (t) => {
    using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "exp" gamma: 0.5 average_loss: 2'));
    const w = weight(solver);
    const seen: unknown[] = [];
    solver.on('iteration', ({ milliseconds, ...report }) => {
      t.true(milliseconds >= 0);
      seen.push({ ...report, w: w.cpuData[0] });
    });
    await run(solver, 2);
    // w is 5, 3 and then 3 - 0.25 * 2: the rate is 0.5 ^ (iter + 1); the loss (w - 1)² / 2 is that before the update.
    t.deepEqual(seen, [
      { iter: 1, loss: 8, smoothedLoss: 8, lr: 0.25, outputs: { loss: 8 }, w: 3 },
      { iter: 2, loss: 2, smoothedLoss: 5, lr: 0.125, outputs: { loss: 2 }, w: 2.5 },
    ]);
  });

  test.serial(`the tests that ${name} makes are told of with their means, and Caffe logs them as ever`, async (t) => {
    using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" ${tests}`));
    weight(solver);
    const seen: unknown[] = [];
    solver.on('test', (report) => seen.push(report));
    const logged: string[] = [];
    const stop = onLog(({ text }) => logged.push(text));
    await run(solver, 4);
    stop();
    // Before iterations 0 and 2, on the weights of then: 5 and 2.
    t.deepEqual(seen, [
      { iter: 0, index: 0, outputs: { loss: 8 } },
      { iter: 2, index: 0, outputs: { loss: 0.5 } },
    ]);
    t.is(logged.filter((line) => line.includes('Testing net (#0)')).length, 2);
  });

  test.serial(`a rank other than 0 makes no tests in ${name}`, async (t) => {
    using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" ${tests}`));
    solver.on('test', () => {
      t.fail();
    });
    setSolverRank(1);
    t.teardown(() => {
      setSolverRank(0);
    });
    await run(solver, 3);
    t.is(solver.iter, 3);
  });

  test.serial(`${name} tells of snapshots and of other rates`, async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    using solver = new SGDSolver(
      onParabola(`base_lr: 0.5 lr_policy: "step" gamma: 0.5 stepsize: 2 snapshot: 3 snapshot_prefix: "${prefix}"`),
    );
    const seen: unknown[] = [];
    solver.on('snapshot', ({ iter, state, model }) => {
      t.true(existsSync(state) && existsSync(model));
      seen.push(['snapshot', iter, state.slice(prefix.length), model.slice(prefix.length)]);
    });
    solver.on('lr', (change) => seen.push(change));
    await run(solver, 5);
    t.deepEqual(seen, [
      { iter: 2, lr: 0.25, previous: 0.5 },
      ['snapshot', 3, '_iter_3.solverstate', '_iter_3.caffemodel'],
      { iter: 4, lr: 0.125, previous: 0.25 },
    ]);
    seen.length = 0;
    solver.snapshot();
    t.deepEqual(seen, [['snapshot', 5, '_iter_5.solverstate', '_iter_5.caffemodel']]);
  });

  test.serial(`what a listener throws ends ${name} after the update, and the next call goes on`, async (t) => {
    using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
    const w = weight(solver);
    const reason = new Error('from a listener');
    solver.once('iteration', () => {
      throw reason;
    });
    t.is(await t.throwsAsync(async () => run(solver, 5)), reason);
    t.is(solver.iter, 1);
    t.is(w.data[0], 3);
    await run(solver, 1);
    t.is(w.data[0], 2);
  });
}

test.serial('an interrupted test is not told of, and the one that follows it has its own means', async (t) => {
  using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" ${tests}`));
  weight(solver);
  const seen: unknown[] = [];
  solver.on('test', ({ outputs }) => seen.push(outputs));
  const [testNet] = solver.testNets;
  let batches = 0;
  const reason = new Error('from a hook');
  const remove = testNet.afterForward((layer) => {
    if (layer === 'loss' && ++batches === 2) throw reason;
  });
  t.is(await t.throwsAsync(solver.stepAsync(1)), reason);
  t.deepEqual(seen, []);
  remove();
  await solver.stepAsync(1);
  t.deepEqual(seen, [{ loss: 8 }]);
});

test.serial('test and testAsync are told of', async (t) => {
  using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" ${tests}`));
  weight(solver);
  const seen: unknown[] = [];
  solver.on('test', (report) => seen.push(report));
  solver.test();
  await solver.testAsync();
  t.deepEqual(seen, Array(2).fill({ iter: 0, index: 0, outputs: { loss: 8 } }));
});

test.serial('solve tells of its last snapshot and, as Caffe takes it after that, of its last test', async (t) => {
  const blocking = (solver: Solver): Promise<void> => {
    solver.solve();
    return Promise.resolve();
  };
  for (const solve of [blocking, (solver: Solver) => solver.solveAsync()]) {
    const prefix = join(scratchFolder(t), 'w');
    using solver = new SGDSolver(
      onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 4 snapshot_prefix: "${prefix}" ${tests}`),
    );
    const seen: unknown[] = [];
    solver.on('test', ({ iter }) => seen.push(['test', iter]));
    solver.on('snapshot', ({ iter }) => seen.push(['snapshot', iter]));
    await solve(solver);
    t.deepEqual(seen, [
      ['test', 0],
      ['test', 2],
      ['snapshot', 4],
      ['test', 4],
    ]);
  }
});

test.serial('listeners come and go while the solver runs, all at once too', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const seen: string[] = [];
  solver.on('iteration', ({ iter }) => {
    seen.push(`first ${iter}`);
    if (iter === 2) {
      solver.removeAllListeners();
      solver.once('iteration', () => seen.push('second'));
    }
  });
  await solver.stepAsync(5);
  t.deepEqual(seen, ['first 1', 'first 2', 'second']);
  t.is(solver.listenerCount('iteration'), 0);
});

test.serial('a listener or callback that refers to its solver does not keep it', async (t) => {
  const ref = (() => {
    const solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
    solver.on('iteration', () => solver.iter);
    solver.addCallback(
      () => solver.iter,
      () => solver.iter,
    );
    solver.step(1);
    return new WeakRef(solver);
  })();
  t.true(await isCollected(ref));
});

test.serial('the types of the events are known', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  // @ts-expect-error -- there is no such event
  solver.on('epoch', () => undefined);
  // @ts-expect-error -- a report has no such field
  solver.on('iteration', ({ epoch }) => epoch as unknown);
  t.pass();
});
