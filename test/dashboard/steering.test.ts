import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Blob, CaffeError, Layer, onLog, registerLayer, SGDSolver } from 'tscaffe';
import { dashboard, type Dashboard, type DashboardOptions } from 'tscaffe/dashboard';
import { timeout } from '../process/program.js';
import { scratchFolder } from '../scratch-folder.js';
import { EndlessRun, forever } from '../unit/endless-run.js';
import { address, command, stateOf, Stream } from './client.js';
import { net, solverText } from './solver.js';

/** A layer that lets nothing through while it is closed. */
class Gate extends Layer {
  static #wait: Promise<void> | undefined;
  static #reach: () => void;

  /** The next forward waits until it is open again. */
  static close(): { reached: Promise<void>; open: () => void } {
    let open = (): void => undefined;
    Gate.#wait = new Promise((resolve) => (open = resolve));
    const reached = new Promise<void>((resolve) => (Gate.#reach = resolve));
    return { reached, open };
  }

  override reshape([bottom]: readonly Blob[], [top]: readonly Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward(): Promise<void> | undefined {
    const wait = Gate.#wait;
    if (wait === undefined) return undefined;
    Gate.#wait = undefined;
    Gate.#reach();
    return wait;
  }
  override backward(): void {
    // The loss is another layer's.
  }
}
registerLayer('dashboard/Gate', Gate);

interface Open {
  solver: SGDSolver;
  board: Dashboard;
  folder: string;
}

async function open(t: ExecutionContext, options?: DashboardOptions): Promise<Open> {
  const folder = scratchFolder(t);
  const solver = new SGDSolver({ text: solverText(folder) });
  const board = await dashboard(solver, options);
  t.teardown(() => board.close());
  return { solver, board, folder };
}

/** Asks, and expects it to be done. */
async function done(t: ExecutionContext, url: string, name: string, more: object = {}): Promise<number> {
  const { status, text } = await command(url, { name, ...more });
  t.is(status, 200, `${name}: ${text}`);
  return (JSON.parse(text) as { iter: number }).iter;
}

const change = (fields: object): object => ({ change: fields });

test('a run on its own thread pauses between two iterations, serves what is asked for, and goes on', async (t) => {
  const { solver, board, folder } = await open(t);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 10);
  const at = await done(t, board.url, 'pause');
  t.is(solver.iter, at);
  t.is((await stateOf(t, board.url)).status.state, 'paused');
  t.is(await done(t, board.url, 'snapshot'), at);
  t.true(existsSync(join(folder, `small_iter_${at}.solverstate`)));
  const tests: number[] = [];
  solver.on('test', ({ iter }) => tests.push(iter));
  await done(t, board.url, 'test');
  t.deepEqual(tests, [at]);
  await done(t, board.url, 'change', change({ lr: 0.25, momentum: 0.5, weightDecay: 0.125 }));
  await done(t, board.url, 'change', change({ multiplier: { layer: 'conv', blob: 0, lr: 0, decay: 3 } }));
  t.deepEqual([solver.lr, solver.param.momentum, solver.param.weightDecay], [0.25, 0.5, 0.125]);
  t.deepEqual(
    [[...solver.net.paramsLr['conv']], [...solver.net.paramsWeightDecay['conv']]],
    [
      [0, 1],
      [3, 1],
    ],
  );
  await done(t, board.url, 'change', change({ lr: null }));
  t.is(solver.lr, 0.001);
  t.is(solver.iter, at);
  await done(t, board.url, 'resume');
  await run.until(() => solver.iter > at + 10);
  t.is((await stateOf(t, board.url)).status.state, 'training');
});

test('what is done is confirmed, logged and marked at its iteration', async (t) => {
  const { solver, board } = await open(t);
  const lines: string[] = [];
  t.teardown(onLog(({ text }) => lines.push(text)));
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 10);
  const at = await done(t, board.url, 'pause');
  await done(t, board.url, 'snapshot');
  await done(t, board.url, 'change', change({ lr: 0.25 }));
  await done(t, board.url, 'test');
  await done(t, board.url, 'resume');
  const { runs } = await stateOf(t, board.url);
  t.deepEqual(
    runs[0].marks.map(({ iter, kind }) => [iter, kind]),
    ['pause', 'snapshot', 'change', 'test', 'resume'].map((kind) => [at, kind]),
  );
  t.is(runs[0].marks[2].text, 'learning rate 0.001 → 0.25');
  await run.until(() => solver.iter > at + 1);
  const said = lines.map((line) => line.trim());
  for (const what of ['paused', 'learning rate 0.001 → 0.25', 'tested', 'resumed']) {
    t.true(said.includes(`dashboard: iteration ${at}: ${what}`), what);
  }
});

test('Stop takes a snapshot and ends the run at its iteration; the next one is refused until Resume', async (t) => {
  const { solver, board, folder } = await open(t);
  const run = solver.stepAsync(forever);
  await (await Stream.open(t, board.url)).until(({ status }) => status?.state === 'training');
  const at = await done(t, board.url, 'stop');
  await run;
  t.is(solver.iter, at);
  t.true(existsSync(join(folder, `small_iter_${at}.caffemodel`)));
  t.true(board.signal.aborted);
  t.is((await stateOf(t, board.url)).status.state, 'stopped');
  const refused = {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_STOPPED',
    message: `training was stopped at iteration ${at}`,
  };
  t.throws(() => {
    solver.step(1);
  }, refused);
  await t.throwsAsync(solver.stepAsync(1), refused);
  await t.throwsAsync(solver.train({ iterations: 1 }).next(), refused);
  t.is(solver.iter, at);
  await done(t, board.url, 'resume');
  solver.step(2);
  t.is(solver.iter, at + 2);
});

test('Stop ends a paused run too, and train returns', async (t) => {
  const { solver, board } = await open(t);
  const reports: number[] = [];
  const training = (async () => {
    for await (const { iter } of solver.train({ every: 3, iterations: forever - 10 })) reports.push(iter);
  })();
  await (await Stream.open(t, board.url)).until(({ status }) => status?.state === 'training');
  const at = await done(t, board.url, 'pause');
  t.is(await done(t, board.url, 'stop'), at);
  await training;
  t.is(solver.iter, at);
  t.is(reports.at(-1), at);
});

test('a snapshot that cannot be written is told of, and the training goes on', async (t) => {
  const { solver, board } = await open(t);
  solver.setParam({ snapshotPrefix: '/proc/no/such/folder' });
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 10);
  for (const name of ['snapshot', 'stop']) {
    const { status, text } = await command(board.url, { name });
    t.is(status, 409);
    t.regex(text, /\/proc\/no\/such\/folder/);
  }
  const at = solver.iter;
  await run.until(() => solver.iter > at + 10);
  t.false(board.signal.aborted);
});

test('an idle solver does at once what is asked for', async (t) => {
  const { solver, board, folder } = await open(t);
  const tests: number[] = [];
  solver.on('test', ({ iter }) => tests.push(iter));
  await done(t, board.url, 'snapshot');
  t.true(existsSync(join(folder, 'small_iter_0.solverstate')));
  await done(t, board.url, 'test');
  t.deepEqual(tests, [0]);
  await done(t, board.url, 'change', change({ lr: 0.5 }));
  t.is(solver.lr, 0.5);
  await done(t, board.url, 'pause');
  const run = solver.stepAsync(3);
  await (await Stream.open(t, board.url)).until((told) => told.status?.state === 'paused');
  t.is(solver.iter, 1);
  await done(t, board.url, 'resume');
  await run;
  t.is(solver.iter, 3);
});

test('Test runs all test nets of an idle solver, one after the other', async (t) => {
  const folder = scratchFolder(t);
  const stages = 'test_state { stage: "x" } test_state { stage: "y" } test_iter: 3';
  const solver = new SGDSolver({ text: solverText(folder, stages) });
  const board = await dashboard(solver);
  t.teardown(() => board.close());
  t.is(solver.testNets.length, 2);
  const tests: [number, number][] = [];
  solver.on('test', ({ iter, index }) => tests.push([iter, index]));
  await done(t, board.url, 'test');
  t.deepEqual(tests, [
    [0, 0],
    [0, 1],
  ]);
  const { runs } = await stateOf(t, board.url);
  t.deepEqual(
    runs[0].marks.map(({ kind }) => kind),
    ['test'],
  );
});

test('Test between two calls of step is over before the next one', async (t) => {
  const { solver, board } = await open(t);
  solver.step(1);
  let answered = false;
  const testing = done(t, board.url, 'test').finally(() => (answered = true));
  while (!answered) {
    solver.step(1);
    await setImmediate();
  }
  const at = await testing;
  const curves = (await stateOf(t, board.url)).runs[0].curves;
  t.deepEqual(curves['test.accuracy'].x, [at]);
});

test('a dashboard that is opened while a run is under way shows and steers it', async (t) => {
  const folder = scratchFolder(t);
  const solver = new SGDSolver({ text: solverText(folder) });
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 3);
  const board = await dashboard(solver);
  t.teardown(() => board.close());
  t.is((await stateOf(t, board.url)).status.state, 'training');
  const at = await done(t, board.url, 'pause');
  t.is(solver.iter, at);
  await done(t, board.url, 'test');
  const net = (await (await fetch(address(board.url, 'net'))).json()) as { layers: { name: string }[] };
  t.deepEqual(
    net.layers.map(({ name }) => name),
    solver.net.layerNames,
  );
  await done(t, board.url, 'resume');
  await run.until(() => solver.iter > at);
});

test('a dashboard that opens while a run begins opens', async (t) => {
  const solver = new SGDSolver({ text: solverText(scratchFolder(t)) });
  const opening = dashboard(solver);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  const board = await opening;
  t.teardown(() => board.close());
  const at = await done(t, board.url, 'pause');
  t.is(solver.iter, at);
  await done(t, board.url, 'resume');
  await run.until(() => solver.iter > at);
});

test('while another call runs a net of the solver a dashboard is refused, and leaves nothing behind', async (t) => {
  const program = `
    import { SGDSolver } from 'tscaffe';
    import { dashboard } from 'tscaffe/dashboard';
    const solver = new SGDSolver({ text: ${JSON.stringify(solverText(scratchFolder(t)))} });
    const testing = solver.testAsync();
    await dashboard(solver).catch(({ code }) => console.log(code));
    const opening = dashboard(solver).catch(({ code }) => console.log(code));
    await testing;
    await opening;
    const late = dashboard(solver);
    solver.dispose();
    await late.catch(({ code }) => console.log(code));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout,
  });
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  t.deepEqual(lines, ['ERR_CAFFE_BUSY', 'ERR_CAFFE_BUSY', 'ERR_CAFFE_DISPOSED']);
  t.is(child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve))), 0);
});

test('a paused run ends when its signal fires, and the next one is not paused', async (t) => {
  const { solver, board } = await open(t);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 3);
  const at = await done(t, board.url, 'pause');
  const reason = new Error('enough');
  t.is(await run.end(reason), reason);
  t.is(solver.iter, at);
  await solver.stepAsync(3);
  t.is(solver.iter, at + 3);
});

test('closing the dashboard lets a paused run go on', async (t) => {
  const { solver, board } = await open(t);
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 10);
  const at = await done(t, board.url, 'pause');
  await board.close();
  await run.until(() => solver.iter > at);
  t.pass();
});

for (const end of ['close', 'dispose'] as const) {
  // Serial: there is one gate.
  test.serial(`the dashboard ends while an iteration computes that is sampled (${end})`, async (t) => {
    const folder = scratchFolder(t);
    const waiting = 'layer { name: "gate" type: "dashboard/Gate" bottom: "loss" top: "gate" }';
    const solver = new SGDSolver({ text: solverText(folder, '', net + waiting) });
    const board = await dashboard(solver, { histograms: 1 });
    t.teardown(() => board.close());
    const { reached, open: openGate } = Gate.close();
    const run = solver.stepAsync(3);
    await reached;
    if (end === 'close') await board.close();
    else board[Symbol.dispose]();
    openGate();
    await run;
    t.is(solver.iter, 3);
    await board.close();
    await t.throwsAsync(stateOf(t, board.url), { message: /ECONNREFUSED/ });
  });
}

/** A program that trains in synchronous calls, which block its thread. */
const program = (folder: string, train: string): string => `
  import { SGDSolver } from 'tscaffe';
  import { dashboard } from 'tscaffe/dashboard';
  const solver = new SGDSolver({ text: ${JSON.stringify(solverText(folder))} });
  solver.on('test', ({ iter }) => console.log('tested', iter));
  const board = await dashboard(solver);
  console.log(board.url);
  try {
    ${train}
    console.log('returned', solver.iter);
    solver.step(1);
  } catch (error) {
    console.log(error.code, solver.iter);
  }
  await board.close();`;

const loops = {
  'one call of step': 'solver.step(1e9);',
  'a loop that calls step': 'for (;;) solver.step(1);',
  'a loop that lets the event loop turn': `
    const { setImmediate } = await import('node:timers/promises');
    for (;;) { solver.step(1); await setImmediate(); }`,
};
for (const [title, train] of Object.entries(loops)) {
  test(`a solver that blocks its thread pauses, tests, changes and stops as well: ${title}`, async (t) => {
    const folder = scratchFolder(t);
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program(folder, train)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout,
    });
    t.teardown(() => child.kill());
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const url = await next();
    const stream = await Stream.open(t, url);
    await stream.until((told) => told.status?.state === 'training');
    const at = await done(t, url, 'pause');
    t.is((await stateOf(t, url)).runs[0].curves['loss'].x.at(-1), at);
    t.is(await done(t, url, 'snapshot'), at);
    t.true(existsSync(join(folder, `small_iter_${at}.solverstate`)));
    t.is(await done(t, url, 'test'), at);
    t.is(await done(t, url, 'change', change({ lr: 0.25 })), at);
    t.is((await stateOf(t, url)).status.state, 'paused');
    t.is((await stateOf(t, url)).status.settings.lr, 0.25);
    await done(t, url, 'resume');
    t.is(await next(), `tested ${at}`);
    await stream.untilIteration(at + 1);
    const end = await done(t, url, 'stop');
    t.true(end > at);
    if (title === 'one call of step') t.is(await next(), `returned ${end}`);
    t.is(await next(), `ERR_CAFFE_STOPPED ${end}`);
    t.is(await new Promise((resolve) => child.once('close', resolve)), 0);
  });
}

test('pages hear of a whole run at its end, also where the program then blocks its thread', async (t) => {
  const run = 'solver.step(3); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program(scratchFolder(t), run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout,
  });
  t.teardown(() => child.kill());
  const url = String((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value);
  await (await Stream.open(t, url)).untilIteration(3);
  t.pass();
});
