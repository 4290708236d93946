import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Net, SGDSolver } from 'tscaffe';
import { prepareData } from '../../examples/mnist/data.js';
import { solverOnGpu } from '../../examples/mnist/gpu/solver.js';
import { scratchFolder } from '../scratch-folder.js';
import { runExample } from './example.js';

const train = (args: string[], interrupt?: { folder: string; file: string }): ReturnType<typeof runExample> =>
  runExample('mnist/train.ts', args, interrupt);

function losses(folder: string): number[] {
  const [header, ...lines] = readFileSync(join(folder, 'loss.csv'), 'utf8').trimEnd().split('\n');
  if (header !== 'iteration,loss') throw new Error(`unexpected header ${header}`);
  return lines.map((line, i) => {
    const [iter, loss] = line.split(',').map(Number);
    if (iter !== i) throw new Error(`line ${i} is of iteration ${iter}`);
    return loss;
  });
}

test.serial(
  'the MNIST example trains for 20 iterations, and its caffemodel loads and has the accuracy that it printed',
  async (t) => {
    const folder = scratchFolder(t);
    const { code, output } = await train(['--iterations', '20', '--out', folder]);
    t.is(code, 0, output);

    const all = losses(folder);
    t.is(all.length, 20);
    const mean = (some: number[]): number => some.reduce((sum, loss) => sum + loss, 0) / some.length;
    t.true(mean(all.slice(-5)) < 0.7 * mean(all.slice(0, 5)), `the loss fell: ${all.join(', ')}`);
    t.regex(readFileSync(join(folder, 'loss.svg'), 'utf8'), /^<svg .*<\/svg>$/s);

    using net = new Net('examples/mnist/lenet_train_test.prototxt', 'test', {
      weights: join(folder, 'final.caffemodel'),
    });
    let accuracy = 0;
    for (let batch = 0; batch < 100; batch++) accuracy += net.forward()['accuracy'][0] / 100;
    const printed = /^accuracy ([\d.]+)/m.exec(output)?.[1];
    t.is(printed, accuracy.toFixed(4), output);
    t.true(accuracy > 0.3, `far above the 0.1 of chance: ${accuracy}`);
  },
);

test.serial(
  'an interrupted MNIST example says how to resume, and then gives the losses of a run that was not interrupted',
  async (t) => {
    const folder = scratchFolder(t);
    // It would go on for long, however late the signal comes.
    const args = ['--iterations', '1000000', '--snapshot-every', '5', '--out', folder];
    const first = await train(args, { folder, file: 'lenet_iter_5.solverstate' });
    t.is(first.code, 130, first.output);
    const [, iter, command] =
      /interrupted after (\d+) of 1000000 .*\n {2}npm run mnist -- (.*)/.exec(first.output) ?? [];
    t.truthy(command, first.output);
    const interruptedAt = Number(iter);
    t.true(interruptedAt >= 5);
    t.true(existsSync(join(folder, `lenet_iter_${interruptedAt}.solverstate`)));
    t.false(existsSync(join(folder, 'final.caffemodel')), 'weights of an unfinished run are not called final');

    const iterations = String(interruptedAt + 5);
    const second = await train([...command.split(' '), '--iterations', iterations]);
    t.is(second.code, 0, second.output);

    const whole = scratchFolder(t);
    t.is((await train(['--iterations', iterations, '--out', whole])).code, 0);
    t.deepEqual(losses(folder), losses(whole));
    t.deepEqual(readFileSync(join(folder, 'final.caffemodel')), readFileSync(join(whole, 'final.caffemodel')));
  },
);

test.serial('a wrong option of the MNIST example ends with status 2 and the options that there are', async (t) => {
  for (const args of [
    ['--iterations', 'many'],
    ['--iteration', '5'],
    ['--resume', 'missing.solverstate'],
    ['--engine', 'mkl'],
  ]) {
    const { code, output } = await train(args);
    t.is(code, 2, output);
    t.regex(output, /--snapshot-every N/);
  }
});

test('with --gpu the MNIST example takes the forms of its layers for the GPU, found beside its prototxt', (t) => {
  prepareData();
  const { text, file } = solverOnGpu('examples/mnist/lenet_solver.prototxt');
  t.regex(text, /^solver_mode: GPU$/m);
  // Those forms compute on the CPU too, where there is no GPU to look at them on.
  using solver = new SGDSolver({ text: text.replace('solver_mode: GPU', 'solver_mode: CPU'), file });
  const { one_hot, loss } = solver.net.layerDict;
  for (const { name, layer } of [one_hot, loss]) t.is(typeof layer?.forwardGpu, 'function', name);
});
