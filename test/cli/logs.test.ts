// stock/adam.txt is the log of Debian's `caffe train -solver adam.prototxt -weights small_iter_80.caffemodel -level 1`
// (see stock/runs.ts); Caffe's own tools/extra/parse_log.py has made stock/adam.txt.train and .test of it.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';
import { writeRegression } from './regression.js';

const stock = fileURLToPath(new URL('stock/', import.meta.url));

test('parse-log writes of Caffe’s log the bytes that parse_log.py writes', async (t) => {
  const cwd = scratchFolder(t);
  const { code, stdout, stderr } = await tscaffe(`parse-log ${join(stock, 'adam.txt')} .`, { cwd });
  t.is(code, 0, stderr);
  t.is(stdout, 'adam.txt.train\nadam.txt.test\n');
  for (const name of ['adam.txt.train', 'adam.txt.test']) {
    t.deepEqual(readFileSync(join(cwd, name)), readFileSync(join(stock, name)), name);
  }
});

/** Lines as glog writes them. */
const glog = (lines: readonly [time: string, text: string][]): string =>
  lines.map(([time, text]) => `I${time} 12345 solver.cpp:1] ${text}\n`).join('');

test('parse-log reads NaN and infinities, a second test net, and a run over New Year', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(
    join(cwd, 'x.log'),
    glog([
      ['1231 23:59:59.000000', 'Solving Net'],
      ['1231 23:59:59.500000', 'Iteration 0, Testing net (#0)'],
      ['1231 23:59:59.600000', '    Test net output #0: accuracy = 0.5'],
      ['1231 23:59:59.700000', 'Iteration 0, Testing net (#1)'],
      ['1231 23:59:59.800000', '    Test net output #0: accuracy = 0.25'],
      ['0101 00:00:01.000000', 'Iteration 0 (-inf iter/s, 0.01s/1 iters), loss = 2.5e-05'],
      ['0101 00:00:01.000061', '    Train net output #0: a,b = -nan (* 1 = -nan loss)'],
      ['0101 00:00:01.000100', 'Iteration 0, lr = 1e-05'],
      ['0101 00:00:02.000000', 'Iteration 1 (1 iter/s, 1s/1 iters), loss = inf'],
      ['0101 00:00:02.000000', '    Train net output #0: a,b = -inf (* 1 = -inf loss)'],
    ]),
  );
  t.is((await tscaffe('parse-log x.log', { cwd })).code, 0);
  t.is(
    readFileSync(join(cwd, 'x.log.train'), 'utf8'),
    'NumIters,Seconds,LearningRate,"a,b"\r\n0.0,2.000061,1e-05,nan\r\n1.0,3.0,1e-05,-inf\r\n',
  );
  t.is(
    readFileSync(join(cwd, 'x.log.test'), 'utf8'),
    'NumIters,Seconds,LearningRate,accuracy,test1.accuracy\r\n0.0,0.6,nan,0.5,0.25\r\n',
  );
});

/** The numbers that the legend of `plot` tells: the last, the least and the greatest of each curve. */
function legendIn(text: string): Record<string, Record<string, number[]>> {
  const panels: Record<string, Record<string, number[]>> = {};
  for (const panel of text.split('\n\n')) {
    const [title = '', ...lines] = panel.split('\n');
    const curves = lines.flatMap((line) => {
      const [, label = '', ...numbers] = /^ {2}(.*): last (\S+), from (\S+) to (\S+)$/.exec(line) ?? [];
      return label === '' ? [] : [[label, numbers.map(Number)] as const];
    });
    if (curves.length > 0) panels[title] = Object.fromEntries(curves);
  }
  return panels;
}

test('plot shows in the terminal what Caffe’s log tells: loss, test outputs and rate', async (t) => {
  const cwd = scratchFolder(t);
  const { code, stdout, stderr } = await tscaffe(`plot ${join(stock, 'adam.txt')}`, { cwd });
  t.is(code, 0, stderr);
  // What stock/adam.txt says: grep its lines.
  const log = readFileSync(join(stock, 'adam.txt'), 'utf8');
  const told = (pattern: RegExp): number[] => {
    const values = [...log.matchAll(pattern)].map(([, value]) => Number(value));
    t.true(values.length > 2);
    return [values.at(-1) ?? NaN, Math.min(...values), Math.max(...values)];
  };
  t.deepEqual(legendIn(stdout), {
    loss: {
      train: told(/Iteration \d+.*, loss = (\S+)/g),
      test: told(/Test net output #1: loss = (\S+)/g),
    },
    accuracy: { test: told(/Test net output #0: accuracy = (\S+)/g) },
    lr: { train: told(/, lr = (\S+)/g) },
  });
  // No colour where nobody sees it.
  t.false(stdout.includes('\u001b'));
});

test('the curve in the terminal runs through its points', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'x.csv'), 'iter,seconds,lr,loss\n0,0,,1\n1,1,,nan\n2,2,,100\n3,3,,1\n4,4,,0');
  // The row without an end of line may not be whole. NaN leaves a gap.
  const line = await tscaffe('plot x.csv', { cwd });
  const rows = line.stdout.split('\n').slice(1, 11);
  t.regex(rows[0], /^100 │ {40,}[\u2801-\u28ff]+$/);
  t.regex(rows[9], /^ {2}1 │[\u2801-\u28ff] +[\u2801-\u28ff]+$/, 'the first and the last point are 1');
  const log = await tscaffe('plot x.csv --log-scale --seconds', { cwd });
  t.regex(log.stdout, /^loss \(logarithmic\)\n100 │/);
  t.regex(log.stdout, /0s +3s\n/);
});

test('plot of Caffe’s log, of --csv and of --json of one run show the same', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  const run = await tscaffe('train --solver solver.prototxt --set display=1 --log run.log --csv run.csv --json', {
    cwd,
  });
  t.is(run.code, 0, run.stderr);
  writeFileSync(join(cwd, 'run.json'), run.stdout);
  const shown = [];
  for (const name of ['run.log', 'run.csv', 'run.json']) {
    const { code, stdout, stderr } = await tscaffe(`plot ${name} --only loss,lr`, { cwd });
    t.is(code, 0, stderr);
    shown.push(legendIn(stdout));
  }
  // The first loss: (3 * 0.5)^2 for each of two outputs, halved.
  t.is(shown[0]['loss']['train'][2], 2.25);
  t.is(shown[0]['lr']['train'][0], 0.01);
  t.deepEqual(shown[1]['loss']['test'], shown[0]['loss']['test']);
  t.deepEqual(shown[2], shown[1]);
  // Caffe logs the loss once more after the last update.
  t.deepEqual(shown[1]['lr'], shown[0]['lr']);
});

test('--smooth takes means of the last n points of the train net, and not of tests', async (t) => {
  const cwd = scratchFolder(t);
  const rows = [0, 4, 8, 0].map((loss, iter) => `${iter},${iter},,${loss},${loss}\n`);
  writeFileSync(join(cwd, 'x.csv'), `iter,seconds,lr,loss,test.loss\n${rows.join('')}`);
  const heights = async (smooth: number): Promise<string[]> => {
    const { stdout } = await tscaffe(`plot x.csv --smooth ${smooth}`, { cwd });
    return stdout.split('\n').slice(1, 11);
  };
  // The test's curve still goes from 0 to 8; the train's goes through 0, 2, 6 and 4.
  const [plain, smooth] = [await heights(1), await heights(2)];
  t.is(plain[0].slice(0, 3), '8 │');
  t.is(smooth[0].slice(0, 3), '8 │');
  t.notDeepEqual(smooth, plain);
  const lastOf = (row: string): string => row.padEnd(79).slice(-1);
  t.not(lastOf(plain[9]), ' ', 'both end at 0');
  t.not(lastOf(smooth[4]) + lastOf(smooth[5]), '  ', 'one ends half-way up');
  t.is(lastOf(plain[4]) + lastOf(plain[5]), '  ');
});

test('plot writes several runs in one picture, as SVG or PNG', async (t) => {
  const cwd = scratchFolder(t);
  copyFileSync(join(stock, 'adam.txt'), join(cwd, 'adam.log'));
  writeFileSync(join(cwd, 'b.csv'), 'iter,seconds,lr,loss,test.accuracy\n0,0,0.1,3,0.5\n50,1,0.1,nan,0.9\n');
  const svg = await tscaffe('plot adam.log b.csv --smooth 3 --log-scale -o runs.svg', { cwd });
  t.like(svg, { code: 0, stdout: '', stderr: '' });
  const text = readFileSync(join(cwd, 'runs.svg'), 'utf8');
  t.true(text.startsWith('<svg'));
  for (const label of ['adam.log train', 'adam.log test', 'b.csv train', 'b.csv test', 'accuracy', 'iteration']) {
    t.true(text.includes(`>${label}</text>`), label);
  }
  t.false(text.includes('NaN'));
  t.is((await tscaffe('plot adam.log b.csv -o runs.png', { cwd })).code, 0);
  t.is(readFileSync(join(cwd, 'runs.png')).toString('latin1', 1, 4), 'PNG');
});

test('what is no log, a wrong option and an unwritable folder are one line, and nothing is written', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'a.txt'), 'nothing of Caffe’s\n');
  writeFileSync(join(cwd, 'a.json'), '{"event":"iteration","iter":0,"loss":1}\n{"event"\n');
  writeFileSync(join(cwd, 'b.json'), '{"event":"iteration","iter":0,"loss":1}\n');
  const before = readdirSync(cwd);
  for (const [args, code, message] of [
    ['plot', 2, /missing required argument 'logs'/],
    ['plot none.log', 1, /none\.log: cannot be read: ENOENT/],
    ['plot a.txt', 1, /a\.txt: no loss, rate or output of an iteration is in it; expected a log of Caffe/],
    ['plot a.json', 1, /a\.json:2: no JSON object/],
    ['plot b.json --seconds', 1, /b\.json: has no times/],
    ['plot b.json --only los', 1, /no log tells los; there are loss\n/],
    ['plot b.json --only ,', 2, /--only: expected names, separated by commas\n$/],
    ['plot b.json --smooth 0', 2, /Expected a whole number from 1 on/],
    ['plot b.json -o x.pdf', 2, /x\.pdf: expected a file that ends in \.svg or \.png/],
    ['plot b.json -o none/x.svg', 1, /none\/x\.svg: cannot be written: ENOENT/],
    ['parse-log a.txt', 1, /a\.txt: no loss/],
    ['parse-log b.json', 1, /b\.json: no output of a net is in it/],
    [`parse-log ${join(stock, 'adam.txt')} a.txt/none`, 1, /a\.txt\/none: cannot be made: ENOTDIR/],
  ] as const) {
    const outcome = await tscaffe(args, { cwd });
    t.is(outcome.code, code, `${args}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, args);
    t.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
    t.is(outcome.stdout, '');
  }
  t.deepEqual(readdirSync(cwd), before);
});
