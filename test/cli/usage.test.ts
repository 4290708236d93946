import { readdirSync } from 'node:fs';
import test from 'ava';
import { hasGpu } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';
import { writeRegression } from './regression.js';

const wrong: [args: string, code: 1 | 2, message: RegExp][] = [
  ['tran', 2, /^tscaffe: unknown command 'tran'\n\(Did you mean train\?\)\n$/],
  ['train', 2, /^tscaffe: required option '--solver <file>' not specified\n$/],
  ['train -solver', 2, /^tscaffe: option '--solver <file>' argument missing\n$/],
  ['train -solver none.prototxt', 1, /^tscaffe train: none\.prototxt: cannot be read: ENOENT: .*\n$/],
  ['train -solver net.prototxt', 1, /^tscaffe train: net\.prototxt:2:3: .*no field named "layer"/],
  ['train -solver solver.prototxt -iterations 5', 2, /^tscaffe: unknown option '--iterations'/],
  ['train -solver solver.prototxt --set base_lrr=1', 2, /a solver has no field base_lrr; did you mean base_lr\?\n$/],
  ['train -solver solver.prototxt --set base_lr', 2, /--set takes FIELD=VALUE, such as base_lr=0\.001, not "base_lr"/],
  ['train -solver solver.prototxt --set max_iter=2.5', 2, /--set max_iter=2\.5: /],
  ['train -solver solver.prototxt --keep-best los', 2, /the test net has no output los; did you mean loss\?\n$/],
  ['train -solver solver.prototxt --patience 3', 2, /--patience is for --early-stopping\n$/],
  ['train -solver solver.prototxt -snapshot a -weights b', 2, /but not both\n$/],
  ['train -solver solver.prototxt --layers none', 2, /--layers none: there is no such folder\n$/],
  ['train -solver solver.prototxt --gpu x', 2, /--gpu takes the number of a GPU, or all, not "x"\n$/],
  ['train -solver solver.prototxt --sigint-effect go', 2, /Allowed choices are stop, snapshot, none\.\n$/],
  [
    'train -solver solver.prototxt --csv none/x.csv',
    1,
    /^tscaffe train: none\/x\.csv: cannot be written: ENOENT: .*\n$/,
  ],
  ['train -solver solver.prototxt --log /dev/full', 1, /^tscaffe train: \/dev\/full: cannot be written: ENOSPC: .*\n$/],
  ['train -solver solver.prototxt --set snapshot_prefix=none/x', 1, /Cannot write to snapshot prefix 'none\/x'/],
  ['test --model net.prototxt --weights none.caffemodel', 1, /^tscaffe test: none\.caffemodel: cannot be read: .*\n$/],
  ['test --model net.prototxt --weights w --iterations 0', 2, /Expected a whole number from 1 on\.\n$/],
  ['time --model net.prototxt --phase train', 2, /Allowed choices are TRAIN, TEST\.\n$/],
];

test('what is wrong is said on standard error, with exit code 2 for usage and 1 for failures', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  for (const [args, code, message] of wrong) {
    const outcome = await tscaffe(args, { cwd });
    t.is(outcome.code, code, `${args}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, args);
    t.is(outcome.stdout, '', args);
  }
  t.deepEqual(readdirSync(cwd).sort(), ['net.prototxt', 'solver.prototxt']);
});

test('time prints each layer of the net, and the same as JSON', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  const { code, stdout } = await tscaffe('time -model net.prototxt -iterations 3', { cwd });
  t.is(code, 0);
  const pattern = [
    'Initial loss: 2.25', // (3 * 0.5)^2 for each of two outputs, halved
    'Iteration: 1 forward-backward time: N ms.',
    'Iteration: 2 forward-backward time: N ms.',
    'Iteration: 3 forward-backward time: N ms.',
    'Average time per layer: ',
    ...['in', 'ip', 'loss'].flatMap((name) =>
      ['forward', 'backward'].map((pass) => `${name.padStart(10)}\t${pass}: N ms.`),
    ),
    'Average Forward pass: N ms.',
    'Average Backward pass: N ms.',
    'Average Forward-Backward: N ms.',
    'Total Time: N ms.',
    '',
  ];
  t.deepEqual(stdout.replaceAll(/(time|ward|pass|-Backward|Time): [\d.e+-]+ ms/g, '$1: N ms').split('\n'), pattern);
  const json = await tscaffe('time -model net.prototxt -iterations 3 --json', { cwd });
  const [times] = objectsIn(json.stdout);
  t.like(times, { iterations: 3, initialLoss: 2.25 });
  t.deepEqual(
    (times['layers'] as { name: string }[]).map(({ name }) => name),
    ['in', 'ip', 'loss'],
  );
});

(hasGpu ? test.skip : test)('device_query without CUDA says so', async (t) => {
  const cwd = scratchFolder(t);
  t.like(await tscaffe('device_query', { cwd }), {
    code: 0,
    stdout: 'The linked libcaffe has no CUDA: it computes on the CPU.\n',
  });
  t.like(await tscaffe('device-query --json', { cwd }), { code: 0, stdout: '[]\n' });
  t.like(await tscaffe('device-query -gpu 0', { cwd }), { code: 1, stdout: '' });
});

test('help needs no addon, and a command without it says what to do', async (t) => {
  const cwd = scratchFolder(t);
  const env = { TSCAFFE_ADDON: '/nowhere/tscaffe.node' };
  const help = await tscaffe('--help', { cwd, env });
  t.is(help.code, 0);
  t.regex(help.stdout, /\n {2}train .*\n {2}test /);
  t.is((await tscaffe('setup --help', { cwd, env })).code, 0);
  const train = await tscaffe('train --solver solver.prototxt', { cwd, env });
  t.is(train.code, 1);
  t.regex(train.stderr, /^tscaffe train: cannot load \/nowhere\/tscaffe\.node\n/);
  t.regex(train.stderr, /The addon has not been built\. Run in .*: npm run setup\n$/);
});
