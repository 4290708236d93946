import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SGDSolver } from 'tscaffe';

const [way, path] = process.argv.slice(2);
const [warmUp, iterations] = process.argv.slice(4).map(Number);
const solver = new SGDSolver(path);

async function train(count: number): Promise<void> {
  if (way === 'step') for (let i = 0; i < count; i++) solver.step(1);
  else if (way === 'stepAsync') await solver.stepAsync(count);
  else for await (const { loss } of solver.train({ iterations: count })) if (Number.isNaN(loss)) throw new Error('NaN');
}

await train(warmUp);
const wall = process.hrtime.bigint();
const cpu = process.cpuUsage();
await train(iterations);
const { user, system } = process.cpuUsage(cpu);
const trial: Record<string, number> = { iteration: Number(process.hrtime.bigint() - wall) / iterations };

// Apart, for to sample costs something; and a thread that computes all the while has no event loop to speak of.
if (way !== 'step') {
  const resolution = 1;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  await train(iterations / 2);
  delay.disable();
  for (const p of [50, 99]) trial[`event loop delay, p${p}`] = Math.max(0, delay.percentile(p) - resolution * 1e6);
}
console.log(JSON.stringify({ wall: trial, cpu: { iteration: ((user + system) * 1000) / iterations } }));
