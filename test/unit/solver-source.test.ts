import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CaffeError, getMode, hasGpu, onLog, SGDSolver, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { onParabola, parabola, weight } from './parabola.js';

// Caffe warns that it has read an old format.
onLog(() => undefined);

test('without a type the rule is SGD', (t) => {
  using solver = new Solver(onParabola('base_lr: 0.1 lr_policy: "fixed"'));
  t.is(solver.type, 'SGD');
});

test('the old solver_type is honoured', (t) => {
  using solver = new Solver(onParabola('solver_type: ADAM base_lr: 0.1 lr_policy: "fixed"'));
  t.is(solver.type, 'Adam');
});

test('a type that there is not is ERR_CAFFE_CHECK with those that there are', (t) => {
  t.throws(() => new Solver(onParabola('type: "Adamax" base_lr: 0.1 lr_policy: "fixed"')), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_CHECK',
    message: /Unknown solver type: Adamax \(known types: AdaDelta, AdaGrad, Adam, Nesterov, RMSProp, SGD\)/,
  });
});

for (const type of ['AdaGrad', 'RMSProp']) {
  test(`${type} refuses momentum`, (t) => {
    t.throws(() => new Solver(onParabola(`type: "${type}" base_lr: 0.1 lr_policy: "fixed" momentum: 0.9`)), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_CHECK',
      message: /[Mm]omentum cannot be used with/,
    });
  });
}

for (const { what, fields, nets } of [
  { what: 'net, by its path', fields: 'net: "NET"', nets: 1 },
  { what: 'net, by its path beside the solver', fields: 'net: "net.prototxt"', nets: 1 },
  {
    what: 'train_net and test_net',
    fields: 'train_net: "NET" test_net: "net.prototxt" test_iter: 1 test_interval: 9',
    nets: 2,
  },
  { what: 'net with a test phase', fields: 'net: "NET" test_iter: 1 test_interval: 9', nets: 2 },
  { what: 'net_param', fields: `net_param { ${parabola} }`, nets: 1 },
  {
    what: 'train_net_param and two test_net_param',
    fields:
      `train_net_param { ${parabola} } test_net_param { ${parabola} } test_net_param { ${parabola} } ` +
      'test_iter: 1 test_iter: 1 test_interval: 9',
    nets: 3,
  },
]) {
  test(`a solver takes its nets from ${what}`, (t) => {
    const folder = scratchFolder(t);
    const net = join(folder, 'net.prototxt');
    const path = join(folder, 'solver.prototxt');
    writeFileSync(net, parabola);
    writeFileSync(path, `${fields.replace('NET', net)} base_lr: 0.5 lr_policy: "fixed"`);
    using solver = new Solver(path);
    t.is(1 + solver.testNets.length, nets);
    const w = weight(solver);
    solver.step(1);
    t.is(w.data[0], 3);
    for (const testNet of solver.testNets) t.is(testNet.params['w'][0].data[0], 3);
  });
}

test('a solver is built from a message object', (t) => {
  using solver = new SGDSolver({
    netParam: {
      layer: [
        { name: 'w', type: 'Parameter', top: ['w'], parameterParam: { shape: { dim: [1] } } },
        { name: 'loss', type: 'Reduction', bottom: ['w'], top: ['loss'], lossWeight: [1] },
      ],
    },
    baseLr: 0.5,
    lrPolicy: 'fixed',
  });
  const w = weight(solver);
  solver.step(1);
  t.is(w.data[0], 4.5);
});

test('a net that is not there is ERR_CAFFE_FILE with its path', (t) => {
  const error = t.throws<CaffeError>(() => new Solver({ text: 'net: "no/net.prototxt"' }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FILE',
  });
  t.is(error.file, 'no/net.prototxt');
});

test('a mistake in a net of a solver is an error with the file and line of the net', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'net.prototxt');
  const solver = { text: `net: "${path}" base_lr: 0.5 lr_policy: "fixed"` };
  writeFileSync(path, 'layer {\n  nmae: "x"\n}');
  t.like(
    t.throws(() => new Solver(solver), { code: 'ERR_CAFFE_PROTOTXT' }),
    { file: path, line: 2, column: 3 },
  );
  writeFileSync(
    path,
    'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } }\n\nlayer { name: "y" type: "ReLU" }',
  );
  t.like(
    t.throws(() => new Solver(solver), { code: 'ERR_CAFFE_CHECK' }),
    { file: path, line: 3, layer: 'y' },
  );
});

test('a mistake in a solver prototxt is ERR_CAFFE_PROTOTXT with its place', (t) => {
  const path = join(scratchFolder(t), 'solver.prototxt');
  writeFileSync(path, 'net: "x"\nbase_rl: 0.1\n');
  const error = t.throws<CaffeError>(() => new Solver(path), { code: 'ERR_CAFFE_PROTOTXT' });
  t.like(error, { file: path, line: 2, column: 1 });
  t.regex(error.message, /"caffe.SolverParameter" has no field named "base_rl"/);
});

for (const { what, text, check } of [
  { what: 'no net', text: 'base_lr: 0.1', check: /SolverParameter must specify a train net/ },
  {
    what: 'two nets',
    text: `net_param { ${parabola} } train_net_param { ${parabola} }`,
    check: /must not contain more than one of these fields/,
  },
  {
    what: 'test nets without test_iter',
    text: `net_param { ${parabola} } test_net_param { ${parabola} } test_interval: 5`,
    check: /test_iter must be specified for each test network/,
  },
  { what: 'test_iter without test_interval', text: `net_param { ${parabola} } test_iter: 5`, check: /test_interval/ },
]) {
  test(`a solver with ${what} is ERR_CAFFE_CHECK`, (t) => {
    const error = t.throws<CaffeError>(() => new Solver({ text }), { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' });
    t.regex(error.check ?? '', check);
  });
}

test('solver_mode chooses where Caffe computes, which the library itself ignores', (t) => {
  new Solver(onParabola('solver_mode: CPU')).dispose();
  t.is(getMode(), 'cpu');
  if (hasGpu) return;
  const { text } = onParabola('# solver_mode: CPU would do\nsolver_mode: GPU');
  const error = t.throws(() => new Solver({ text, file: 'lenet_solver.prototxt' }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_NO_GPU',
    message: /solver_mode is GPU, but .*CAFFE_ROOT.*, or write solver_mode: CPU$/,
  });
  const line = text.split('\n').findIndex((content) => content.includes('solver_mode: GPU')) + 1;
  t.deepEqual([error.file, error.line], ['lenet_solver.prototxt', line]);
  t.is(getMode(), 'cpu');
});

test('random_seed gives the same weights each time', (t) => {
  const source = {
    text: `
      net_param {
        layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 4 dim: 3 } } }
        layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 weight_filler { type: "gaussian" } } }
      }
      random_seed: 7`,
  };
  using a = new Solver(source);
  using b = new Solver(source);
  t.deepEqual(a.net.params['ip'][0].data, b.net.params['ip'][0].data);
  t.not(a.net.params['ip'][0].data[0], 0);
});

test('override replaces fields of the source: a list as a whole, and of a message what it has', async (t) => {
  const fields = 'base_lr: 0.1 lr_policy: "multistep" stepvalue: 5 stepvalue: 9 train_state { level: 2 stage: "a" }';
  const override = { baseLr: 0.01, stepvalue: [7], trainState: { stage: ['b'] }, maxIter: 3 };
  for (const solver of [
    new Solver(onParabola(fields), { override }),
    await Solver.create(onParabola(fields), { override }),
  ]) {
    const { baseLr, lrPolicy, stepvalue, trainState, maxIter } = solver.param;
    t.deepEqual(
      { baseLr, lrPolicy, stepvalue, level: trainState?.level, stage: trainState?.stage, maxIter },
      { baseLr: 0.01, lrPolicy: 'multistep', stepvalue: [7], level: 2, stage: ['a', 'b'], maxIter: 3 },
    );
    solver.dispose();
  }
  t.throws(() => new Solver(onParabola(fields), { override: { baseLrr: 1 } as object }), {
    instanceOf: TypeError,
    message: /SolverParameter has no field baseLrr; did you mean baseLr\?/,
  });
});
