import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { engines } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';
import { writeRegression } from './regression.js';

const withOneDnn = engines.includes('onednn') ? test : test.skip;

/** Who serves the layer that both engines have. */
async function servant(cwd: string, options: string, env: Record<string, string> = {}): Promise<string> {
  const outcome = await tscaffe(`time --model net.prototxt --iterations 1 --json${options}`, {
    cwd,
    env: { TSCAFFE_ENGINE_WAY: 'plain', ...env },
  });
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  const [{ layers }] = objectsIn(outcome.stdout) as { layers: { name: string; engine: string }[] }[];
  return layers.find(({ name }) => name === 'ip')?.engine ?? '';
}

withOneDnn('--engine says who computes the layers of time, and goes before TSCAFFE_ENGINE', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  t.is(await servant(cwd, ''), 'caffe');
  t.is(await servant(cwd, ' --engine onednn'), 'onednn');
  t.is(await servant(cwd, '', { TSCAFFE_ENGINE: 'onednn' }), 'onednn');
  t.is(await servant(cwd, ' --engine caffe', { TSCAFFE_ENGINE: 'onednn' }), 'caffe');
});

withOneDnn('train and test with --engine onednn give Caffe’s numbers but for rounding', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  const rows: number[][][] = [];
  const losses: number[] = [];
  for (const engine of ['caffe', 'onednn']) {
    const env = { TSCAFFE_ENGINE_WAY: 'plain' };
    const run = await tscaffe(`train --solver solver.prototxt --engine ${engine} --csv ${engine}.csv`, { cwd, env });
    t.is(run.code, 0, run.stderr);
    const [, ...lines] = readFileSync(join(cwd, `${engine}.csv`), 'utf8')
      .trimEnd()
      .split('\n');
    rows.push(lines.map((line) => line.split(',').map(Number)));
    const weights = '--model net.prototxt --weights r_iter_20.caffemodel --iterations 1 --json';
    const tested = await tscaffe(`test ${weights} --engine ${engine}`, { cwd, env });
    t.is(tested.code, 0, tested.stderr);
    losses.push(objectsIn(tested.stdout)[0]['loss'] as number);
  }
  const [caffe, onednn] = rows;
  t.is(caffe.length, 21);
  for (const [i, row] of caffe.slice(0, 20).entries()) {
    t.true(Math.abs(row[3] - onednn[i][3]) <= 1e-5 * row[3], `iteration ${i}: ${row[3]} and ${onednn[i][3]}`);
  }
  t.true(Math.abs(losses[0] - losses[1]) <= 1e-5 * losses[0]);
});

test('an engine that there is not is a wrong command line', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd);
  const option = await tscaffe('time --model net.prototxt --engine cudnn', { cwd });
  t.is(option.code, 2);
  t.regex(
    option.stderr,
    /^tscaffe: option '--engine <name>' argument 'cudnn' is invalid\. Allowed choices are caffe, onednn\.\n$/,
  );
  const named = await tscaffe('train --solver solver.prototxt', { cwd, env: { TSCAFFE_ENGINE: 'cudnn' } });
  t.is(named.code, 2);
  t.regex(named.stderr, /^tscaffe train: Expected 'caffe' or 'onednn' for TSCAFFE_ENGINE but received 'cudnn'\n$/);
});
