import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Layer, Net, registerLayer, SGDSolver, type Blob } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { EndlessRun, forever } from './endless-run.js';
import { onParabola, parabola, weight } from './parabola.js';

/** Snapshots and tests of a solver that runs. All tests are serial: they share `hook`. */
let hook: () => unknown = () => undefined;
class Hooked extends Layer {
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    top.data.set(bottom.cpuData);
    return hook() as undefined;
  }
}
registerLayer('live/Hooked', Hooked);

function make(prefix: string, inTest = ''): SGDSolver {
  return new SGDSolver({
    text: `net_param { ${parabola} ${inTest} } base_lr: 0.5 lr_policy: "fixed" snapshot_prefix: "${prefix}"
      test_iter: 2 test_interval: 1000000 test_initialization: false`,
  });
}

/** The weight in a caffemodel. */
function saved(model: string): number {
  using net = new Net({ text: parabola }, 'test', { weights: model });
  return net.params['w'][0].data[0];
}

test.beforeEach(() => {
  hook = () => undefined;
});

test.serial(
  'snapshotNow takes a snapshot while the solver runs, of weights and iteration that belong together',
  async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    using solver = make(prefix);
    weight(solver);
    await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
    const snapshots = [
      await solver.snapshotNow(),
      ...(await Promise.all([solver.snapshotNow(), solver.snapshotNow()])),
    ];
    for (const { iter, state } of snapshots) {
      t.is(state, `${prefix}_iter_${iter}.solverstate`);
      t.true(iter > 0);
      t.is(saved(`${prefix}_iter_${iter}.caffemodel`), Math.fround(1 + 4 * 0.5 ** Math.min(iter, 200)));
    }
    const last = Math.max(...snapshots.map(({ iter }) => iter));
    await run.until(() => solver.iter > last);
    const reason = new Error('enough');
    t.is(await run.end(reason), reason);
  },
);

test.serial('snapshotNow of an idle solver is snapshot', async (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = make(prefix);
  t.is((await solver.snapshotNow()).state, `${prefix}_iter_0.solverstate`);
  t.true(existsSync(`${prefix}_iter_0.caffemodel`));
});

test.serial('a snapshotNow that cannot be written is its own failure, and the run goes on', async (t) => {
  const folder = join(scratchFolder(t), 'gone');
  mkdirSync(folder);
  using solver = make(join(folder, 'w'));
  rmdirSync(folder);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await t.throwsAsync(solver.snapshotNow(), { code: 'ERR_CAFFE_FILE' });
  const failedAt = solver.iter;
  await run.until(() => solver.iter > failedAt);
  const reason = new Error('enough');
  t.is(await run.end(reason), reason);
});

test.serial('testAsync tests while the solver runs, on the weights of one iteration', async (t) => {
  using solver = make(join(scratchFolder(t), 'w'));
  weight(solver);
  const seen: number[] = [];
  solver.on('test', ({ iter, outputs }) => {
    seen.push(iter);
    // The loss is (w - 1)² / 2, and w - 1 is 4 halved in each iteration.
    t.is(outputs['loss'], Math.fround((4 * 0.5 ** iter) ** 2 / 2));
  });
  let asked: Promise<unknown> = Promise.resolve();
  solver.on('iteration', ({ iter }) => {
    if (iter === 3) asked = solver.testAsync();
  });
  await solver.stepAsync(6);
  t.deepEqual(await asked, { loss: Math.fround((4 * 0.5 ** 3) ** 2 / 2) });
  t.deepEqual(seen, [3]);
});

test.serial('requests made in a synchronous call are served between its iterations', async (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = make(prefix);
  weight(solver);
  const asked: Promise<unknown>[] = [];
  solver.addCallback(
    () => {
      if (solver.iter === 2) asked.push(solver.testAsync(), solver.snapshotNow().then(String));
    },
    () => undefined,
  );
  solver.step(5);
  t.deepEqual(await Promise.all(asked), [{ loss: (4 * 0.5 ** 3) ** 2 / 2 }, `${prefix}_iter_3.solverstate`]);
  t.is(saved(`${prefix}_iter_3.caffemodel`), 1 + 4 * 0.5 ** 3);
});

for (const asynchronously of [false, true]) {
  test.serial(
    `what a run leaves undone is done after it, also if it failed (${asynchronously ? 'stepAsync' : 'step'})`,
    async (t) => {
      const prefix = join(scratchFolder(t), 'w');
      using solver = make(prefix);
      weight(solver);
      const reason = new Error('in an iteration');
      const asked: Promise<unknown>[] = [];
      solver.addCallback(
        () => undefined,
        () => {
          if (solver.iter !== 2) return;
          asked.push(solver.testAsync(), solver.snapshotNow().then(String), solver.testAsync());
          throw reason;
        },
      );
      const run = async (): Promise<void> => {
        if (asynchronously) await solver.stepAsync(5);
        else solver.step(5);
      };
      t.is(await t.throwsAsync(run), reason);
      const { 0: first, 1: state, 2: second } = await Promise.all(asked);
      t.deepEqual(first, { loss: 0.5 });
      t.deepEqual(second, { loss: 0.5 });
      t.is(state, `${prefix}_iter_2.solverstate`);
    },
  );
}

const hooked = 'layer { name: "hooked" type: "live/Hooked" bottom: "w" top: "h" include { phase: TEST } }';

async function failing(t: ExecutionContext, reason: unknown): Promise<void> {
  using solver = make(join(scratchFolder(t), 'w'), hooked);
  hook = () => {
    throw reason;
  };
  const asked: Promise<unknown>[] = [];
  solver.once('iteration', () => asked.push(solver.testAsync()));
  await solver.stepAsync(10);
  t.is(solver.iter, 10, 'the run goes on');
  t.is(
    await asked[0]?.then(
      () => 'fulfilled',
      (error: unknown) => error,
    ),
    reason,
  );
}

for (const reason of [new Error('from the test net'), undefined, null, 'text']) {
  test.serial(`what a layer throws in such a test is that test's failure alone: ${String(reason)}`, async (t) => {
    await failing(t, reason);
  });
}

test.serial('a layer of the test net may return a promise in it', async (t) => {
  using solver = make(join(scratchFolder(t), 'w'), hooked);
  let calls = 0;
  hook = async () => {
    await Promise.resolve();
    calls++;
  };
  const asked: Promise<unknown>[] = [];
  solver.once('iteration', () => asked.push(solver.testAsync()));
  await solver.stepAsync(3);
  await asked[0];
  t.is(calls, 2);
});

test.serial('a queued run answers too, and an aborted one', async (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using first = make(prefix);
  using second = make(join(scratchFolder(t), 'w'));
  await using running = new EndlessRun((signal) => first.stepAsync(forever, { signal }));
  await running.until(() => first.iter > 0);
  await using queued = new EndlessRun((signal) => second.stepAsync(forever, { signal }));
  const asked = second.testAsync();
  const reason = new Error('never mind');
  t.is(await queued.end(reason), reason);
  t.is(typeof (await asked)['loss'], 'number');
  await running.end();
  t.deepEqual(readdirSync(join(prefix, '..')), []);
});

test.serial('a call that is refused leaves alone what was asked of the run', async (t) => {
  using solver = make(join(scratchFolder(t), 'w'));
  weight(solver);
  const asked: Promise<unknown>[] = [];
  const refused: Promise<unknown>[] = [];
  solver.addCallback(
    () => {
      if (solver.iter !== 1) return;
      asked.push(solver.testAsync());
      t.throws(
        () => {
          solver.step(1);
        },
        { code: 'ERR_CAFFE_BUSY' },
      );
      refused.push(t.throwsAsync(solver.stepAsync(1), { code: 'ERR_CAFFE_BUSY' }));
    },
    () => undefined,
  );
  await solver.stepAsync(4);
  await Promise.all(refused);
  // Once, after iteration 1: w - 1 has been halved twice.
  t.deepEqual(await Promise.all(asked), [{ loss: 0.5 }]);
});

test.serial('while a solver does something else than train, what is asked of it is ERR_CAFFE_BUSY', async (t) => {
  using solver = make(join(scratchFolder(t), 'w'));
  for (const run of [() => solver.testAsync(), () => solver.net.forwardAsync()]) {
    const running = run();
    await t.throwsAsync(solver.snapshotNow(), { code: 'ERR_CAFFE_BUSY' });
    await t.throwsAsync(solver.testAsync(), { code: 'ERR_CAFFE_BUSY' });
    await running;
  }
  t.deepEqual(await solver.snapshotNow(), solver.snapshot());
});

test.serial('what is asked of a solver that is then disposed is ERR_CAFFE_DISPOSED', async (t) => {
  const solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  solver.dispose();
  await t.throwsAsync(solver.snapshotNow(), { code: 'ERR_CAFFE_DISPOSED' });
  await t.throwsAsync(solver.testAsync(), { code: 'ERR_CAFFE_DISPOSED' });
  t.throws(() => (solver.lr = 1), { code: 'ERR_CAFFE_DISPOSED' });
});
