import { mpi, SGDSolver } from 'tscaffe';
import { prepareData } from '../mnist/data.js';

const { rank, size } = mpi.init();
if (rank === 0) prepareData();
mpi.barrier();
const solver = new SGDSolver('examples/mnist/lenet_solver.prototxt');
const averaging = mpi.attach(solver);
const iterations = Number(process.argv[2] ?? 1000);
for await (const { iter, loss } of solver.train({ iterations, every: Math.min(100, iterations) })) {
  if (rank === 0) console.log(`iteration ${iter}, loss ${loss.toFixed(4)}`);
}
const { accuracy } = await solver.testAsync();
const visible = averaging.visible / Math.max(1, averaging.iterations);
if (rank === 0)
  console.log(`${size} ranks, accuracy ${accuracy.toFixed(4)}, averaging ${visible.toFixed(2)} ms an iteration`);
