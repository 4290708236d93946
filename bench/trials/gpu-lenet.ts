import { readFileSync } from 'node:fs';
import { cuda, Solver } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const [path] = process.argv.slice(2);
const [warmUp, iterations] = process.argv.slice(3).map(Number);
const text = readFileSync(path, 'utf8').replace('solver_mode: CPU', 'solver_mode: GPU');
const solver = new Solver({ text });
for (let i = 0; i < warmUp; i++) solver.step(1);
cuda.synchronize();
solver.net.clearTransfers();
const stopwatch = new Stopwatch();
stopwatch.measure('iteration', iterations, () => {
  for (let i = 0; i < iterations; i++) solver.step(1);
  cuda.synchronize();
});
const { toDevice, toHost, causes } = solver.net.transfers();
const prefetched = causes.reduce((sum, { during, bytes }) => sum + (during === 'prefetch' ? bytes : 0), 0);
stopwatch.report({
  'copied by the data layer, an iteration': prefetched / iterations,
  'copied to the GPU besides, an iteration': (toDevice - prefetched) / iterations,
  'copied from the GPU, an iteration': toHost / iterations,
});
