import { existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { timeout } from '../process/program.js';
import { tscaffe, type Outcome } from './command.js';

const net = `layer { name: "d" type: "DummyData" top: "x" top: "y"
  dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 4 } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }
`;
const solver = 'net: "net.prototxt"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 2\nsnapshot_prefix: "s"\n';

/** A folder with a net, a solver and trained weights. */
async function trained(t: ExecutionContext): Promise<string> {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), net);
  writeFileSync(join(cwd, 'solver.prototxt'), solver);
  t.is((await tscaffe('train --solver solver.prototxt', { cwd })).code, 0);
  return cwd;
}

/** That a command has said one line, and no more. */
function isLine(t: ExecutionContext, { code, stderr }: Outcome, message: string | RegExp, expected = 1): void {
  t.is(code, expected, stderr);
  t.is(stderr.trimEnd().split('\n').length, 1, stderr);
  if (typeof message === 'string') t.is(stderr, `${message}\n`);
  else t.regex(stderr, message);
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test('a standard output that is full is one line and exit code 1', (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), net);
  for (const words of [['--help'], ['summary', 'net.prototxt'], ['lint', 'net.prototxt', '--json'], ['init', 'new']]) {
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], {
      cwd,
      timeout,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    t.is(stderr, 'tscaffe: standard output cannot be written: ENOSPC: no space left on device\n', words.join(' '));
    t.is(status, 1);
  }
});

test('init: a folder that the system does not make is one line; accents leave the name of the package', async (t) => {
  const cwd = scratchFolder(t);
  isLine(
    t,
    await tscaffe('init /proc/x/y', { cwd }),
    /^tscaffe init: \/proc\/x\/y: cannot be made: ENOENT: [a-z ]+\n$/,
  );
  writeFileSync(join(cwd, 'afile'), '');
  isLine(t, await tscaffe('init afile/x', { cwd }), /^tscaffe init: afile\/x: cannot be made: \w+: [a-z ]+\n$/);
  t.is((await tscaffe(['init', 'a/Über Größe x'], { cwd })).code, 0);
  const { name } = JSON.parse(readFileSync(join(cwd, 'a/Über Größe x/package.json'), 'utf8')) as { name: string };
  t.is(name, 'uber-grosse-x');
});

test('a net without layers is one line for every command that runs or draws it', async (t) => {
  const cwd = await trained(t);
  writeFileSync(join(cwd, 'empty.prototxt'), '');
  writeFileSync(join(cwd, 'training.prototxt'), net.replaceAll('layer {', 'layer { include { phase: TRAIN }'));
  const weights = 's_iter_2.caffemodel';
  for (const words of [
    'summary NET',
    'time --model NET --phase TEST',
    `test --model NET --weights ${weights}`,
    `export NET ${weights} --onnx out`,
    `extract-features ${weights} NET ip out --iterations 1`,
  ]) {
    for (const file of ['empty.prototxt', 'training.prototxt']) {
      const [command = ''] = words.split(' ');
      const outcome = await tscaffe(words.replace('NET', file), { cwd });
      isLine(t, outcome, `tscaffe ${command}: ${file}: has no layers in the phase TEST`);
    }
  }
  isLine(t, await tscaffe('draw empty.prototxt out.svg', { cwd }), 'tscaffe draw: empty.prototxt: has no layers');
  isLine(
    t,
    await tscaffe('upgrade empty.prototxt out', { cwd }),
    'tscaffe upgrade: empty.prototxt: holds no net, no solver and no trained weights',
  );
  t.false(existsSync(join(cwd, 'out')));
});

test('upgrade refuses what holds no net, no solver and no weights, and says nothing of what it upgrades', async (t) => {
  const cwd = scratchFolder(t);
  io.writeMean(join(cwd, 'mean.binaryproto'), { data: new Float32Array(12), shape: [3, 2, 2] });
  writeFileSync(join(cwd, 'garbage'), Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i * 7 + 255) % 256)));
  for (const file of ['mean.binaryproto', 'garbage']) {
    const message = `tscaffe upgrade: ${file}: holds no net, no solver and no trained weights`;
    isLine(t, await tscaffe(`upgrade ${file} out`, { cwd }), message);
  }
  t.false(existsSync(join(cwd, 'out')));
  writeFileSync(
    join(cwd, 'old.prototxt'),
    'input: "x"\ninput_dim: [1, 1, 1, 2]\nlayers { name: "r" type: RELU bottom: "x" top: "x" }',
  );
  t.like(await tscaffe('upgrade old.prototxt new.prototxt', { cwd }), { code: 0, stderr: '' });
  t.like(await tscaffe('diff old.prototxt new.prototxt', { cwd }), { code: 0, stderr: '', stdout: '' });
});

test('--set takes one value, and finite numbers', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'solver.prototxt'), solver);
  const refused: [setting: string, why: RegExp][] = [
    ['max_iter=1 lr_policy: "fixed" display: 7', /takes one value/],
    ['max_iter=1 max_iter: 3', /takes one value/],
    ['train_state.level=1 } max_iter: 3 train_state { level: 1', /takes one value/],
    ['base_lr=nan', /takes finite numbers/],
    ['base_lr=-inf', /takes finite numbers/],
    ['base_lr=1e99', /takes finite numbers/],
  ];
  for (const [setting, why] of refused) {
    isLine(t, await tscaffe(['train', '--solver', 'solver.prototxt', '--set', setting], { cwd }), why, 2);
  }
});

test('a binary file that is given as a prototxt is one line without control characters', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'garbage'), Buffer.from(Array.from({ length: 999 }, (_, i) => (i * i * 7 + 27) % 256)));
  for (const words of ['summary garbage', 'draw garbage out.svg', 'train --solver garbage', 'diff garbage garbage']) {
    const [command = ''] = words.split(' ');
    const outcome = await tscaffe(words, { cwd });
    isLine(t, outcome, new RegExp(`^tscaffe ${command}: garbage:\\d+:\\d+: is no prototxt, but binary\n$`));
  }
  const { code, stdout } = await tscaffe('lint garbage', { cwd });
  t.is(code, 1);
  t.regex(stdout, /^garbage:\d+:\d+: syntax: is no prototxt, but binary\n/);
});

test('what cannot be written is named as it was asked for', async (t) => {
  const cwd = await trained(t);
  writeFileSync(join(cwd, 'afile'), '');
  writeFileSync(join(cwd, 'list.txt'), 'a.png 0\n');
  const reason = 'afile/x: cannot be written: ENOTDIR: not a directory';
  isLine(t, await tscaffe('convert-imageset . list.txt afile/x', { cwd }), `tscaffe convert-imageset: ${reason}`);
  const extract = 'extract-features s_iter_2.caffemodel net.prototxt ip afile/x --iterations 1';
  isLine(t, await tscaffe(extract, { cwd }), `tscaffe extract-features: ${reason}`);
  isLine(t, await tscaffe('upgrade net.prototxt afile/x', { cwd }), `tscaffe upgrade: ${reason}`);
  const train = await tscaffe('train --solver solver.prototxt --set snapshot_prefix=afile/x', { cwd });
  isLine(t, train, /^tscaffe train: afile\/x: snapshots cannot be written there: ENOTDIR: not a directory\n$/);
});

test('of damaged weights, snapshots and databases the file is named, once', async (t) => {
  const cwd = await trained(t);
  writeFileSync(join(cwd, 'cut.caffemodel'), readFileSync(join(cwd, 's_iter_2.caffemodel')).subarray(0, 60));
  const weights = await tscaffe('train --solver solver.prototxt --weights cut.caffemodel', { cwd });
  isLine(t, weights, /^tscaffe train: cut\.caffemodel: 60 bytes that are not a serialized /);
  writeFileSync(join(cwd, 's_iter_9.solverstate'), 'cut');
  const auto = await tscaffe('train --solver solver.prototxt --snapshot auto', { cwd });
  isLine(t, auto, /^tscaffe train: s_iter_9\.solverstate is passed over: (?!.*s_iter_9\.solverstate)/, 0);
  mkdirSync(join(cwd, 'db'));
  writeFileSync(join(cwd, 'db/data.mdb'), 'x'.repeat(5000));
  isLine(t, await tscaffe('db count db', { cwd }), /^tscaffe db: db: cannot be opened; is it damaged\? MDB_INVALID/);
  truncateSync(join(cwd, 'db/data.mdb'));
  const empty = 'cannot be opened; is it damaged? Its data.mdb is empty';
  isLine(t, await tscaffe('db count db', { cwd }), `tscaffe db: db: ${empty}`);
  isLine(t, await tscaffe('compute-image-mean db', { cwd }), `tscaffe compute-image-mean: db: ${empty}`);
});

test('of two runs with one target the later one says that it is there already, and harms nothing', async (t) => {
  const cwd = scratchFolder(t);
  mkdirSync(join(cwd, 'images/class'), { recursive: true });
  for (let i = 0; i < 40; i++) writeFileSync(join(cwd, `images/class/${i}.pgm`), 'P5 2 1 255\n\x01\x02');
  const run = async (): Promise<Outcome> => tscaffe('convert-imageset images db', { cwd });
  const [lost, won] = (await Promise.all([run(), run()])).sort((a, b) => Number(b.code) - Number(a.code));
  isLine(t, lost, 'tscaffe convert-imageset: db: is there already; remove it first');
  t.like(won, { code: 0, stderr: '' });
  t.is(readFileSync(join(cwd, 'db_classes.txt'), 'utf8'), 'class\n');
  const path = join(cwd, 'other');
  const [one, two] = [io.Database.create(path), io.Database.create(path)];
  one.close();
  t.throws(
    () => {
      two.close();
    },
    { code: 'ERR_CAFFE_FILE', message: `${path}: is there already; remove it first` },
  );
});

test('lists of images may have blank lines, but not only those', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'a.pgm'), 'P5 2 1 255\n\x01\x02');
  writeFileSync(join(cwd, 'list.txt'), '\na.pgm 3\r\n  \n\na.pgm 4\n\n');
  t.like(await tscaffe('convert-imageset . list.txt db --gray', { cwd }), { code: 0, stdout: 'db: 2 images\n' });
  using database = io.Database.open(join(cwd, 'db'));
  t.deepEqual(
    [...database].map(([key]) => key),
    ['00000000_a.pgm', '00000001_a.pgm'],
  );
  writeFileSync(join(cwd, 'list.txt'), '\n\n');
  const outcome = await tscaffe('convert-imageset . list.txt other', { cwd });
  isLine(t, outcome, 'tscaffe convert-imageset: list.txt: names no images');
});

test('parse-log makes its folder, and logs may come out of a spreadsheet', async (t) => {
  const cwd = scratchFolder(t);
  const rows = ['iter,seconds,lr,loss,smoothed_loss,train.loss', '0,0.1,0.01,3,3,3', '1,0.2,0.01,2,2.5,2', ''];
  writeFileSync(join(cwd, 'log.csv'), rows.join('\n'));
  writeFileSync(join(cwd, 'sheet.csv'), `\ufeff${rows.join('\r\n')}`);
  for (const name of ['log', 'sheet']) {
    t.like(await tscaffe(`parse-log ${name}.csv new/${name}`, { cwd }), { code: 0, stderr: '' });
  }
  const [plain, sheet] = ['log', 'sheet'].map((name) =>
    readFileSync(join(cwd, `new/${name}/${name}.csv.train`), 'utf8'),
  );
  t.is(sheet, plain);
  writeFileSync(join(cwd, 'afile'), '');
  isLine(
    t,
    await tscaffe('parse-log log.csv afile/x', { cwd }),
    /^tscaffe parse-log: afile\/x: cannot be made: \w+: [a-z ]+\n$/,
  );
});
