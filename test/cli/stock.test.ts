// The command beside Debian's stock `caffe`: stock/generate.ts has stored what it prints and writes for the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';
import {
  environment,
  forgetAfter40,
  numbersIn,
  prepare,
  runs,
  snapshotsIn,
  type Outcome,
  type Run,
} from './stock/runs.js';

const peer = JSON.parse(readFileSync(new URL('stock/peer.json', import.meta.url), 'utf8')) as Record<Run, Outcome>;

/** The kernels that the numbers are of are those of x86-64. */
const onTheSameKernels = process.arch === 'x64' ? test : test.skip;

async function compare(t: ExecutionContext, run: Run, cwd: string): Promise<void> {
  const before = snapshotsIn(cwd);
  const options = run === 'test' ? [] : ['--log', 'caffe.log'];
  const outcome = await tscaffe([...runs[run].split(' '), ...options], { cwd, env: environment });
  t.is(outcome.code, 0, outcome.stderr);
  const log = run === 'test' ? outcome.stdout : readFileSync(join(cwd, 'caffe.log'), 'utf8');
  t.deepEqual(numbersIn(log), peer[run].lines);
  t.deepEqual(snapshotsIn(cwd, before), peer[run].files);
  t.is(outcome.stderr, '');
}

onTheSameKernels('train and test give the numbers and files of Caffe’s tool, to the last bit', async (t) => {
  const folder = scratchFolder(t);
  prepare(folder);
  await compare(t, 'sgd', folder);
  forgetAfter40(folder);
  await compare(t, 'resumed', folder);
  await compare(t, 'finetuned', folder);
  await compare(t, 'test', folder);
  t.true(peer.sgd.lines.filter((line) => /^Iteration \d+, loss/.test(line)).length >= 100);
  t.is(Object.keys(peer.sgd.files).length, 6);
});
