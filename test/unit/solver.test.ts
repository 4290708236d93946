import test from 'ava';
import {
  AdaDeltaSolver,
  AdaGradSolver,
  AdamSolver,
  CaffeError,
  NesterovSolver,
  Net,
  RMSPropSolver,
  SGDSolver,
  Solver,
} from 'tscaffe';
import { isCollected } from './garbage.js';
import { onParabola, weight } from './parabola.js';

const withTestNet = 'base_lr: 0.5 lr_policy: "fixed" test_iter: 1 test_interval: 1000 test_initialization: false';

// What each rule computes is tested in parity/pycaffe/solver-rules.test.ts.

for (const { type, solver: Forced, fields } of [
  { type: 'SGD', solver: SGDSolver, fields: 'momentum: 0.9' },
  { type: 'Nesterov', solver: NesterovSolver, fields: 'momentum: 0.9' },
  { type: 'AdaGrad', solver: AdaGradSolver, fields: 'delta: 1e-4' },
  { type: 'RMSProp', solver: RMSPropSolver, fields: 'rms_decay: 0.8 delta: 1e-4' },
  { type: 'AdaDelta', solver: AdaDeltaSolver, fields: 'momentum: 0.95 delta: 1e-2' },
  { type: 'Adam', solver: AdamSolver, fields: 'momentum: 0.9 momentum2: 0.999' },
]) {
  test(`Solver honours type ${type}, and ${Forced.name} forces it whatever the prototxt says`, (t) => {
    const run = (solver: Solver): number => {
      t.is(solver.type, type);
      const w = weight(solver);
      solver.step(3);
      solver.dispose();
      return w.data[0];
    };
    const source = (stated: string): { text: string } =>
      onParabola(`${stated} base_lr: 0.1 lr_policy: "fixed" ${fields}`);
    const expected = run(new Solver(source(`type: "${type}"`)));
    t.not(expected, 5);
    for (const stated of ['', `type: "${type === 'SGD' ? 'Adam' : 'SGD'}"`, `type: "${type}"`, 'type: "None"']) {
      const solver = new Forced(source(stated));
      t.true(solver instanceof Solver);
      t.is(run(solver), expected);
    }
  });
}

test('step trains for as many iterations as asked for, none included', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  const w = weight(solver);
  t.is(solver.iter, 0);
  solver.step(0);
  t.is(solver.iter, 0);
  t.is(w.data[0], 5);
  // Each step halves the distance to 1.
  solver.step(3);
  t.is(solver.iter, 3);
  t.is(w.data[0], 1.5);
  solver.step(1);
  t.is(solver.iter, 4);
  t.is(w.data[0], 1.25);
});

for (const { iterations, instanceOf } of [
  { iterations: -1, instanceOf: RangeError },
  { iterations: 1.5, instanceOf: RangeError },
  { iterations: 2 ** 31, instanceOf: RangeError },
  { iterations: NaN, instanceOf: RangeError },
  { iterations: '1', instanceOf: TypeError },
  { iterations: undefined, instanceOf: TypeError },
]) {
  test(`step(${typeof iterations} ${iterations}) is a ${instanceOf.name}`, (t) => {
    using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
    t.throws(
      () => {
        solver.step(iterations as never);
      },
      { instanceOf, message: /an integer.* for iterations/ },
    );
    t.is(solver.iter, 0);
  });
}

test('applyUpdate applies one update from the gradients that the net holds', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.01 lr_policy: "fixed" momentum: 0.9'));
  const w = weight(solver, 0);
  w.diff.fill(1);
  solver.applyUpdate();
  t.is(w.data[0], -Math.fround(0.01));
  t.is(solver.iter, 1);
});

test('loss is that of the last iteration, NaN before the first', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  weight(solver);
  t.is(solver.loss, NaN);
  t.is(solver.smoothedLoss, NaN);
  solver.step(1);
  // (5 - 1)² / 2, before the update
  t.is(solver.loss, 8);
  solver.step(2);
  // w went 5, 3, 2: (2 - 1)² / 2
  t.is(solver.loss, 0.5);
});

for (const steps of [[7], [1, 1, 1, 1, 1, 1, 1], [2, 4, 1], [3, 0, 3, 1]]) {
  test(`smoothedLoss is the mean over average_loss iterations, in calls of step of ${steps.join(', ')}`, (t) => {
    using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" average_loss: 3'));
    weight(solver);
    // The distance to 1 is 4, 2, 1 ...; the loss half its square.
    const losses = Array.from({ length: 7 }, (_, i) => (4 * 0.5 ** i) ** 2 / 2);
    for (const step of steps) {
      solver.step(step);
      const last = losses.slice(Math.max(0, solver.iter - 3), solver.iter);
      t.is(solver.smoothedLoss, last.reduce((sum, loss) => sum + loss, 0) / last.length);
      t.is(solver.loss, losses[solver.iter - 1]);
    }
    t.is(solver.iter, 7);
  });
}

test('param is the SolverParameter in force without its nets, and setting its fields changes the solver', (t) => {
  using solver = new Solver(onParabola('base_lr: 0.25 lr_policy: "fixed" max_iter: 7 display: 3'));
  t.like(solver.param, { baseLr: 0.25, lrPolicy: 'fixed', maxIter: 7, display: 3, netParam: null });
  const { param } = solver;
  param.baseLr = 0.5;
  t.is(param.baseLr, 0.5);
  t.is(solver.param.baseLr, 0.5);
  t.is(solver.lr, 0.5);
  const setPolicy = (): unknown => (param.lrPolicy = 'step');
  t.throws(setPolicy, { instanceOf: TypeError, message: /can change while a solver lives .*lrPolicy/ });
  t.is(param.lrPolicy, 'fixed');
});

test('history holds the momentum of each learnable blob', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" momentum: 0.5'));
  weight(solver);
  t.is(solver.history.length, 1);
  solver.step(1);
  t.deepEqual([...solver.history[0].data], [2]);
  t.is(solver.history[0], solver.history[0]);
});

test('paramHistory has the history of each blob by its layer, shared blobs have theirs in common', (t) => {
  const ip = (
    name: string,
    share: string,
  ): string => `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}" ${share}
    inner_product_param { num_output: 1 weight_filler { type: "constant" value: 1 } } }`;
  const net = `layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 1 dim: 2 } shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
    ${ip('a', 'param { name: "w" } param { name: "bias a" }')} ${ip('b', 'param { name: "w" } param { name: "bias b" }')}
    layer { name: "la" type: "EuclideanLoss" bottom: "a" bottom: "y" top: "la" } layer { name: "lb" type: "EuclideanLoss" bottom: "b" bottom: "y" top: "lb" }`;
  for (const { type, each } of [
    { type: 'SGD', each: 1 },
    { type: 'Adam', each: 2 },
  ]) {
    using solver = new Solver({
      text: `type: "${type}" base_lr: 1 lr_policy: "fixed" momentum: 0.5 net_param { ${net} }`,
    });
    const { history, paramHistory } = solver;
    t.is(history.length, 3 * each);
    t.deepEqual(Object.keys(paramHistory), ['a', 'b']);
    const [wa, biasA] = paramHistory['a'];
    const [wb, biasB] = paramHistory['b'];
    t.deepEqual(
      [wa, biasA, biasB],
      [0, 1, 2].map((i) => history.filter((_, j) => j % 3 === i)),
    );
    t.deepEqual(wb, wa);
    for (const [k, blob] of wa.entries()) t.is(blob, history[3 * k]);
    solver.step(1);
    // Of one output x w + bias = 2, y = 1: the gradient of its bias is 1, and of the shared weights that of both, 2.
    if (type === 'SGD') t.deepEqual([...wa[0].data, ...biasA[0].data, ...biasB[0].data], [2, 2, 1, 1]);
    if (type === 'Adam') t.deepEqual([...wa[0].data, ...biasA[0].data], [1, 1, 0.5]); // (1 - momentum) of the gradient
  }
});

test('nets survive their solver', async (t) => {
  const { ref, net, testNet, w } = (() => {
    const solver = new SGDSolver(onParabola(withTestNet));
    const w = weight(solver);
    solver.step(1);
    return { ref: new WeakRef(solver), net: solver.net, testNet: solver.testNets[0], w };
  })();
  t.true(await isCollected(ref));
  t.is(net.forward()['loss'][0], 2);
  net.clearParamDiffs();
  net.backward();
  t.is(w.diff[0], 2);
  t.is(testNet.forward()['loss'][0], 2);
});

test('a disposed solver and its nets refuse calls with ERR_CAFFE_DISPOSED; their blobs stay readable', (t) => {
  const solver = new SGDSolver(onParabola(withTestNet));
  const { net, testNets } = solver;
  const w = weight(solver);
  solver.dispose();
  solver.dispose();
  for (const call of [
    () => {
      solver.step(1);
    },
    () => {
      solver.solve();
    },
    () => solver.test(),
    () => solver.iter,
    () => solver.lr,
    () => solver.loss,
    () => solver.param,
    () => solver.history,
    () => {
      solver.applyUpdate();
    },
    () => solver.snapshot(),
    () =>
      solver.addCallback(
        () => undefined,
        () => undefined,
      ),
    () => net.forward(),
    () => testNets[0].forward(),
  ]) {
    t.throws(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' });
  }
  t.is(w.data[0], 5);
});

test('a solver in a using declaration is disposed at the end of its block', (t) => {
  let outer;
  {
    using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
    outer = solver;
  }
  t.throws(() => outer.iter, { code: 'ERR_CAFFE_DISPOSED' });
});

test('the net of a solver is the same object each time, and can be used by itself', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  t.true(solver.net instanceof Net);
  t.is(solver.net, solver.net);
  weight(solver);
  t.is(solver.net.forward()['loss'][0], 8);
  t.is(solver.iter, 0);
});

test('step takes as many iterations as there are integers, also after the first', (t) => {
  const solver = new Solver(onParabola('base_lr: 0.1 lr_policy: "fixed"'));
  solver.step(1);
  solver.addCallback(
    () => undefined,
    () => {
      if (solver.iter === 5) throw new Error('enough');
    },
  );
  t.throws(
    () => {
      solver.step(2 ** 31 - 1);
    },
    { message: 'enough' },
  );
  t.is(solver.iter, 5);
});
