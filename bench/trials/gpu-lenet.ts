import { readFileSync } from 'node:fs';
import { cuda, Solver } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [path, count] = process.argv.slice(2);
const iterations = Number(count);
const text = readFileSync(path, 'utf8').replace('solver_mode: CPU', 'solver_mode: GPU');
const solver = new Solver({ text });
await takeRounds((stopwatch) => {
  solver.net.clearTransfers();
  stopwatch.measure('iteration', iterations, () => {
    for (let i = 0; i < iterations; i++) solver.step(1);
    cuda.synchronize();
  });
  const { toDevice, toHost, causes } = solver.net.transfers();
  const prefetched = causes.reduce((sum, { during, bytes }) => sum + (during === 'prefetch' ? bytes : 0), 0);
  stopwatch.memory = {
    'copied by the data layer, an iteration': prefetched / iterations,
    'copied to the GPU besides, an iteration': (toDevice - prefetched) / iterations,
    'copied from the GPU, an iteration': toHost / iterations,
  };
});
