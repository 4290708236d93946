// One process of a job, or one alone: how long an image takes all ranks together, on the net in a file.
import { mpi, SGDSolver } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const [path, batch, count, attach] = process.argv.slice(2);
const iterations = Number(count);
const { rank, size } = mpi.init();
const solver = new SGDSolver(path);
const averaging = attach === 'attach' ? mpi.attach(solver) : undefined;
solver.step(Math.max(2, iterations / 5)); // until caches are warm
mpi.barrier();
const before = averaging && { iterations: averaging.iterations, visible: averaging.visible, hidden: averaging.hidden };
const begin = process.hrtime.bigint();
solver.step(iterations);
mpi.barrier();
const iteration = Number(process.hrtime.bigint() - begin) / iterations;
if (rank === 0) {
  const stopwatch = new Stopwatch();
  stopwatch.add('iteration', iteration);
  stopwatch.add('image', iteration / (Number(batch) * size));
  if (averaging !== undefined && before !== undefined && size > 1) {
    stopwatch.add('averaging, visible', ((averaging.visible - before.visible) / iterations) * 1e6);
    stopwatch.add('averaging, hidden', ((averaging.hidden - before.hidden) / iterations) * 1e6);
  }
  stopwatch.report();
}
