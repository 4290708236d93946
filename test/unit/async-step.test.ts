import test from 'ava';
import { Blob, fill, setRandomSeed, type Solver } from 'tscaffe';
import { dropoutSolver, weightsOf } from './dropout-solver.js';
import { EndlessRun, forever } from './endless-run.js';

// All tests are serial: Caffe's random numbers belong to the thread.

interface Operation {
  title: string;
  run: (solver: Solver) => void;
  runAsync: (solver: Solver) => Promise<unknown>;
}

function step(iterations: number): Operation {
  return {
    title: `step ${iterations}`,
    run: (solver) => {
      solver.step(iterations);
    },
    runAsync: (solver) => solver.stepAsync(iterations),
  };
}

function onlySync(title: string, run: (solver: Solver) => void): Operation {
  return {
    title,
    run,
    runAsync: (solver) => {
      run(solver);
      return Promise.resolve();
    },
  };
}

const operations: Operation[] = [
  step(1),
  step(3),
  step(0),
  {
    title: 'forward',
    run: (solver) => void solver.net.forward(),
    runAsync: (solver) => solver.net.forwardAsync(),
  },
  {
    title: 'backward',
    run: (solver) => void solver.net.backward(),
    runAsync: (solver) => solver.net.backwardAsync(),
  },
  { title: 'test', run: (solver) => void solver.test(), runAsync: (solver) => solver.testAsync() },
  onlySync('seed', () => {
    setRandomSeed(99);
  }),
  onlySync('fill', () => {
    fill(new Blob(5), { type: 'gaussian' });
  }),
];

/** Numbers that differ enough: a linear congruential generator with the constants of Numerical Recipes. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test.serial(`synchronous and asynchronous calls in any order give the same bits (mixture ${seed})`, async (t) => {
    const random = numbers(seed);
    const program = Array.from({ length: 25 }, () => ({
      operation: operations[random.next().value % operations.length],
      background: random.next().value % 2 === 0,
    }));
    setRandomSeed(seed);
    const blocking = dropoutSolver();
    blocking.net.forward(); // a backward needs one before it
    const expected = program.map(({ operation }) => {
      operation.run(blocking);
      return [operation.title, blocking.iter, blocking.loss, weightsOf(blocking)];
    });

    setRandomSeed(seed);
    const mixed = dropoutSolver();
    mixed.net.forward();
    for (const [i, { operation, background }] of program.entries()) {
      if (background) await operation.runAsync(mixed);
      else operation.run(mixed);
      t.deepEqual([operation.title, mixed.iter, mixed.loss, weightsOf(mixed)], expected[i], `operation ${i}`);
    }
    t.true(blocking.iter > 0);
  });
}

test.serial("a seed that is set while another thread computes is this thread's afterwards", async (t) => {
  const solver = dropoutSolver();
  const running = solver.stepAsync(3);
  setRandomSeed(5);
  await running;
  const after = new Blob(4);
  fill(after, { type: 'gaussian' });

  const expected = new Blob(4);
  setRandomSeed(5);
  fill(expected, { type: 'gaussian' });
  t.deepEqual([...after.data], [...expected.data]);
});

test.serial('solveAsync trains to max_iter with the bits of solve', async (t) => {
  const blocking = dropoutSolver({ max_iter: 9 });
  blocking.solve();
  const solver = dropoutSolver({ max_iter: 9 });
  await solver.solveAsync();
  t.is(solver.iter, 9);
  t.is(weightsOf(solver), weightsOf(blocking));
});

/** The iterations of solvers that run, read one after the other, and at last those of the first once more. */
function read([first, ...others]: Solver[]): { least: number; most: number; others: number[] } {
  const least = first.iter;
  return { least, others: others.map(({ iter }) => iter), most: first.iter };
}

test.serial('solvers that run at the same time take turns, an iteration each', async (t) => {
  using first = dropoutSolver();
  using second = dropoutSolver();
  using third = dropoutSolver();
  const solvers = [first, second, third];
  await using firstRun = new EndlessRun((signal) => first.stepAsync(forever, { signal }));
  await using secondRun = new EndlessRun((signal) => second.stepAsync(forever, { signal }));
  await using thirdRun = new EndlessRun((signal) => third.stepAsync(forever, { signal }));
  const runs = [firstRun, secondRun, thirdRun];
  // A thread of the system may take its time to begin, so the count starts when all have begun.
  for (const [i, run] of runs.entries()) await run.until(() => solvers[i].iter > 2);
  // They go on while the numbers are read, which a busy machine may interrupt for long. The first solver tells: it has
  // hardly moved where nothing came between.
  let reading = read(solvers);
  const from = async (iter: number): Promise<typeof reading> => {
    await firstRun.until(() => {
      reading = read(solvers);
      return reading.least >= iter && reading.most - reading.least <= 2;
    });
    return reading;
  };
  const before = await from(0);
  const later = await from(before.most + 500);
  const least = later.least - before.most;
  const most = later.most - before.least;
  for (const [i, iter] of later.others.entries()) {
    const progress = iter - before.others[i];
    // The turns at the two ends may be the one's already and not yet the other's.
    t.true(progress >= least - 2 && progress <= most + 2, `${progress} where the first did ${least} to ${most}`);
  }
});

test.serial('an aborted signal ends the run with its reason after the iteration at hand', async (t) => {
  const blocking = dropoutSolver();
  blocking.step(7);

  const solver = dropoutSolver();
  const controller = new AbortController();
  const reason = new Error('enough');
  const remove = solver.addCallback(
    () => undefined,
    () => {
      if (solver.iter === 3) controller.abort(reason);
    },
  );
  const failure = await t.throwsAsync(solver.stepAsync(1000, { signal: controller.signal }));
  t.is(failure, reason);
  t.is(solver.iter, 4, 'the iteration at hand was completed');
  remove();
  await solver.stepAsync(3);
  t.is(weightsOf(solver), weightsOf(blocking));
});

test.serial(
  'a stopped run leaves no early exit behind: the next test and the next step run to their ends',
  async (t) => {
    const solver = dropoutSolver({ test_interval: 2, test_iter: 3 });
    const controller = new AbortController();
    const remove = solver.addCallback(
      () => undefined,
      () => {
        if (solver.iter === 3) controller.abort(new Error('enough'));
      },
    );
    await t.throwsAsync(solver.stepAsync(1000, { signal: controller.signal }), { message: 'enough' });
    remove();
    let batches = 0;
    solver.testNets[0].afterForward((layer) => {
      if (layer === 'loss') batches++;
    });
    solver.test();
    t.is(batches, 3);
    // Caffe itself keeps the request: its next test is cut off at the first batch, and ends the training.
    solver.step(4);
    t.is(solver.iter, 8);
    t.is(batches, 3 + 2 * 3, 'before iterations 4 and 6');
  },
);

for (const { what, reason } of [
  { what: 'null', reason: null },
  { what: 'a string', reason: 'enough' },
]) {
  test.serial(`the reason of a signal may be ${what}`, async (t) => {
    using solver = dropoutSolver();
    await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
    t.is(await run.end(reason), reason);
    solver.step(1);
  });
}

test.serial('solveAsync and train end by their signal too', async (t) => {
  using solver = dropoutSolver({ max_iter: forever, base_lr: 0 });
  for (const begin of [
    (signal: AbortSignal) => solver.solveAsync({ signal }),
    async (signal: AbortSignal) => {
      for await (const report of solver.train({ every: forever, signal })) t.fail(`iteration ${report.iter}`);
    },
  ]) {
    const before = solver.iter;
    await using run = new EndlessRun(begin);
    await run.until(() => solver.iter > before);
    const failure = await run.end();
    t.is((failure as DOMException).name, 'AbortError');
  }
});

test.serial('testAsync ends by its signal after the batch at hand, and tells of no test', async (t) => {
  const solver = dropoutSolver({ test_iter: 1000000 });
  solver.on('test', () => {
    t.fail();
  });
  const controller = new AbortController();
  const reason = new Error('enough');
  let batches = 0;
  const remove = solver.testNets[0].afterForward((layer) => {
    if (layer === 'loss' && ++batches === 3) controller.abort(reason);
  });
  t.is(await t.throwsAsync(solver.testAsync(0, { signal: controller.signal })), reason);
  t.is(batches, 3);
  remove();
  solver.step(1);
});

test.serial('a signal that is aborted already starts nothing', async (t) => {
  const solver = dropoutSolver();
  const before = weightsOf(solver);
  const signal = AbortSignal.abort(new Error('before'));
  for (const run of [
    () => solver.stepAsync(5, { signal }),
    () => solver.solveAsync({ signal }),
    () => solver.train({ iterations: 5, signal }).next(),
    () => solver.testAsync(0, { signal }),
  ]) {
    const running = run();
    t.notThrows(() => solver.net.forward(), 'it is idle all the while');
    await t.throwsAsync(running, { message: 'before' });
  }
  t.is(solver.iter, 0);
  t.is(weightsOf(solver), before);
});

test.serial('a queued run is aborted while another one computes', async (t) => {
  using first = dropoutSolver();
  using second = dropoutSolver();
  await using running = new EndlessRun((signal) => first.stepAsync(forever, { signal }));
  await running.until(() => first.iter > 0);
  await using queued = new EndlessRun((signal) => second.stepAsync(forever, { signal }));
  const reason = new Error('never mind');
  t.is(await queued.end(reason), reason);
  const { iter } = first;
  await running.until(() => first.iter > iter);
  t.is(await running.end(reason), reason);
});

test.serial('a signal lets go of its solver when the run is over', async (t) => {
  const solver = dropoutSolver();
  const controller = new AbortController();
  await solver.stepAsync(2, { signal: controller.signal });
  controller.abort();
  solver.step(2);
  await solver.stepAsync(2);
  t.is(solver.iter, 6);
});

test.serial('while a solver runs, it and its nets refuse every other call', async (t) => {
  const solver = dropoutSolver();
  const { net } = solver;
  const [testNet] = solver.testNets;
  const blob = net.blobs['ip'];
  const [weight] = net.params['ip'];
  const running = solver.stepAsync(50);
  const calls: Record<string, () => unknown> = {
    step: () => {
      solver.step(1);
    },
    solve: () => {
      solver.solve();
    },
    test: () => solver.test(),
    param: () => solver.param,
    snapshot: () => solver.snapshot(),
    applyUpdate: () => {
      solver.applyUpdate();
    },
    history: () => solver.history,
    dispose: () => {
      solver.dispose();
    },
    'net.forward': () => net.forward(),
    'net.backward': () => net.backward(),
    'net.reshape': () => {
      net.reshape();
    },
    'net.clearParamDiffs': () => {
      net.clearParamDiffs();
    },
    'net.toProto': () => net.toProto(),
    'net.dispose': () => {
      net.dispose();
    },
    'testNet.forward': () => testNet.forward(),
    'blob.data': () => blob.data,
    'blob.cpuData': () => blob.cpuData,
    'blob.shape': () => blob.shape,
    'blob.reshape': () => {
      blob.reshape(1);
    },
    'weight.diff': () => weight.diff,
  };
  for (const [name, call] of Object.entries(calls)) t.throws(call, { code: 'ERR_CAFFE_BUSY' }, name);
  const asyncCalls: Record<string, () => Promise<unknown>> = {
    stepAsync: () => solver.stepAsync(1),
    solveAsync: () => solver.solveAsync(),
    'net.forwardAsync': () => net.forwardAsync(),
    'net.backwardAsync': () => net.backwardAsync(),
    'testNet.forwardAsync': () => testNet.forwardAsync(),
  };
  for (const [name, call] of Object.entries(asyncCalls)) {
    await t.throwsAsync(call(), { code: 'ERR_CAFFE_BUSY' }, name);
  }
  t.true(solver.iter <= 50, 'these may be asked at any time');
  t.is(solver.lr, 0.05);
  t.is(typeof solver.loss, 'number');
  t.is(typeof solver.smoothedLoss, 'number');
  await running;
  t.is(solver.iter, 50, 'and none of it disturbed the run');
  t.is(blob.shape[0], 6);
});

test.serial('an array taken before an asynchronous call shows afterwards what was computed', async (t) => {
  const solver = dropoutSolver();
  const [weight] = solver.net.params['ip'];
  const array = weight.data;
  const before = array.slice();
  await solver.stepAsync(2);
  t.is(weight.data, array);
  t.notDeepEqual(array, before);
});

test.serial('an array whose blob got other memory in an asynchronous call has length 0', async (t) => {
  const net = dropoutSolver().net;
  const { data, conv } = net.blobs;
  const old = conv.data;
  // Twice the images, so Caffe takes new memory. DummyData keeps the shape that its top is given.
  data.reshape(12, 1, 5, 5);
  await net.forwardAsync(undefined, { start: 'conv', end: 'relu' });
  t.is(old.length, 0);
  t.is(conv.data.length, 12 * 3 * 3 * 3);
});

test.serial('a failing check rejects with a CaffeError that names the layer, and the next call works', async (t) => {
  const solver = dropoutSolver();
  solver.net.blobs['target'].reshape(6, 3);
  const failure = await t.throwsAsync(solver.net.forwardAsync({}, { start: 'conv' }), { code: 'ERR_CAFFE_CHECK' });
  t.regex(failure.message, /"loss" forward/);
  solver.net.blobs['target'].reshape(6, 4);
  await solver.net.forwardAsync({}, { start: 'conv' });
});

test.serial('bad arguments reject with a RangeError or TypeError before anything runs', async (t) => {
  const solver = dropoutSolver();
  await t.throwsAsync(solver.stepAsync(-1), { instanceOf: RangeError });
  await t.throwsAsync(solver.stepAsync(1.5), { instanceOf: RangeError });
  await t.throwsAsync(solver.stepAsync('2' as never), { instanceOf: TypeError });
  await t.throwsAsync(solver.testAsync(1), { instanceOf: RangeError });
  await t.throwsAsync(solver.net.forwardAsync({}, { end: 'nothing' }), { instanceOf: RangeError });
  await t.throwsAsync(solver.train({ every: 0 }).next(), { instanceOf: RangeError });
  t.is(solver.iter, 0);
});
