import { join } from 'node:path';
import { dataSource, Solver, type SourceLayer } from 'tscaffe';
import { showTraining } from '../program/progress.js';
import { readTraining, resumeCommand } from '../program/training.js';
import { drawShapes, kinds, size } from './draw-shapes.js';
import { imageFiles } from './image-files.js';

const program = {
  command: 'npm run images',
  solver: 'examples/images/solver.prototxt',
  iterations: 1000,
  out: 'examples/images/data',
  name: 'shapes',
};
const training = readTraining(program);
const { iterations, snapshotEvery, out, resume } = training;

const folder = 'examples/images/data';
console.log('drawing images');
await drawShapes(`${folder}/train`, 500, 1);
await drawShapes(`${folder}/test`, 100, 2);

const tops = { data: { shape: [3, size, size], scale: 1 / 256 }, label: [] };
dataSource(imageFiles(`${folder}/train`, kinds, size), { type: 'TrainImages', tops, shuffle: 1 });
dataSource(imageFiles(`${folder}/test`, kinds, size), { type: 'TestImages', tops });

const solver = new Solver(program.solver);
solver.setParam({ snapshotPrefix: join(out, program.name) });
if (snapshotEvery !== undefined) solver.setParam({ snapshot: snapshotEvery });
// The images go on where they were, too: the snapshot tells.
if (resume !== undefined) solver.restore(resume);
const images = solver.net.layerDict['images'].layer as SourceLayer;

// Caffe computes on a thread of its own, sharp decodes on others: Ctrl-C is seen at once, and ends the iteration at
// hand.
const controller = new AbortController();
const { signal } = controller;
process.once('SIGINT', () => {
  controller.abort();
});

using profile = solver.profile();
const hideProgress = showTraining(solver, iterations, () => ({ epoch: images.epoch }));
try {
  await solver.stepAsync(Math.max(0, iterations - solver.iter), { signal });
} catch (error) {
  if (!signal.aborted) throw error;
} finally {
  hideProgress();
}

if (solver.iter < iterations) {
  const command = resumeCommand(program, training, solver.snapshot().state);
  console.log(`interrupted after ${solver.iter} of ${iterations} iterations; go on with\n  ${command}`);
  process.exitCode = 130;
} else {
  const { accuracy } = await solver.testAsync();
  const weights = join(out, 'final.caffemodel');
  solver.net.save(weights);
  console.log(`accuracy ${accuracy.toFixed(4)} on images that the net has not seen; weights: ${weights}`);
  const { milliseconds } = profile.iteration;
  const [{ forward }] = profile.layers;
  console.log(
    `an iteration took ${milliseconds.toFixed(1)} ms, of which ${forward.milliseconds.toFixed(1)} for its images`,
  );
}
