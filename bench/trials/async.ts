import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SGDSolver } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [way, path, count] = process.argv.slice(2);
const iterations = Number(count);
const solver = new SGDSolver(path);
const resolution = 1;

async function train(): Promise<void> {
  if (way === 'step') for (let i = 0; i < iterations; i++) solver.step(1);
  else if (way === 'stepAsync') await solver.stepAsync(iterations);
  else for await (const { loss } of solver.train({ iterations })) if (Number.isNaN(loss)) throw new Error('NaN');
}

await takeRounds(async (stopwatch) => {
  await stopwatch.measureAsync('iteration', iterations, train);
  // Apart, for to sample costs something; and a thread that computes all the while has no event loop to speak of.
  if (way === 'step') return;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  await train();
  delay.disable();
  for (const p of [50, 99]) {
    stopwatch.add(`event loop delay, p${p}`, Math.max(0, delay.percentile(p) - resolution * 1e6));
  }
});
