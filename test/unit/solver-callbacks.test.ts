import test from 'ava';
import { CaffeError, SGDSolver } from 'tscaffe';
import { onParabola, weight } from './parabola.js';

const make = (fields = ''): SGDSolver =>
  new SGDSolver(onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 10 ${fields}`));
const nothing = (): void => undefined;

test('onStart comes before each forward, onGradientsReady between the gradients and the update', (t) => {
  using solver = make();
  const w = weight(solver);
  const seen: (string | number)[][] = [];
  solver.addCallback(
    () => seen.push(['start', solver.iter, w.data[0]]),
    () => seen.push(['gradients', solver.iter, w.data[0], w.diff[0], solver.loss]),
  );
  solver.step(2);
  t.deepEqual(seen, [
    ['start', 0, 5],
    // w - 1, and (w - 1)² / 2
    ['gradients', 0, 5, 4, 8],
    ['start', 1, 3],
    ['gradients', 1, 3, 2, 2],
  ]);
});

test('with iter_size the callbacks come once an iteration, and the gradients are the sum', (t) => {
  using solver = make('iter_size: 3');
  const w = weight(solver);
  const seen: number[] = [];
  solver.addCallback(nothing, () => seen.push(w.diff[0]));
  solver.step(1);
  t.deepEqual(seen, [12]);
  t.is(w.data[0], 3);
});

test('onGradientsReady may change the gradients', (t) => {
  using solver = make();
  const w = weight(solver);
  solver.addCallback(nothing, () => w.diff.fill(2));
  solver.step(1);
  t.is(w.data[0], 4);
});

test('several callbacks come in the order in which they were added, until they are removed', (t) => {
  using solver = make();
  const seen: string[] = [];
  const removeFirst = solver.addCallback(
    () => seen.push('start 1'),
    () => seen.push('gradients 1'),
  );
  solver.addCallback(
    () => seen.push('start 2'),
    () => seen.push('gradients 2'),
  );
  solver.step(1);
  t.deepEqual(seen.splice(0), ['start 1', 'start 2', 'gradients 1', 'gradients 2']);
  removeFirst();
  solver.step(1);
  t.deepEqual(seen, ['start 2', 'gradients 2']);
  t.notThrows(removeFirst);
});

test('a callback may remove itself, and others', (t) => {
  using solver = make();
  const seen: string[] = [];
  const removeFirst = solver.addCallback(() => {
    seen.push('first');
    removeFirst();
    removeSecond();
  }, nothing);
  const removeSecond = solver.addCallback(() => seen.push('second'), nothing);
  solver.step(2);
  t.deepEqual(seen, ['first']);
});

for (const moment of ['onStart', 'onGradientsReady']) {
  test(`what ${moment} throws comes out of step as it is, and the next step begins that iteration anew`, (t) => {
    using solver = make();
    const w = weight(solver);
    solver.step(1);
    const thrown = Object.freeze({ reason: 'stop here' });
    const fail = (): never => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- any value may be thrown
      throw thrown;
    };
    const remove = solver.addCallback(moment === 'onStart' ? fail : nothing, moment === 'onStart' ? nothing : fail);
    for (const run of [
      () => {
        solver.step(3);
      },
      () => {
        solver.solve();
      },
    ]) {
      let caught: unknown;
      try {
        run();
      } catch (error) {
        caught = error;
      }
      t.is(caught, thrown);
      t.is(solver.iter, 1);
      t.is(w.data[0], 3);
    }
    remove();
    solver.step(1);
    t.is(solver.iter, 2);
    t.is(w.data[0], 2);
  });

  test(`${moment} may read its solver; to run, restore, dispose it or its net is ERR_CAFFE_BUSY`, (t) => {
    using solver = make('snapshot_prefix: "unused"');
    weight(solver);
    let calls = 0;
    const tryAll = (): void => {
      calls++;
      for (const call of [
        () => {
          solver.step(1);
        },
        () => {
          solver.solve();
        },
        () => solver.test(),
        () => {
          solver.applyUpdate();
        },
        () => {
          solver.restore('package.json');
        },
        () => {
          solver.dispose();
        },
        () => solver.net.forward(),
        () => {
          solver.net.dispose();
        },
      ]) {
        t.throws(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_BUSY' });
      }
      t.is(solver.iter, 0);
      t.is(solver.lr, 0.5);
      t.is(solver.param.baseLr, 0.5);
      t.is(solver.net.blobs['w'].count, 1);
    };
    solver.addCallback(moment === 'onStart' ? tryAll : nothing, moment === 'onStart' ? nothing : tryAll);
    solver.step(1);
    t.is(calls, 1);
    t.is(solver.iter, 1);
    t.notThrows(() => solver.net.forward());
  });
}

test('a callback may train another solver', (t) => {
  using solver = make();
  using other = make();
  weight(solver);
  const w = weight(other);
  solver.addCallback(() => {
    other.step(1);
  }, nothing);
  solver.step(2);
  t.is(other.iter, 2);
  t.is(w.data[0], 2);
  t.is(solver.net.params['w'][0].data[0], 2);
});

test('callbacks must be functions', (t) => {
  using solver = make();
  t.throws(() => solver.addCallback(undefined as never, nothing), { instanceOf: TypeError, message: /for onStart/ });
  t.throws(() => solver.addCallback(nothing, 5 as never), {
    instanceOf: TypeError,
    message: /a function for onGradientsReady but received 5/,
  });
});

test('a callback may be removed after its solver is gone', (t) => {
  const solver = make();
  const remove = solver.addCallback(nothing, nothing);
  solver.dispose();
  t.notThrows(remove);
});
