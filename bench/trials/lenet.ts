import { SGDSolver } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [path, iterations] = process.argv.slice(2);
const count = Number(iterations);
const solver = new SGDSolver(path);
await takeRounds((stopwatch) => {
  stopwatch.measure('iteration', count, () => {
    for (let i = 0; i < count; i++) solver.step(1);
  });
});
