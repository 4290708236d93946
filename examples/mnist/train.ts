import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { SGDSolver } from 'tscaffe';
import { prepareData } from './data.js';
import { drawLossCurve } from './loss-curve.js';
import { readLosses, writeLosses, type Loss } from './losses.js';
import { readOptions, resumeCommand } from './options.js';

const options = readOptions(process.argv.slice(2));
mkdirSync(options.out, { recursive: true });
prepareData();

const file = 'examples/mnist/lenet_solver.prototxt';
const prototxt = readFileSync(file, 'utf8');
const text = options.gpu ? prototxt.replace('solver_mode: CPU', 'solver_mode: GPU') : prototxt;
const solver = new SGDSolver({ text, file });
solver.setParam({ snapshotPrefix: join(options.out, 'lenet') });
if (options.snapshotEvery !== undefined) solver.setParam({ snapshot: options.snapshotEvery });

const losses: Loss[] = [];
const lossFile = join(options.out, 'loss.csv');
if (options.resume !== undefined) {
  solver.restore(options.resume);
  // A solverstate holds the weights, the momentum and the iteration, but not how far the database was read: Caffe starts it over.
  // Reading the batches that were trained on, without computing anything, makes the resumed run give the numbers of a run that was
  // never interrupted.
  for (let batch = 0; batch < solver.iter; batch++) solver.net.forward({}, { end: 'mnist' });
  losses.push(...readLosses(lossFile, solver.iter));
  console.log(`resumed at iteration ${solver.iter} from ${options.resume}`);
}

// Caffe computes on this thread. Between two iterations the loop below gives way to the event loop, which is when Ctrl-C is seen; a
// second Ctrl-C ends the process at once, as if this were not here.
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));

const bar = new SingleBar(
  {
    format: 'training {bar} {value}/{total}  loss {loss}  accuracy {accuracy}  {speed}',
    noTTYOutput: true,
    notTTYSchedule: 5000,
  },
  Presets.shades_classic,
);
bar.start(options.iterations, solver.iter, { loss: '-', accuracy: '-', speed: '-' });
// The tests that test_interval asks for.
solver.on('test', ({ outputs: { accuracy } }) => {
  bar.update({ accuracy: accuracy.toFixed(4) });
});
const first = solver.iter;
const start = performance.now();
while (solver.iter < options.iterations && !interrupted) {
  solver.step(1);
  const loss = solver.net.blobs['loss'].cpuData[0];
  losses.push({ iter: solver.iter - 1, loss });
  const milliseconds = (performance.now() - start) / (solver.iter - first);
  bar.update(solver.iter, { loss: loss.toFixed(4), speed: `${milliseconds.toFixed(1)} ms an iteration` });
  await setImmediate();
}
bar.stop();
writeLosses(lossFile, losses);

if (solver.iter < options.iterations) {
  const { state } = solver.snapshot();
  console.log(
    `interrupted after ${solver.iter} of ${options.iterations} iterations; go on with\n  ${resumeCommand(options, state)}`,
  );
  process.exitCode = 130;
} else {
  console.log('testing on 10,000 images');
  const { accuracy, loss } = solver.test();
  const weights = join(options.out, 'final.caffemodel');
  const picture = join(options.out, 'loss.svg');
  solver.net.save(weights);
  writeFileSync(picture, drawLossCurve(losses));
  console.log(`accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}\nweights: ${weights}\nloss curve: ${picture}`);
}
