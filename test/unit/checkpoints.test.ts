import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { Checkpoints, SGDSolver, type CheckpointsOptions } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { onParabola, weight } from './parabola.js';

const make = (folder: string, fields = ''): SGDSolver =>
  new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${join(folder, 'w')}" ${fields}`));

/** The iterations whose two files are there. */
function there(folder: string): number[] {
  const files = readdirSync(folder);
  return files
    .flatMap((file) => Number(/^w_iter_(\d+)\.solverstate$/.exec(file)?.[1] ?? []))
    .filter((iter) => files.includes(`w_iter_${iter}.caffemodel`))
    .sort((a, b) => a - b);
}

function saveAll(folder: string, options: CheckpointsOptions, metrics: (number | undefined)[]): Checkpoints {
  const solver = make(folder);
  const checkpoints = new Checkpoints(solver, options);
  for (const metric of metrics) {
    solver.step(1);
    checkpoints.save(metric);
  }
  return checkpoints;
}

test('the last and the best snapshots are kept, the others removed', (t) => {
  const folder = scratchFolder(t);
  const checkpoints = saveAll(folder, { last: 2, best: 2 }, [3, 1, 5, 2, 4, 6]);
  t.deepEqual(there(folder), [2, 4, 5, 6]);
  t.is(readdirSync(folder).length, 4 * 2 + 1);
  const { iter, metric, state = '', model = '' } = checkpoints.best ?? {};
  t.deepEqual([iter, metric, basename(state), basename(model)], [2, 1, 'w_iter_2.solverstate', 'w_iter_2.caffemodel']);
  t.is(checkpoints.latest?.iter, 6);
});

test('the best of a metric that rises; the earlier of equals; none without a metric', (t) => {
  const folder = scratchFolder(t);
  t.is(saveAll(folder, { mode: 'max' }, [0.5, 0.75, undefined, NaN, 0.75, 0.25]).best?.iter, 2);
  t.deepEqual(there(folder), [2, 6]);
  t.is(saveAll(scratchFolder(t), {}, [undefined, NaN]).best, undefined);
});

test('with last: 0 the snapshot just taken is there until the next', (t) => {
  const folder = scratchFolder(t);
  saveAll(folder, { last: 0, best: 1 }, [3, 1, 2]);
  t.deepEqual(there(folder), [2, 3]);
});

test('another process goes on with the list', (t) => {
  const folder = scratchFolder(t);
  saveAll(folder, { last: 2 }, [1, 3, 2]);
  t.deepEqual(there(folder), [1, 2, 3]);

  using solver = make(folder);
  const checkpoints = new Checkpoints(solver, { last: 2 });
  t.deepEqual(
    checkpoints.all.map(({ iter, metric }) => [iter, metric]),
    [
      [1, 1],
      [2, 3],
      [3, 2],
    ],
  );
  solver.restore(checkpoints.latest?.state ?? '');
  solver.step(1);
  checkpoints.save(0.5);
  t.deepEqual(there(folder), [3, 4]);
  t.is(checkpoints.best?.iter, 4);
});

test('snapshots that were removed by others are left out, and those of others never touched', (t) => {
  const folder = scratchFolder(t);
  using other = make(folder);
  other.step(1);
  other.snapshot();
  writeFileSync(join(folder, 'w_iter_30.solverstate'), 'not ours');
  using solver = make(folder);
  solver.step(2);
  const first = new Checkpoints(solver);
  first.save(1);
  solver.step(1);
  first.save(2);
  rmSync(join(folder, 'w_iter_3.caffemodel'));
  const second = new Checkpoints(solver);
  t.deepEqual(
    second.all.map(({ iter }) => iter),
    [2],
  );
  t.true(existsSync(join(folder, 'w_iter_1.solverstate')));
  t.true(existsSync(join(folder, 'w_iter_30.solverstate')));
});

test('what lies beside a snapshot under its name goes with it', (t) => {
  const folder = scratchFolder(t);
  using solver = make(folder);
  const checkpoints = new Checkpoints(solver);
  checkpoints.save();
  for (const name of ['w_iter_0.cursor.json', 'w_iter_00.json']) writeFileSync(join(folder, name), '');
  solver.step(1);
  checkpoints.save();
  t.deepEqual(there(folder), [1]);
  t.false(existsSync(join(folder, 'w_iter_0.cursor.json')));
  t.true(existsSync(join(folder, 'w_iter_00.json')));
});

test('the snapshots that are due by the prototxt are kept by an event', async (t) => {
  const folder = scratchFolder(t);
  using solver = make(folder, 'snapshot: 2');
  weight(solver);
  const checkpoints = new Checkpoints(solver, { last: 1, best: 1 });
  solver.on('snapshot', (snapshot) => checkpoints.add(snapshot, solver.loss));
  await solver.stepAsync(9);
  t.deepEqual(there(folder), [8]);
  t.is(checkpoints.best?.metric, (4 * 0.5 ** 7) ** 2 / 2);
});

test('snapshots in HDF5 are kept alike', (t) => {
  const folder = scratchFolder(t);
  using solver = make(folder, 'snapshot_format: HDF5');
  const checkpoints = new Checkpoints(solver);
  checkpoints.save();
  solver.step(1);
  const { state, model } = checkpoints.save();
  t.deepEqual(readdirSync(folder).sort(), ['w_checkpoints.json', basename(model), basename(state)]);
  t.regex(model, /w_iter_1\.caffemodel\.h5$/);
});

test('without a snapshot_prefix it is ERR_CAFFE_SOLVER, and a list that is none ERR_CAFFE_FORMAT with its path', (t) => {
  using nowhere = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  t.throws(() => new Checkpoints(nowhere), { code: 'ERR_CAFFE_SOLVER', message: /snapshot_prefix/ });
  const folder = scratchFolder(t);
  using solver = make(folder);
  const list = join(folder, 'w_checkpoints.json');
  for (const text of ['', '{', '{}', '[null]', '[{}]']) {
    writeFileSync(list, text);
    const error = t.throws(() => new Checkpoints(solver), { code: 'ERR_CAFFE_FORMAT' });
    t.true(error.message.includes(list));
  }
});
