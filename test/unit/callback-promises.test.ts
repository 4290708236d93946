// What a callback returns: Caffe waits for a promise in asynchronous calls; in synchronous ones it is an error.
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { Net, SGDSolver, type Solver } from 'tscaffe';
import { isCollected } from './garbage.js';
import { onParabola, weight } from './parabola.js';

type Add = (solver: Solver, f: () => unknown) => () => void;

const nothing = (): void => undefined;
const spoil = (solver: Solver): void => void solver.net.params['w'][0].data.fill(NaN);

const callbacks: { name: string; add: Add; before?: (solver: Solver) => void }[] = [
  { name: 'onStart', add: (solver, f) => solver.addCallback(f, nothing) },
  { name: 'onGradientsReady', add: (solver, f) => solver.addCallback(nothing, f) },
  { name: 'beforeForward', add: ({ net }, f) => net.beforeForward(f) },
  { name: 'afterForward', add: ({ net }, f) => net.afterForward(f) },
  { name: 'beforeBackward', add: ({ net }, f) => net.beforeBackward(f) },
  { name: 'afterBackward', add: ({ net }, f) => net.afterBackward(f) },
  { name: 'onNaN', add: (solver, f) => solver.onNaN(f), before: spoil },
];

const make = (): SGDSolver => new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));

for (const { name, add, before = nothing } of callbacks) {
  test(`in a synchronous call a promise of ${name} is an error, its rejection troubles nobody, and no other is called`, async (t) => {
    using solver = make();
    const w = weight(solver);
    before(solver);
    let others = 0;
    const removals = [
      add(solver, () => Promise.reject(new Error('nobody waits for this'))),
      add(solver, () => others++),
    ];
    t.throws(
      () => {
        solver.step(1);
      },
      { code: 'ERR_CAFFE_LAYER', message: new RegExp(`^${name} returned a promise: .*asynchronous calls`) },
    );
    await setImmediate(); // an unhandled rejection would fail the test run
    t.is(others, 0);
    t.is(solver.iter, 0);
    for (const remove of removals) remove();
    w.data[0] = 5;
    solver.step(1);
    t.is(w.data[0], 3); // 5 - 0.5 (5 - 1)
  });

  test(`in an asynchronous call Caffe waits for the promise of ${name}, and so does the next one`, async (t) => {
    using solver = make();
    weight(solver);
    before(solver);
    const seen: string[] = [];
    add(solver, async () => {
      seen.push('begins');
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      seen.push('ends');
    });
    add(solver, () => seen.push('next'));
    await solver.stepAsync(1);
    t.true(seen.length > 0);
    // In each of the layers' turns, or in the one of the iteration.
    while (seen.length > 0) t.deepEqual(seen.splice(0, 3), ['begins', 'ends', 'next']);
    t.is(solver.iter, 1);
  });

  for (const reason of [new Error('from the callback'), null, undefined, 'text']) {
    test(`what a promise of ${name} is rejected with ends the asynchronous call: ${String(reason)}`, async (t) => {
      using solver = make();
      weight(solver);
      before(solver);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- any value may be rejected with
      add(solver, () => Promise.reject(reason));
      let caught: unknown = 'nothing';
      await solver.stepAsync(1).catch((error: unknown) => (caught = error));
      t.is(caught, reason);
      t.is(solver.iter, 0);
    });
  }
}

test('the update uses the gradients that onGradientsReady has when its promise is fulfilled', async (t) => {
  using solver = make();
  const w = weight(solver);
  solver.addCallback(nothing, async () => {
    await setImmediate();
    w.diff.fill(2);
    await setImmediate();
  });
  await solver.stepAsync(1);
  t.is(w.data[0], 4); // 5 - 0.5 * 2
});

test('a callback that is removed while another one is waited for is not called any more', async (t) => {
  using solver = make();
  weight(solver);
  const seen: string[] = [];
  solver.addCallback(async () => {
    await setImmediate();
    removeSecond();
  }, nothing);
  const removeSecond = solver.addCallback(() => seen.push('second'), nothing);
  await solver.stepAsync(2);
  t.deepEqual(seen, []);
});

test('a hook of a net waits in forwardAsync, and is refused in forward', async (t) => {
  const text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }';
  using net = new Net({ text }, 'test');
  let turns = 0;
  net.afterForward(async () => {
    await setImmediate();
    net.blobs['x'].data[0] = ++turns;
  });
  t.deepEqual([...(await net.forwardAsync({ x: [7, 8] }))['x']], [1, 8]);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_LAYER', message: /^afterForward returned a promise/ });
});

test('a thenable that is no promise is an answer like any other, as that of a layer', async (t) => {
  using solver = make();
  weight(solver);
  solver.addCallback(() => ({ then: t.fail }), nothing);
  solver.step(1);
  await solver.stepAsync(1);
  t.is(solver.iter, 2);
});

test('a hook that refers to its net does not keep it', async (t) => {
  const text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }';
  const ref = (() => {
    const net = new Net({ text }, 'test');
    net.beforeForward(() => net.name);
    net.onNaN(() => net.name);
    net.forward();
    return new WeakRef(net);
  })();
  t.true(await isCollected(ref));
});

test('hooks of the nets of a solver come though nobody holds the nets', async (t) => {
  using solver = make();
  weight(solver);
  const seen: string[] = [];
  (() => {
    solver.net.beforeForward((layer) => seen.push(layer));
  })();
  await isCollected(new WeakRef({}));
  solver.step(1);
  t.deepEqual(seen, ['one', 'w', 'target', 'loss']);
});
