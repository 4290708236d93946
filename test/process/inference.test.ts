import { join } from 'node:path';
import test from 'ava';
import { drawShapes, kinds } from '../../examples/images/draw-shapes.js';
import { scratchFolder } from '../scratch-folder.js';
import { runExample } from './example.js';

test('the inference example knows each kind of shape on images that were not there in its training', async (t) => {
  const folder = join(scratchFolder(t), 'drawn');
  await drawShapes(folder, 3, 7, 100); // another seed, and larger than the net's input
  const files = kinds.flatMap((kind) => [0, 1, 2].map((n) => join(folder, kind, `000${n}.jpg`)));
  const { code, output } = await runExample('inference/classify.ts', files);
  t.is(code, 0, output);
  const said = output.trim().split('\n').map((line) => /: (\w+), ([\d.]+) %$/.exec(line)?.slice(1)); // prettier-ignore
  t.is(said.length, 12, output);
  const right = said.filter((words, i) => words?.[0] === kinds[Math.floor(i / 3)]);
  t.true(right.length >= 11, output);
});

test('the inference example without files says how it is used', async (t) => {
  const { code, output } = await runExample('inference/classify.ts', []);
  t.is(code, 1);
  t.regex(output, /Usage: npm run inference -- FILE \.\.\./);
});
