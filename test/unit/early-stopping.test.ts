import test from 'ava';
import { EarlyStopping, ReduceLROnPlateau, SGDSolver } from 'tscaffe';
import { onParabola, weight } from './parabola.js';

test('EarlyStopping stops when more than patience values in a row are no improvement', (t) => {
  const stopping = new EarlyStopping({ patience: 2 });
  t.is(stopping.best, undefined);
  t.deepEqual(
    [5, 4, 4, 4.5, 3, 3, 3, 9].map((loss) => stopping.step(loss)),
    [false, false, false, false, false, false, false, true],
  );
  t.is(stopping.best, 3);
  t.is(stopping.wait, 3);
});

test('EarlyStopping of a metric that rises, with changes that are too small to count', (t) => {
  const stopping = new EarlyStopping({ patience: 1, mode: 'max', minDelta: 0.1 });
  t.deepEqual(
    [0.5, 0.55, 0.7, 0.75, 0.78].map((accuracy) => stopping.step(accuracy)),
    [false, false, false, false, true],
  );
  t.is(stopping.best, 0.7);
});

test('NaN is no improvement, not even on nothing', (t) => {
  const stopping = new EarlyStopping({ patience: 1 });
  t.deepEqual(
    [NaN, 7, NaN, NaN].map((loss) => stopping.step(loss)),
    [false, false, false, true],
  );
  t.is(stopping.best, 7);
});

test('EarlyStopping ends a training loop', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" max_iter: 1000'));
  weight(solver);
  const stopping = new EarlyStopping({ patience: 0, minDelta: 0.1 });
  // The loss is 8, 2, 0.5, 0.125, 0.03125.
  for await (const { loss } of solver.train()) if (stopping.step(loss)) break;
  t.is(solver.iter, 5);
});

test('ReduceLROnPlateau multiplies the rate when more than patience values are no improvement', async (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed" max_iter: 1000'));
  const plateau = new ReduceLROnPlateau(solver, { factor: 0.5, patience: 1, cooldown: 1, minLr: 0.2 });
  const steps = [5, 5, 5, 5, 5, 5, 5, 5, 4].map((loss) => [plateau.step(loss), solver.lr]);
  t.deepEqual(steps, [
    [false, 0.5], // the first is the best
    [false, 0.5],
    [true, 0.25],
    [false, 0.25], // the cooldown
    [false, 0.25],
    [true, 0.2],
    [false, 0.2],
    [false, 0.2],
    [false, 0.2],
  ]);
  t.is(plateau.best, 4);
  for await (const { lr } of solver.train({ iterations: 2 })) t.is(lr, 0.2);
});

test('bad options are a RangeError or TypeError', (t) => {
  using solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  for (const make of [
    () => new EarlyStopping({ patience: -1 }),
    () => new EarlyStopping({ patience: 1, minDelta: NaN }),
    () => new ReduceLROnPlateau(solver, { factor: 1.5 }),
    () => new ReduceLROnPlateau(solver, { minLr: -1 }),
    () => new ReduceLROnPlateau(solver, { cooldown: 0.5 }),
  ]) {
    t.throws(make, { instanceOf: RangeError });
  }
  t.throws(() => new EarlyStopping({ patience: 1, mode: 'up' as never }), {
    instanceOf: TypeError,
    message: /'min' or 'max' for mode but received "up"/,
  });
  t.throws(() => new EarlyStopping({ patience: 1 }).step('3' as never), { instanceOf: TypeError });
});
