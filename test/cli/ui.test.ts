import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { command, stateOf, Stream } from '../dashboard/client.js';
import { solverText } from '../dashboard/solver.js';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';

test('train --ui says where the page is, and Stop there ends the training as Ctrl-C does', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'solver.prototxt'), solverText(folder, 'max_iter: 100000000 display: 0'));
  let stopping: Promise<{ status: number; text: string }> | undefined;
  const { code, stdout, stderr } = await tscaffe(
    'train --solver solver.prototxt --ui --set snapshot_after_train=true',
    {
      cwd: folder,
      onLine: (line) => {
        const [, url] = /^dashboard: (http:\/\/127\.0\.0\.1:\d+\/\?token=\w+)$/.exec(line) ?? [];
        if (url === undefined) return;
        stopping = Stream.open(t, url)
          .then((stream) => stream.until((told) => told.status?.state === 'training'))
          .then(() => command(url, { name: 'stop' }));
      },
    },
  );
  t.is(stderr, '');
  t.is(code, 0);
  t.is((await stopping)?.status, 200);
  const [, iter = ''] = /^stopped at iteration (\d+): Stop on the dashboard; /m.exec(stdout) ?? [];
  t.true(Number(iter) > 0, stdout);
  t.is(stdout.split(`snapshot: ${join(folder, `small_iter_${iter}.solverstate`)}`).length, 2);
  t.regex(stdout, /^to go on: tscaffe train --solver solver\.prototxt --ui .*--snapshot /m);
  const history = JSON.parse(readFileSync(join(folder, 'small_history.json'), 'utf8')) as { marks: { kind: string }[] };
  t.true(history.marks.some(({ kind }) => kind === 'stop'));
});

test('Ctrl-C of train --ui ends a paused training', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'solver.prototxt'), solverText(folder, 'max_iter: 100000000 display: 0'));
  let pausing: Promise<string> | undefined;
  const { stdout } = await tscaffe('train --solver solver.prototxt --ui --json', {
    cwd: folder,
    onLine: (line, child) => {
      const [{ event, url }] = objectsIn(line);
      if (event !== 'ui') return;
      pausing = Stream.open(t, String(url))
        .then((stream) => stream.until((told) => told.status?.state === 'training'))
        .then(() => command(String(url), { name: 'pause' }))
        .then(({ text }) => {
          child.kill('SIGINT');
          return text;
        });
    },
  });
  const { iter, text } = JSON.parse((await pausing) ?? '') as { iter: number; text: string };
  t.is(text, 'paused');
  const end = objectsIn(stdout).at(-1);
  t.deepEqual([end?.['why'], end?.['iter']], ['SIGINT', iter]);
});

test('train --ui --json has the address in an object; --ui-read-only steers nothing', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'solver.prototxt'), solverText(folder, 'max_iter: 100000000'));
  let refused: Promise<number> | undefined;
  const { stdout } = await tscaffe('train --solver solver.prototxt --ui --ui-read-only --json', {
    cwd: folder,
    onLine: (line, child) => {
      const [{ event, url }] = objectsIn(line);
      if (event !== 'ui') return;
      refused = command(String(url), { name: 'stop' }).then(({ status }) => {
        child.kill('SIGINT');
        return status;
      });
    },
  });
  t.is(await refused, 403);
  t.is(objectsIn(stdout).at(-1)?.['why'], 'SIGINT');
});

test('flags of --ui that do not fit are told of', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'solver.prototxt'), solverText(folder, 'max_iter: 1'));
  const solver = 'train --solver solver.prototxt';
  t.deepEqual(await tscaffe(`${solver} --ui-read-only`, { cwd: folder }), {
    code: 2,
    signal: null,
    stdout: '',
    stderr: 'tscaffe train: --ui-host and --ui-read-only are for --ui\n',
  });
  t.is((await tscaffe(`${solver} --ui port`, { cwd: folder })).code, 2);
  const nowhere = await tscaffe(`${solver} --ui --ui-host no.such.host.invalid`, { cwd: folder });
  t.is(nowhere.code, 1);
  t.regex(nowhere.stderr, /^tscaffe train: the dashboard cannot listen at no\.such\.host\.invalid:0: .*\n$/);
});

const glog = `Log file created at: 2026/11/29 05:05:19
I1129 05:05:19.000000 17371 solver.cpp:60] Solver scaffolding done.
I1129 05:05:20.000000 17371 solver.cpp:239] Iteration 0 (-nan iter/s, 0s/10 iters), loss = 2.5
I1129 05:05:20.000000 17371 solver.cpp:258]     Train net output #0: loss = 2.5 (* 1 = 2.5 loss)
I1129 05:05:20.000000 17371 sgd_solver.cpp:112] Iteration 0, lr = 0.01
I1129 05:05:22.000000 17371 solver.cpp:347] Iteration 10, Testing net (#0)
I1129 05:05:22.500000 17371 solver.cpp:414]     Test net output #0: accuracy = 0.75
I1129 05:05:23.000000 17371 solver.cpp:239] Iteration 10 (5 iter/s, 2s/10 iters), loss = nan
I1129 05:05:23.000000 17371 sgd_solver.cpp:112] Iteration 10, lr = 0.001
`;

test('ui shows histories, logs of Caffe and CSV files, and those in a folder', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'solver.prototxt'), solverText(folder, 'max_iter: 20 test_interval: 10'));
  await tscaffe('train --solver solver.prototxt --csv small.csv --ui', { cwd: folder });
  mkdirSync(join(folder, 'logs'));
  copyFileSync(join(folder, 'small_history.json'), join(folder, 'logs', 'another.json'));
  writeFileSync(join(folder, 'logs', 'package.json'), '{}\n');
  writeFileSync(join(folder, 'logs', 'caffe.host.user.log.INFO.20261129-050519.17371'), glog);
  writeFileSync(join(folder, 'logs', 'notes.txt'), 'nothing of a run\n');
  let state: ReturnType<typeof stateOf> | undefined;
  const { signal } = await tscaffe('ui small_history.json small.csv logs', {
    cwd: folder,
    onLine: (url, child) => {
      state = stateOf(t, url).finally(() => child.kill('SIGINT'));
    },
  });
  t.is(signal, 'SIGINT');
  const runs = (await state)?.runs ?? [];
  t.deepEqual(
    runs.map(({ name }) => name),
    ['small', 'small.csv', 'another.json', 'caffe.host.user.log.INFO.20261129-050519.17371'],
  );
  const [history, csv, renamed, log] = runs.map(({ curves }) => curves);
  t.is(history['loss'].x.length, 20);
  t.deepEqual(renamed, history);
  for (const name of ['loss', 'test.accuracy', 'test.loss']) t.deepEqual(csv[name], history[name], name);
  t.deepEqual(log['loss'], { x: [1, 11], y: [2.5, null] });
  t.deepEqual(log['lr'], { x: [1, 11], y: [0.01, 0.001] });
  t.deepEqual(log['test.accuracy'], { x: [10], y: [0.75] });
});

test('ui says what it cannot show', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'x_history.json'), '[]');
  const said = async (...args: string[]): Promise<[number | null, string]> => {
    const { code, stderr } = await tscaffe(['ui', ...args], { cwd: folder });
    return [code, stderr];
  };
  t.deepEqual(await said('.'), [1, 'tscaffe ui: .: there is no log and no history of a run in it\n']);
  t.is((await said('x_history.json'))[0], 1);
  t.regex((await said('x_history.json'))[1], /^tscaffe ui: x_history\.json: is not the history of a run: .*\n$/);
  for (const path of ['nothing.log', 'x_history.json/nothing.log']) {
    const [code, text] = await said(path);
    t.is(code, 1);
    t.true(text.startsWith(`tscaffe ui: ${path}: cannot be read: `), text);
  }
  t.is((await said())[0], 2);
});
