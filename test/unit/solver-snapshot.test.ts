import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { AdamSolver, CaffeError, Net, SGDSolver, Solver, type Snapshot } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { onParabola, parabola, weight } from './parabola.js';

for (const { type, fields } of [
  { type: 'SGD', fields: 'momentum: 0.9' },
  { type: 'Nesterov', fields: 'momentum: 0.9' },
  { type: 'AdaGrad', fields: 'delta: 1e-4' },
  { type: 'RMSProp', fields: 'rms_decay: 0.8 delta: 1e-4' },
  { type: 'AdaDelta', fields: 'momentum: 0.95 delta: 1e-2' },
  { type: 'Adam', fields: 'momentum: 0.9 momentum2: 0.999' },
]) {
  test(`${type} goes on from a snapshot in HDF5 as if never interrupted, to the bit`, (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = onParabola(
      `type: "${type}" base_lr: 0.1 lr_policy: "inv" gamma: 0.1 power: 0.7 ${fields} ` +
        `snapshot_prefix: "${prefix}" snapshot_format: HDF5`,
    );
    using whole = new Solver(source);
    const expected = weight(whole);
    whole.step(10);

    using first = new Solver(source);
    weight(first);
    first.step(4);
    const { state } = first.snapshot();
    t.is(state, `${prefix}_iter_4.solverstate.h5`);

    using second = new Solver(source);
    const w = weight(second, 99);
    second.restore(state);
    t.is(second.iter, 4);
    t.is(second.lr, first.lr);
    second.step(6);
    t.deepEqual(w.data, expected.data);
    t.deepEqual(
      second.history.map(({ data }) => [...data]),
      whole.history.map(({ data }) => [...data]),
    );
  });
}

test('solve trains to max_iter and ends with a snapshot', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = new Solver(onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 5 snapshot_prefix: "${prefix}"`));
  const w = weight(solver);
  solver.step(1);
  solver.solve();
  t.is(solver.iter, 5);
  t.is(w.data[0], 1 + 4 * 0.5 ** 5);
  using again = new Solver(onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 6 snapshot_prefix: "${prefix}"`));
  again.solve(`${prefix}_iter_5.solverstate`);
  t.is(again.iter, 6);
  t.is(again.net.params['w'][0].data[0], 1 + 4 * 0.5 ** 6);
});

test('restore forgets the losses', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = new SGDSolver(
    onParabola(`base_lr: 0.5 lr_policy: "fixed" average_loss: 3 snapshot_prefix: "${prefix}"`),
  );
  weight(solver);
  const state = solver.snapshot();
  solver.step(2);
  solver.restore(state);
  t.is(solver.smoothedLoss, NaN);
  solver.step(1);
  t.is(solver.smoothedLoss, 8);
});

test('test nets see the weights that restore brings', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = new SGDSolver(
    onParabola(
      `base_lr: 0.5 lr_policy: "fixed" test_iter: 1 test_interval: 1000 test_initialization: false snapshot_prefix: "${prefix}"`,
    ),
  );
  weight(solver);
  const state = solver.snapshot();
  solver.step(2);
  solver.restore(state);
  const [testNet] = solver.testNets;
  t.is(testNet.params['w'][0].data[0], 5);
  t.is(testNet.forward()['loss'][0], 8);
});

test('snapshots are taken at their interval, each of two whole files', (t) => {
  const folder = scratchFolder(t);
  using solver = new SGDSolver(
    onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot: 2 snapshot_prefix: "${join(folder, 'w')}"`),
  );
  weight(solver);
  solver.step(5);
  t.deepEqual(readdirSync(folder).sort(), [
    'w_iter_2.caffemodel',
    'w_iter_2.solverstate',
    'w_iter_4.caffemodel',
    'w_iter_4.solverstate',
  ]);
  using net = new Net({ text: parabola }, 'test', { weights: join(folder, 'w_iter_4.caffemodel') });
  t.is(net.params['w'][0].data[0], 1 + 4 * 0.5 ** 4);
});

for (const { fields, files } of [
  { fields: '', files: ['w_iter_3.caffemodel', 'w_iter_3.solverstate'] },
  { fields: 'snapshot: 3', files: ['w_iter_3.caffemodel', 'w_iter_3.solverstate'] },
  { fields: 'snapshot_after_train: false', files: [] },
  { fields: 'snapshot_format: HDF5', files: ['w_iter_3.caffemodel.h5', 'w_iter_3.solverstate.h5'] },
]) {
  test(`solve with ${fields || 'a snapshot_prefix'} ends with the files (${files.join(', ')})`, (t) => {
    const folder = scratchFolder(t);
    using solver = new SGDSolver(
      onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 3 snapshot_prefix: "${join(folder, 'w')}" ${fields}`),
    );
    solver.solve();
    t.deepEqual(readdirSync(folder).sort(), files);
  });
}

for (const how of ['solve', 'solveAsync'] as const) {
  test(`${how} takes its last snapshot before Caffe computes the loss that it displays`, async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const net = `
      layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 4 dim: 2 }
        data_filler { type: "gaussian" } } }
      layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
      layer { name: "ip" type: "InnerProduct" bottom: "y" top: "ip" inner_product_param { num_output: 2 } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "x" top: "loss" }`;
    const fields = `base_lr: 0.1 lr_policy: "fixed" max_iter: 2 display: 2 snapshot_prefix: "${prefix}"`;
    using solver = new Solver({ text: `${fields} net_param { ${net} }` });
    await solver[how]();
    const factor = (weights: string): number => {
      using saved = new Net({ text: net }, 'test', { weights });
      return saved.params['bn'][2].data[0];
    };
    // Each forward adds 1 to 0.999 of the weight of its running sums: 1, then 0.999 + 1, then 0.999 * 1.999 + 1.
    t.true(Math.abs(factor(`${prefix}_iter_2.caffemodel`) - 1.999) < 1e-6);
    t.true(Math.abs(solver.net.params['bn'][2].data[0] - 2.997001) < 1e-6);
  });
}

test('a snapshot replaces the one of an earlier run', (t) => {
  const folder = scratchFolder(t);
  const prefix = join(folder, 'w');
  for (const name of ['w_iter_0.caffemodel', 'w_iter_0.solverstate']) writeFileSync(join(folder, name), 'old');
  using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"`));
  weight(solver);
  const state = solver.snapshot();
  using second = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"`));
  second.restore(state);
  t.is(second.net.params['w'][0].data[0], 5);
  t.is(readdirSync(folder).length, 2);
});

test("without a snapshot_prefix a solver's file gives its snapshots their name", (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'fit.prototxt');
  writeFileSync(path, onParabola('base_lr: 0.5 lr_policy: "fixed"').text);
  using solver = new SGDSolver(path);
  t.is(solver.snapshot().state, join(folder, 'fit_iter_0.solverstate'));
});

test('a snapshot without a place is ERR_CAFFE_SOLVER', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  t.throws(() => solver.snapshot(), { instanceOf: CaffeError, code: 'ERR_CAFFE_SOLVER', message: /snapshot_prefix/ });
});

test('a solver with a snapshot interval and no place for its snapshots is refused at once', (t) => {
  const folder = join(scratchFolder(t), 'none');
  t.throws(
    () =>
      new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot: 5 snapshot_prefix: "${join(folder, 'w')}"`)),
    {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_CHECK',
      message: /Cannot write to snapshot prefix '.*none.w'/,
    },
  );
  t.false(existsSync(folder));
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`a snapshot in ${format} that cannot be written is ERR_CAFFE_FILE with its path, and training goes on`, (t) => {
    const folder = join(scratchFolder(t), 'gone');
    mkdirSync(folder);
    using solver = new SGDSolver(
      onParabola(
        `base_lr: 0.5 lr_policy: "fixed" snapshot: 2 snapshot_format: ${format} snapshot_prefix: "${join(folder, 'w')}"`,
      ),
    );
    rmdirSync(folder);
    const w = weight(solver);
    const error = t.throws(() => solver.snapshot(), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' });
    t.true(error.message.includes(join(folder, 'w_iter_0.caffemodel')), error.message);
    t.regex(error.message, /cannot be written: No such file or directory/);
    t.throws(
      () => {
        solver.step(5);
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' },
      'the interval asks for one',
    );
    t.is(solver.iter, 2);
    solver.step(1);
    t.is(w.data[0], 1.5);
    t.false(existsSync(folder));
  });
}

test('a solverstate that is not there is ERR_CAFFE_FILE', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const path = join(scratchFolder(t), 'none.solverstate');
  for (const call of [
    () => {
      solver.restore(path);
    },
    () => {
      solver.solve(path);
    },
  ]) {
    const error = t.throws<CaffeError>(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' });
    t.is(error.file, path);
  }
});

test('restore takes a path or a snapshot only', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  for (const { wrong, received } of [
    { wrong: 5, received: '5 of type number' },
    { wrong: { model: 'w.caffemodel' }, received: 'an object of class Object' },
    { wrong: null, received: 'null' },
  ]) {
    t.throws(
      () => {
        solver.restore(wrong as never);
      },
      {
        instanceOf: TypeError,
        message: `Expected a string or a snapshot for snapshot but received ${received}`,
      },
    );
  }
});

for (const { format, end } of [
  { format: 'BINARYPROTO', end: '' },
  { format: 'HDF5', end: '.h5' },
]) {
  test(`snapshot gives the names of its files, and is the path of the solverstate (${format})`, async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = onParabola(
      `base_lr: 0.5 lr_policy: "fixed" max_iter: 4 snapshot_after_train: false snapshot_prefix: "${prefix}" snapshot_format: ${format}`,
    );
    using solver = new Solver(source);
    weight(solver);
    solver.step(3);
    const state = `${prefix}_iter_3.solverstate${end}`;
    const model = `${prefix}_iter_3.caffemodel${end}`;
    for (const snapshot of [solver.snapshot(), await solver.snapshotNow()]) {
      t.deepEqual({ iter: snapshot.iter, state: snapshot.state, model: snapshot.model }, { iter: 3, state, model });
      t.true(existsSync(snapshot.state) && existsSync(snapshot.model));
      // As scripts use it that know the path only.
      t.true(existsSync(snapshot as unknown as string));
      t.is(String(snapshot), state);
      // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what is tested
      t.is(`${snapshot}`, state);
      t.is('go on from ' + snapshot.toString(), `go on from ${state}`);
      t.is(snapshot.length, state.length);
      t.true(snapshot.startsWith(prefix) && snapshot.endsWith(`.solverstate${end}`));
      t.is(snapshot.replace('solverstate', 'caffemodel'), model);
      t.is(JSON.stringify({ snapshot }), JSON.stringify({ snapshot: state }));
    }
  });

  test(`restore, solve and solveAsync take a snapshot, its path, or what tells of it (${format})`, async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = onParabola(
      `base_lr: 0.5 lr_policy: "fixed" max_iter: 4 snapshot_after_train: false snapshot_prefix: "${prefix}" snapshot_format: ${format}`,
    );
    using first = new Solver(source);
    weight(first);
    first.step(3);
    const told: Snapshot[] = [];
    first.on('snapshot', (snapshot) => told.push(snapshot));
    const taken = first.snapshot();
    for (const snapshot of [taken, taken.state, structuredClone(taken), ...told]) {
      using restored = new Solver(source);
      restored.restore(snapshot);
      t.is(restored.iter, 3);
      t.is(restored.net.params['w'][0].data[0], 1.5); // 1 + 4 / 2 ** 3
      using solved = new Solver(source);
      solved.solve(snapshot);
      t.is(solved.net.params['w'][0].data[0], 1.25);
      using solvedLater = new Solver(source);
      await solvedLater.solveAsync({ resume: snapshot });
      t.is(solvedLater.net.params['w'][0].data[0], 1.25);
    }
  });
}

for (const { what, state } of [
  { what: 'with nonsense in it', state: Uint8Array.of(0xff, 0xff, 0xff, 0xff) },
  { what: 'that is empty', state: new Uint8Array() },
]) {
  for (const extension of ['solverstate', 'solverstate.h5']) {
    test(`a .${extension} ${what} is a CaffeError, and training goes on`, (t) => {
      const path = join(scratchFolder(t), `w.${extension}`);
      writeFileSync(path, state);
      using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
      const w = weight(solver);
      solver.step(1);
      t.throws(
        () => {
          solver.restore(path);
        },
        { instanceOf: CaffeError },
      );
      t.is(solver.iter, 1);
      t.is(w.data[0], 3);
      solver.step(1);
      t.is(w.data[0], 2);
    });
  }
}

test('a solverstate whose caffemodel is gone is a CaffeError with its path', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"`));
  const state = solver.snapshot();
  rmSync(`${prefix}_iter_0.caffemodel`);
  const error = t.throws<CaffeError>(
    () => {
      solver.restore(state);
    },
    { instanceOf: CaffeError },
  );
  t.true(error.message.includes(`${prefix}_iter_0.caffemodel`), error.message);
});

test('a solverstate of another update rule is ERR_CAFFE_SOLVER', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using sgd = new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"`));
  const state = sgd.snapshot();
  using adam = new AdamSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" momentum: 0.9'));
  t.throws(
    () => {
      adam.restore(state);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_SOLVER', message: /history is 2 blobs, but the file has 1$/ },
  );
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`a solver that refuses the ${format} state of another net goes on as if nobody had tried`, (t) => {
    const folder = scratchFolder(t);
    // Only the shapes tell the nets apart: Caffe copies no weights, for no layer has the same name.
    const make = (layer: string, outputs: number): SGDSolver =>
      new SGDSolver({
        text: `net_param {
            layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 2 } data_filler { value: 1 } } }
            layer { name: "${layer}" type: "InnerProduct" bottom: "in" top: "ip"
              inner_product_param { num_output: ${outputs} weight_filler { type: "constant" value: 1 } } }
            layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 reduction_param { operation: SUMSQ } }
          }
          base_lr: 0.01 lr_policy: "fixed" momentum: 0.9
          snapshot_prefix: "${join(folder, layer)}" snapshot_format: ${format}`,
      });
    const values = (solver: SGDSolver): number[][] =>
      [...Object.values(solver.net.params).flat(), ...solver.history].map(({ data }) => [...data]);
    using other = make('other', 3);
    other.step(1);
    const { state } = other.snapshot();
    using whole = make('ip', 2);
    whole.step(6);
    using solver = make('ip', 2);
    solver.step(3);
    const before = values(solver);
    t.throws(
      () => {
        solver.restore(state);
      },
      {
        instanceOf: CaffeError,
        code: 'ERR_CAFFE_SOLVER',
        message: `${state}: is the state of another solver: this one's history[0] is 2 2 (4), but the file has 3 2 (6)`,
      },
    );
    t.is(solver.iter, 3);
    t.deepEqual(values(solver), before);
    solver.step(3);
    t.deepEqual(values(solver), values(whole));
  });
}
