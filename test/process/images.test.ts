import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';

/** Runs train.ts as `npm run images` does; with `interrupt`, sends SIGINT once it has come so far. */
async function train(args: string[], interrupt?: RegExp): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/images/train.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (interrupt?.test(output) === true && !interrupted) interrupted = child.kill('SIGINT');
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('the images example learns, and an interrupted run ends with the weights of one that was not', async (t) => {
  const [whole, parts] = [scratchFolder(t), scratchFolder(t)];
  const first = await train(['--iterations', '40', '--out', whole]);
  t.is(first.code, 0, first.output);
  t.regex(first.output, /accuracy 0\.\d{4} on images that the net has not seen/);

  const interrupted = await train(['--iterations', '40', '--out', parts], /training/);
  t.is(interrupted.code, 130, interrupted.output);
  const state = /--resume (.*)/.exec(interrupted.output)?.[1] ?? '';
  const resumed = await train(['--iterations', '40', '--out', parts, '--resume', state]);
  t.is(resumed.code, 0, resumed.output);
  const weights = (folder: string): Buffer => readFileSync(join(folder, 'final.caffemodel'));
  t.true(weights(parts).equals(weights(whole)));
});
