import { SGDSolver } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const [path] = process.argv.slice(2);
const [warmUp, iterations] = process.argv.slice(3).map(Number);
const solver = new SGDSolver(path);
for (let i = 0; i < warmUp; i++) solver.step(1);
const stopwatch = new Stopwatch();
stopwatch.measure('iteration', iterations, () => {
  for (let i = 0; i < iterations; i++) solver.step(1);
});
stopwatch.report();
