import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { runExample } from './example.js';

test('the images example learns, and an interrupted run ends with the weights of one that was not', async (t) => {
  const [parts, whole] = [scratchFolder(t), scratchFolder(t)];
  // It would go on for long, however late the signal comes.
  const args = ['--iterations', '1000000', '--snapshot-every', '5', '--out', parts];
  const first = await runExample('images/train.ts', args, { folder: parts, file: 'shapes_iter_5.solverstate' });
  t.is(first.code, 130, first.output);
  const [, iter, state = ''] = /interrupted after (\d+) of [^]* --resume (.*)/.exec(first.output) ?? [];
  t.true(Number(iter) >= 5, first.output);

  const iterations = String(Number(iter) + 30);
  const resumed = await runExample('images/train.ts', ['--iterations', iterations, '--out', parts, '--resume', state]);
  t.is(resumed.code, 0, resumed.output);
  t.regex(resumed.output, /accuracy 0\.\d{4} on images that the net has not seen/);

  t.is((await runExample('images/train.ts', ['--iterations', iterations, '--out', whole])).code, 0);
  const weights = (folder: string): Buffer => readFileSync(join(folder, 'final.caffemodel'));
  t.true(weights(parts).equals(weights(whole)));
});
