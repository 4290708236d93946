import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SGDSolver } from 'tscaffe';
import { showTraining } from '../program/progress.js';
import { readTraining, resumeCommand } from '../program/training.js';
import { prepareData } from './data.js';
import { solverOnGpu } from './gpu/solver.js';
import { drawLossCurve } from './loss-curve.js';
import { readLosses, writeLosses, type Loss } from './losses.js';

const program = {
  command: 'npm run mnist',
  solver: 'examples/mnist/lenet_solver.prototxt',
  iterations: 1000,
  out: 'examples/mnist/data',
  name: 'lenet',
  flags: { gpu: 'train on the GPU, which needs a libcaffe with CUDA (docs/gpu.md)' },
};
const training = readTraining(program);
const { iterations, snapshotEvery, out, resume, flags } = training;
prepareData();

const solver = new SGDSolver(flags.has('gpu') ? solverOnGpu(program.solver) : program.solver);
solver.setParam({ snapshotPrefix: join(out, program.name) });
if (snapshotEvery !== undefined) solver.setParam({ snapshot: snapshotEvery });

const losses: Loss[] = [];
const lossFile = join(out, 'loss.csv');
if (resume !== undefined) {
  solver.restore(resume);
  // A solverstate holds the weights, the momentum and the iteration, but not how far the database was read: Caffe
  // starts it over. Reading the batches that were trained on, without computing anything, makes the resumed run give
  // the numbers of a run that was never interrupted.
  for (let batch = 0; batch < solver.iter; batch++) solver.net.forward({}, { end: 'mnist' });
  losses.push(...readLosses(lossFile, solver.iter));
  console.log(`resumed at iteration ${solver.iter} from ${resume}`);
}

// Caffe computes on this thread. Between two iterations the loop below gives way to the event loop, which is when
// Ctrl-C is seen; a second Ctrl-C ends the process at once, as if this were not here.
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));

const hideProgress = showTraining(solver, iterations);
while (solver.iter < iterations && !interrupted) {
  solver.step(1);
  losses.push({ iter: solver.iter - 1, loss: solver.net.blobs['loss'].cpuData[0] });
  await setImmediate();
}
hideProgress();
writeLosses(lossFile, losses);

if (solver.iter < iterations) {
  const command = resumeCommand(program, training, solver.snapshot().state);
  console.log(`interrupted after ${solver.iter} of ${iterations} iterations; go on with\n  ${command}`);
  process.exitCode = 130;
} else {
  console.log('testing on 10,000 images');
  const { accuracy, loss } = solver.test();
  const weights = join(out, 'final.caffemodel');
  const picture = join(out, 'loss.svg');
  solver.net.save(weights);
  writeFileSync(picture, drawLossCurve(losses));
  console.log(`accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}\nweights: ${weights}\nloss curve: ${picture}`);
}
