import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SGDSolver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

/** One weight w that starts at 1, with the gradient 1 in each iteration: the loss is w itself. */
const text = `
  base_lr: 0.5 lr_policy: "fixed" max_iter: 10 snapshot: 3 snapshot_prefix: "unused"
  net_param {
    layer {
      name: "w" type: "Parameter" top: "w" parameter_param { shape { dim: 1 } }
    }
    layer { name: "loss" type: "Reduction" bottom: "w" top: "loss" loss_weight: 1 }
  }`;

test('setParam changes the learning rate of the next iteration', (t) => {
  using solver = new SGDSolver({ text });
  const [w] = solver.net.params['w'];
  w.data[0] = 1;
  solver.step(1);
  t.is(w.cpuData[0], 0.5); // 1 - 0.5 * 1
  solver.setParam({ baseLr: 0.125 });
  t.is(solver.lr, 0.125);
  t.is(solver.param.baseLr, 0.125);
  solver.step(1);
  t.is(w.cpuData[0], 0.375); // 0.5 - 0.125 * 1
});

test('setParam changes where and when snapshots are taken, and param says so', (t) => {
  const prefix = join(scratchFolder(t), 'other');
  using solver = new SGDSolver({ text });
  t.is(solver.param.snapshot, 3);
  t.is(solver.param.snapshotAfterTrain, true);
  solver.setParam({ snapshotPrefix: prefix, snapshot: 2 });
  t.is(solver.param.snapshot, 2);
  solver.step(3);
  t.true(existsSync(`${prefix}_iter_2.solverstate`));
  t.false(existsSync(`${prefix}_iter_3.solverstate`));
  solver.setParam({ snapshot: 0 });
  t.is(solver.param.snapshot, 0);
  solver.step(1);
  t.false(existsSync(`${prefix}_iter_4.solverstate`));
});

test('setParam refuses fields that Caffe reads only when it builds a solver', (t) => {
  using solver = new SGDSolver({ text });
  t.throws(
    () => {
      solver.setParam({ randomSeed: 2 } as object);
    },
    { instanceOf: TypeError, message: /randomSeed/ },
  );
  t.throws(
    () => {
      solver.setParam({ baseLr: 'fast' } as object);
    },
    { instanceOf: TypeError },
  );
});
