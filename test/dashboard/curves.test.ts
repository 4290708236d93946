import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { type Blob, Layer, onLog, registerLayer, SGDSolver, type TestReport, type TrainingReport } from 'tscaffe';
import { dashboard, type Dashboard, type DashboardOptions } from 'tscaffe/dashboard';
import { scratchFolder } from '../scratch-folder.js';
import { EndlessRun, forever } from '../unit/endless-run.js';
import { command, stateOf, Stream, type Points, type State } from './client.js';
import { solverText } from './solver.js';

async function open(t: ExecutionContext, solver: SGDSolver, options?: DashboardOptions): Promise<Dashboard> {
  const board = await dashboard(solver, options);
  t.teardown(() => board.close());
  return board;
}

const solverIn = (folder: string, more?: string, net?: string): SGDSolver =>
  new SGDSolver({ text: solverText(folder, more, net) });

/** The curves of the run, once the dashboard has heard of an iteration. */
async function curvesAt(t: ExecutionContext, { url }: Dashboard, iter: number): Promise<Record<string, Points>> {
  const told = await (await Stream.open(t, url)).untilIteration(iter);
  const last = told.at(-1) as State;
  return ('runs' in last ? last : await stateOf(t, url)).runs[0].curves;
}

test('the curves have the very numbers of the solver’s events', async (t) => {
  const solver = solverIn(scratchFolder(t), 'test_interval: 10 average_loss: 5 snapshot: 20');
  const reports: TrainingReport[] = [];
  const tests: TestReport[] = [];
  solver.on('iteration', (report) => reports.push(report)).on('test', (report) => tests.push(report));
  const board = await open(t, solver);
  solver.step(30);
  await solver.stepAsync(20);
  for await (const { iter } of solver.train({ iterations: 10, every: 3 })) t.is(iter, solver.iter);
  const curves = await curvesAt(t, board, 60);
  const iters = reports.map(({ iter }) => iter);
  t.is(iters.length, 60);
  const of = (values: number[]): Points => ({ x: iters, y: values });
  t.deepEqual(curves['loss'], of(reports.map(({ loss }) => loss)));
  t.deepEqual(curves['smoothedLoss'], of(reports.map(({ smoothedLoss }) => smoothedLoss)));
  t.deepEqual(curves['lr'], of(reports.map(({ lr }) => lr)));
  t.deepEqual(curves['train.loss'], of(reports.map(({ outputs }) => outputs['loss'])));
  t.deepEqual(curves['milliseconds'].x, iters);
  for (const output of ['loss', 'accuracy']) {
    t.deepEqual(curves[`test.${output}`], {
      x: tests.map(({ iter }) => iter),
      y: tests.map(({ outputs }) => outputs[output]),
    });
  }
  t.is(tests.length, 5);
  const { runs } = await stateOf(t, board.url);
  t.deepEqual(
    runs[0].marks.map(({ iter, kind }) => [iter, kind]),
    [20, 40, 60].map((iter) => [iter, 'snapshot']),
  );
});

test('a page that listens hears each iteration once, in order', async (t) => {
  const solver = solverIn(scratchFolder(t));
  const board = await open(t, solver);
  const stream = await Stream.open(t, board.url);
  await stream.state();
  const run = solver.stepAsync(2000);
  const told = await stream.untilIteration(2000);
  await run;
  const heard: (number | null)[] = [];
  for (const update of told) {
    if ('runs' in update) heard.splice(0, Infinity, ...update.runs[0].curves['loss'].x);
    else {
      for (const { names, values } of update.rows ?? []) {
        for (let at = 0; at < values.length; at += names.length + 2) heard.push(values[at]);
      }
    }
  }
  t.deepEqual(
    heard,
    Array.from({ length: 2000 }, (_, i) => i + 1),
  );
});

/** A loss of 1, but for three iterations. */
class Spikes extends Layer {
  static iter = 0;
  override reshape(_bottom: readonly Blob[], top: readonly Blob[]): void {
    top[0].reshape();
  }
  override forward(_bottom: readonly Blob[], top: readonly Blob[]): void {
    Spikes.iter++;
    const odd: Record<number, number> = { 7777: 1e6, 8888: -1e6, 9999: NaN };
    top[0].data[0] = odd[Spikes.iter] ?? 1 + (Spikes.iter % 7) / 1000;
  }
  override backward(): void {
    // There is nothing below.
  }
}
registerLayer('Spikes', Spikes);

test('of a long run a spike of one iteration stays, and so does a NaN, in bounded memory', async (t) => {
  const spikes = 'layer { name: "spikes" type: "Spikes" top: "loss" loss_weight: 1 }';
  const solver = solverIn(scratchFolder(t), '', spikes);
  const board = await open(t, solver, { histograms: 0 });
  solver.step(50_000);
  const { x, y } = (await curvesAt(t, board, 50_000))['loss'];
  t.true(x.length > 1000 && x.length <= 4096, String(x.length));
  t.is(y[x.indexOf(7777)], 1e6);
  t.is(y[x.indexOf(8888)], -1e6);
  t.is(y[x.indexOf(9999)], null);
  t.deepEqual(
    x,
    x.toSorted((a, b) => a - b),
  );
  const { marks } = (await stateOf(t, board.url)).runs[0];
  t.deepEqual(
    marks.map(({ iter, kind, text }) => [iter, kind, text]),
    [[9999, 'trouble', 'the loss is NaN']],
  );
});

test('the history lies beside the snapshots, and a run that goes on goes on with it', async (t) => {
  const folder = scratchFolder(t);
  const first = solverIn(folder);
  const board = await open(t, first);
  first.step(40);
  const snapshot = first.snapshot();
  first.step(10);
  await board.close();
  t.true(existsSync(join(folder, 'small_history.json')));

  const second = solverIn(folder);
  second.restore(snapshot);
  const again = await open(t, second);
  const before = (await stateOf(t, again.url)).runs[0];
  t.deepEqual(
    before.curves['loss'].x,
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  t.deepEqual(
    before.marks.map(({ iter, kind }) => [iter, kind]),
    [
      [40, 'snapshot'],
      [40, 'begin'],
    ],
  );
  second.step(5);
  const curves = await curvesAt(t, again, 45);
  t.deepEqual(
    curves['loss'].x,
    Array.from({ length: 45 }, (_, i) => i + 1),
  );
  const seconds = curves['seconds'].y as number[];
  t.deepEqual(
    seconds,
    seconds.toSorted((a, b) => a - b),
  );
});

test('a solver that goes back while the dashboard is open forgets what came after', async (t) => {
  const folder = scratchFolder(t);
  const solver = solverIn(folder);
  const board = await open(t, solver);
  solver.step(10);
  const snapshot = solver.snapshot();
  solver.step(10);
  solver.restore(snapshot);
  solver.step(1);
  const stream = await Stream.open(t, board.url);
  await stream.untilIteration(11);
  const { x } = (await stateOf(t, board.url)).runs[0].curves['loss'];
  t.deepEqual(
    x,
    Array.from({ length: 11 }, (_, i) => i + 1),
  );
});

/** What has been told of as trouble. */
async function troubles(t: ExecutionContext, { url }: Dashboard): Promise<string[]> {
  const { marks } = (await stateOf(t, url)).runs[0];
  return marks.filter(({ kind }) => kind === 'trouble').map(({ text }) => text);
}

for (const iter of [0, 3]) {
  test(`what lies in the place of the history and is none is put aside, and training goes on from ${iter}`, async (t) => {
    const folder = scratchFolder(t);
    const solver = solverIn(folder);
    solver.step(iter);
    const path = join(folder, 'small_history.json');
    writeFileSync(path, '{"version": 1, "curves"');
    const board = await open(t, solver);
    solver.step(2);
    t.deepEqual((await curvesAt(t, board, iter + 2))['loss'].x, [iter + 1, iter + 2]);
    const [aside = ''] = readdirSync(folder).filter((name) => name.endsWith('.unreadable'));
    t.is(readFileSync(join(folder, aside), 'utf8'), '{"version": 1, "curves"');
    const [trouble = '', ...more] = await troubles(t, board);
    t.true(trouble.startsWith(`${path} is no history that can be read (`) && trouble.endsWith(`it is now ${aside}`));
    t.deepEqual(more, []);
    await board.close();
    t.is((JSON.parse(readFileSync(path, 'utf8')) as { version: number }).version, 1);
  });
}

test('a history that cannot be written, or is not wanted, keeps nobody from training', async (t) => {
  const folder = scratchFolder(t);
  const solver = solverIn(folder);
  solver.step(5);
  const nowhere = await open(t, solver, { history: '/proc/no/such/folder/history.json' });
  solver.step(1);
  t.deepEqual((await curvesAt(t, nowhere, 6))['loss'].x, [6]);
  await nowhere.close();
  const none = await open(t, solver, { history: false });
  t.deepEqual((await stateOf(t, none.url)).runs[0].curves, {});
});

test('a history whose folder is a file keeps nobody from training, also when it is written', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const solver = solverIn(folder);
  const board = await open(t, solver, { history: join(folder, 'file', 'history.json') });
  solver.step(3);
  solver.snapshot(); // after which the history is written at once
  // What the server was told before this has been done when it is answered.
  t.is((await command(board.url, { name: 'change', change: { lr: 0.5 } })).status, 200);
  solver.snapshot();
  solver.step(1);
  t.deepEqual((await curvesAt(t, board, 4))['loss'].x, [1, 2, 3, 4]);
  const [trouble = '', ...more] = await troubles(t, board);
  t.regex(trouble, /^the history cannot be written: ENOTDIR/);
  t.deepEqual(more, []); // said once
});

/** The threads that are started from now on. Only for serial tests: others start some too. */
function threads(t: ExecutionContext): readonly Worker[] {
  const workers: Worker[] = [];
  const noteWorker = (worker: Worker): void => void workers.push(worker);
  process.on('worker', noteWorker);
  t.teardown(() => process.off('worker', noteWorker));
  return workers;
}

test.serial('a server that fails ends the dashboard, not the training', async (t) => {
  const workers = threads(t);
  const lines: string[] = [];
  t.teardown(onLog(({ text }) => lines.push(text.trim())));
  const solver = solverIn(scratchFolder(t));
  const board = await open(t, solver);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 3);
  t.is((await command(board.url, { name: 'pause' })).status, 200);
  const at = solver.iter;
  workers[0].postMessage({ kind: 'rows' }); // no rows: it throws
  await run.until(() => solver.iter > at);
  t.true(lines.some((line) => line.startsWith('dashboard: its server has failed: ')));
  await t.throwsAsync(stateOf(t, board.url), { message: /ECONNREFUSED/ });
  await board.close();
});

test.serial('a dashboard that cannot open because its port is taken leaves no thread behind', async (t) => {
  const solver = solverIn(scratchFolder(t));
  const history = join(scratchFolder(t), 'history.json');
  const board = await open(t, solver, { history });
  solver.step(3);
  solver.snapshot(); // after which the history is written at once
  t.deepEqual((await curvesAt(t, board, 3))['loss'].x, [1, 2, 3]);
  const workers = threads(t);
  const port = Number(new URL(board.url).port);
  await t.throwsAsync(dashboard(solver, { port, history }), { code: 'ERR_CAFFE_FILE', message: /EADDRINUSE/ });
  t.deepEqual(
    workers.map(({ threadId }) => threadId),
    [-1], // that of a thread that has ended
  );
  const { marks } = JSON.parse(readFileSync(history, 'utf8')) as State['runs'][0];
  t.deepEqual(
    marks.map(({ kind }) => kind),
    ['snapshot'],
  );
});

test('other runs are shown beside this one', async (t) => {
  const [folder, other] = [scratchFolder(t), scratchFolder(t)];
  const before = solverIn(other);
  const its = await open(t, before);
  before.step(7);
  await its.close();
  const board = await open(t, solverIn(folder), { compare: [join(other, 'small_history.json')] });
  const { runs } = await stateOf(t, board.url);
  t.is(runs.length, 2);
  t.deepEqual(runs[1].curves['loss'].x, [1, 2, 3, 4, 5, 6, 7]);
  await t.throwsAsync(dashboard(before, { compare: [join(import.meta.dirname, 'solver.ts')] }), {
    code: 'ERR_CAFFE_FORMAT',
  });
});
