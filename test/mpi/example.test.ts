import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timeout, tscaffe } from '../process/program.js';
import { test } from './job.js';

test('the example learns MNIST on two ranks, to an accuracy of 0.97, and rank 0 prints', async (t) => {
  const cli = join(fileURLToPath(tscaffe), '../cli/main.js');
  const program = [process.execPath, '--import=tsx', 'examples/parallel/train.ts'];
  const child = spawn(process.execPath, [cli, 'mpirun', '-n', '2', '--', ...program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout,
    env: { ...process.env, OMPI_MCA_rmaps_base_oversubscribe: '1' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  t.is(await new Promise((done) => child.once('close', done)), 0, output);
  const [, loss] = /^iteration 1000, loss ([\d.]+)$/m.exec(output) ?? [];
  t.true(Number(loss) > 0, output);
  const [, accuracy] = /^2 ranks, accuracy ([\d.]+), averaging [\d.]+ ms an iteration$/m.exec(output) ?? [];
  t.true(Number(accuracy) >= 0.97, accuracy);
  t.is(output.match(/^iteration/gm)?.length, 10, output);
});
