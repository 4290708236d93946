import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Net, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe, type Outcome } from './command.js';
import { writeRegression } from './regression.js';

function project(t: ExecutionContext, more?: string): string {
  const cwd = scratchFolder(t);
  writeRegression(cwd, more);
  return cwd;
}

async function train(t: ExecutionContext, cwd: string, options: string): Promise<Outcome> {
  const outcome = await tscaffe(`train --solver solver.prototxt ${options}`.trim(), { cwd });
  t.is(outcome.code, 0, outcome.stderr);
  return outcome;
}

test('train prints tests and snapshots, and nothing else in a pipe', async (t) => {
  const { stdout, stderr } = await train(t, project(t), '');
  t.is(stderr, '');
  const lines = stdout.trimEnd().split('\n');
  // (3 * 0.5)^2 for each of two outputs, halved.
  t.is(lines[0], 'iteration 0, test: loss = 2.25');
  t.regex(lines[1], /^iteration 10, snapshot: r_iter_10\.solverstate$/);
  t.regex(lines[2], /^iteration 10, test: loss = /);
  t.regex(lines[3], /^iteration 20, snapshot: r_iter_20\.solverstate$/);
  t.regex(lines[4], /^iteration 20, test: loss = /);
  t.regex(lines[5], /^done: 20 iterations in [\d.]+ s$/);
  t.is(lines.length, 6);
});

test('train refuses to be one of several processes, each of which would write the files of all', async (t) => {
  const cwd = project(t);
  const env = { OMPI_COMM_WORLD_SIZE: '2' };
  const { code, stdout, stderr } = await tscaffe('train --solver solver.prototxt', { cwd, env });
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^tscaffe train: it is one of 2 processes, .*mpi\.attach.*\n$/);
  t.false(existsSync(join(cwd, 'r_iter_10.solverstate')));
});

test('--json prints an object a line, with losses at the iterations that Caffe displays', async (t) => {
  const { stdout } = await train(t, project(t), '--json');
  const events = objectsIn(stdout);
  t.is(stdout.trimEnd().split('\n').length, events.length);
  const iterations = events.filter(({ event }) => event === 'iteration');
  t.deepEqual(
    iterations.map(({ iter }) => iter),
    [0, 5, 10, 15],
  );
  t.is(iterations[0]['loss'], 2.25);
  t.like(events.at(-1), { event: 'end', iter: 20, why: 'max_iter' });
});

test('--set changes fields of the solver in the words of a prototxt', async (t) => {
  const cwd = project(t);
  const set = ['max_iter=3', 'lr_policy=step', 'stepsize=1', 'gamma=0.5', 'test_iter=[2]', 'snapshot_prefix="s"'];
  const options = [...set, 'train_state.stage=a', 'display=1'].flatMap((each) => ['--set', each]);
  const outcome = await tscaffe(['train', '-solver=solver.prototxt', '--json', ...options], { cwd });
  t.is(outcome.code, 0, outcome.stderr);
  const rates = objectsIn(outcome.stdout).flatMap(({ event, lr }) => (event === 'iteration' ? [lr] : []));
  t.deepEqual(rates, [0.01, 0.005, 0.0025]);
  t.true(existsSync(join(cwd, 's_iter_3.solverstate')));
});

test('--csv has a row for each iteration, and goes on where a snapshot does', async (t) => {
  const cwd = project(t);
  const rows = (): string[][] =>
    readFileSync(join(cwd, 'r.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','));
  await train(t, cwd, '--csv r.csv');
  const first = rows();
  t.deepEqual(first[0], ['iter', 'seconds', 'lr', 'loss', 'smoothed_loss', 'train.loss', 'test.loss']);
  t.deepEqual(
    first.slice(1).map(([iter]) => Number(iter)),
    Array.from({ length: 21 }, (_, i) => i),
  );
  t.deepEqual(
    [0, 1, 10, 20].map((i) => first[i + 1].slice(2).map((value) => value !== '')),
    [
      [true, true, true, true, true],
      [true, true, true, true, false],
      [true, true, true, true, true],
      [false, false, false, false, true], // the last test
    ],
  );
  await train(t, cwd, '--csv r.csv --snapshot r_iter_10.solverstate --set max_iter=30');
  const second = rows();
  t.is(second.length, 32);
  // Up to iteration 9 it is the first run's, and from 10 on it has the same losses.
  t.deepEqual(second.slice(0, 11), first.slice(0, 11));
  t.deepEqual(
    second.slice(11, 21).map((row) => row[3]),
    first.slice(11, 21).map((row) => row[3]),
  );
});

test('--snapshot auto goes on from the newest snapshot that is whole, or begins', async (t) => {
  const cwd = project(t);
  const fresh = await train(t, cwd, '--snapshot auto');
  t.regex(fresh.stdout, /^iteration 0, test/);
  truncateSync(join(cwd, 'r_iter_20.caffemodel'), 40);
  const resumed = await train(t, cwd, '--snapshot auto');
  t.regex(resumed.stdout, /^going on from r_iter_10\.solverstate, iteration 10\n/);
  t.regex(resumed.stderr, /r_iter_20\.solverstate is passed over: /);
  const again = await train(t, cwd, '--snapshot auto');
  t.regex(again.stdout, /^going on from r_iter_20\.solverstate, iteration 20\n/);
});

test('where there is no iteration to do, train takes the final snapshot that Caffe takes', async (t) => {
  const cwd = project(t);
  await train(t, cwd, `--set max_iter=10 --set snapshot_prefix=${join(cwd, 'r')}`);
  const state = join(cwd, 'r_iter_10.solverstate');
  const filesOf = (prefix: string): string[] =>
    readdirSync(cwd).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  for (const [i, [maxIter, snapshot, from]] of (
    [
      [0, 0, undefined],
      [0, 10, undefined],
      [10, 0, state],
      [10, 10, state],
      [8, 3, state],
    ] as const
  ).entries()) {
    const override = { net: join(cwd, 'net.prototxt'), maxIter, snapshot, snapshotPrefix: join(cwd, `caffe${i}`) };
    using solver = new Solver(join(cwd, 'solver.prototxt'), { override });
    if (from !== undefined) solver.restore(from);
    solver.solve(); // Caffe's own
    const set = [`max_iter=${maxIter}`, `snapshot=${snapshot}`, `snapshot_prefix="train${i}"`];
    const resume = from === undefined ? [] : ['--snapshot', from];
    const command = ['train', '--solver', 'solver.prototxt', ...set.flatMap((each) => ['--set', each]), ...resume];
    const { code, stdout, stderr } = await tscaffe(command, { cwd });
    t.is(code, 0, stderr);
    t.deepEqual(filesOf(`train${i}`), filesOf(`caffe${i}`), set.join());
    t.is(stdout.includes(`snapshot: train${i}`), snapshot !== 10, stdout);
  }
});

test('--keep-best keeps the weights of the best test, and a resumed run keeps better ones of before', async (t) => {
  const cwd = project(t);
  // The loss rises: the best weights are the first, w = 0.5.
  await train(t, cwd, '--keep-best loss --set base_lr=-0.01');
  const note = (): unknown => JSON.parse(readFileSync(join(cwd, 'r_best.json'), 'utf8'));
  t.deepEqual(note(), { iter: 0, metric: 'loss', value: 2.25 });
  const weights = (): number =>
    new Net(join(cwd, 'net.prototxt'), 'test', { weights: join(cwd, 'r_best.caffemodel') }).params['ip'][0].cpuData[0];
  t.is(weights(), 0.5);
  await train(t, cwd, '--keep-best loss --snapshot r_iter_10.solverstate --set base_lr=-0.01');
  t.is(weights(), 0.5);
  // With :max the last is the best.
  await train(t, cwd, '--keep-best loss:max --set base_lr=-0.01');
  t.like(note(), { iter: 20 });
});

test('--early-stopping stops after so many tests without a better one, and says how to go on', async (t) => {
  const cwd = project(t);
  const options = '--early-stopping loss --patience 1 --set base_lr=0 --set max_iter=1000000';
  const { stdout } = await train(t, cwd, options);
  // The test at 0 is the best; those at 10 and 20 are as good; training stops after the iteration at hand.
  t.regex(stdout, /stopped at iteration 21: loss gets better no more; 21 iterations in/);
  t.true(existsSync(join(cwd, 'r_iter_21.solverstate')));
  t.true(
    stdout.endsWith(`to go on: tscaffe train --solver solver.prototxt ${options} --snapshot r_iter_21.solverstate\n`),
    stdout,
  );
});

const endless =
  'train --solver solver.prototxt --json --set max_iter=100000000 --set display=1000 --set test_interval=1000000';

test('Ctrl-C ends the iteration at hand, and takes a snapshot to go on from', async (t) => {
  const cwd = project(t);
  let sent = false;
  const outcome = await tscaffe(`${endless} --set snapshot=0`, {
    cwd,
    onLine: (line, child) => {
      if (!sent && line.includes('"iteration"')) sent = child.kill('SIGINT');
    },
  });
  t.is(outcome.code, 0, outcome.stderr);
  const [snapshot, end] = objectsIn(outcome.stdout).slice(-2);
  t.like(end, { event: 'end', why: 'SIGINT' });
  t.deepEqual(snapshot, {
    event: 'snapshot',
    iter: end['iter'],
    state: `r_iter_${String(end['iter'])}.solverstate`,
    model: `r_iter_${String(end['iter'])}.caffemodel`,
  });
});

test('SIGHUP takes a snapshot, and training goes on; --sigint-effect changes what SIGINT does', async (t) => {
  const cwd = project(t);
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGHUP'];
  let snapshots = 0;
  const outcome = await tscaffe(`${endless} --set snapshot=0 --sigint_effect snapshot --sighup_effect stop`, {
    cwd,
    onLine: (line, child) => {
      if (line.includes('"snapshot"')) snapshots++;
      const due = line.includes('"iteration"') && signals.length === 2;
      if (due || (snapshots === 1 && signals.length === 1)) child.kill(signals.shift());
    },
  });
  t.is(outcome.code, 0, outcome.stderr);
  t.is(snapshots, 2);
  t.like(objectsIn(outcome.stdout).at(-1), { event: 'end', why: 'SIGHUP' });
});

test('a second Ctrl-C ends at once, in the middle of an iteration', async (t) => {
  const cwd = project(
    t,
    'layer { name: "wait" type: "Python" bottom: "x" python_param { module: "wait" layer: "Wait" } }',
  );
  writeFileSync(
    join(cwd, 'wait.ts'),
    `import { Layer } from 'tscaffe';
    export class Wait extends Layer {
      override reshape(): void {}
      override async forward(): Promise<void> {
        console.log('waiting');
        await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
      }
    }`,
  );
  const outcome = await tscaffe('train --solver solver.prototxt', {
    cwd,
    onLine: (line, child) => {
      if (line === 'waiting') child.kill('SIGINT');
    },
    onError: (text, child) => {
      if (text.includes('once more to end now')) child.kill('SIGINT');
    },
  });
  t.is(outcome.signal, 'SIGINT', outcome.stderr);
});
