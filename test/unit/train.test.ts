import test from 'ava';
import { dropoutSolver, weightsOf } from './dropout-solver.js';

// All tests are serial: Caffe's random numbers belong to the thread.

test.serial('train reports every so many iterations, and once more at the end', async (t) => {
  const blocking = dropoutSolver({ average_loss: 3 });
  const expected = [4, 4, 2].map((iterations) => {
    blocking.step(iterations);
    const { iter, loss, smoothedLoss } = blocking;
    const outputs = { loss: blocking.net.blobs['loss'].cpuData[0] };
    return { iter, loss, smoothedLoss, lr: 0.05, outputs, weights: weightsOf(blocking) };
  });

  const solver = dropoutSolver({ average_loss: 3 });
  const seen = [];
  for await (const { milliseconds, ...report } of solver.train({ iterations: 10, every: 4 })) {
    t.true(milliseconds > 0);
    // Between two reports the solver is idle, and can be looked at.
    seen.push({ ...report, weights: weightsOf(solver) });
  }
  t.deepEqual(seen, expected);
});

test.serial('train goes to max_iter by default, and not at all from there', async (t) => {
  const solver = dropoutSolver({ max_iter: 7 });
  let reports = 0;
  for await (const { iter } of solver.train({ every: 5 })) t.is(iter, ++reports === 1 ? 5 : 7);
  t.is(reports, 2);
  for await (const { iter } of solver.train()) t.fail(`iteration ${iter}`);
  for await (const { iter } of solver.train({ iterations: 0 })) t.fail(`iteration ${iter}`);
  t.is(solver.iter, 7);
});

test.serial('leaving the loop ends the training, and another loop goes on', async (t) => {
  const blocking = dropoutSolver();
  blocking.step(9);
  const solver = dropoutSolver();
  for await (const { iter } of solver.train({ every: 2 })) if (iter === 4) break;
  t.is(solver.iter, 4);
  const reason = new Error('thrown in the loop');
  const looping = async (): Promise<void> => {
    for await (const { iter } of solver.train({ every: 3 })) if (iter === 7) throw reason;
  };
  t.is(await t.throwsAsync(looping), reason);
  t.is(solver.iter, 7);
  solver.step(2);
  t.is(weightsOf(solver), weightsOf(blocking));
});

test.serial('a solver may be tested and changed between two reports', async (t) => {
  const solver = dropoutSolver();
  for await (const { iter, lr } of solver.train({ iterations: 4, every: 2 })) {
    if (iter === 2) {
      const { loss } = await solver.testAsync();
      t.true(loss > 0);
      solver.setParam({ baseLr: 0.5 });
    } else {
      t.is(lr, 0.5);
    }
  }
});

test.serial('what fails in an iteration ends the loop, and the solver goes on', async (t) => {
  const solver = dropoutSolver();
  const reason = new Error('from a callback');
  const remove = solver.addCallback(
    () => {
      if (solver.iter === 3) throw reason;
    },
    () => undefined,
  );
  const seen: number[] = [];
  const looping = async (): Promise<void> => {
    for await (const { iter } of solver.train({ iterations: 10, every: 2 })) seen.push(iter);
  };
  t.is(await t.throwsAsync(looping), reason);
  t.deepEqual(seen, [2]);
  t.is(solver.iter, 3);
  remove();
  for await (const { iter } of solver.train({ iterations: 10, every: 20 })) t.is(iter, 13);
});

test.serial('a signal ends the loop with its reason, after the iteration at hand', async (t) => {
  const solver = dropoutSolver();
  const controller = new AbortController();
  const reason = new Error('enough');
  solver.addCallback(
    () => undefined,
    () => {
      if (solver.iter === 5) controller.abort(reason);
    },
  );
  const looping = async (): Promise<void> => {
    for await (const { iter } of solver.train({ every: 4, signal: controller.signal })) t.is(iter, 4);
  };
  t.is(await t.throwsAsync(looping), reason);
  t.is(solver.iter, 6);
});
