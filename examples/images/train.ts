import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { dataSource, Solver, type SourceLayer } from 'tscaffe';
import { drawShapes, kinds, size } from './draw-shapes.js';
import { imageFiles } from './image-files.js';

const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '1000' },
    out: { type: 'string', default: 'examples/images/data' },
    resume: { type: 'string' },
  },
});
const { out, resume } = values;
const iterations = Number(values.iterations);
const folder = 'examples/images/data';
mkdirSync(out, { recursive: true });

console.log('drawing images');
await drawShapes(`${folder}/train`, 500, 1);
await drawShapes(`${folder}/test`, 100, 2);

const tops = { data: { shape: [3, size, size], scale: 1 / 256 }, label: [] };
dataSource(imageFiles(`${folder}/train`, kinds, size), { type: 'TrainImages', tops, shuffle: 1 });
dataSource(imageFiles(`${folder}/test`, kinds, size), { type: 'TestImages', tops });

const solver = new Solver('examples/images/solver.prototxt');
solver.setParam({ snapshotPrefix: join(out, 'shapes') });
// The images go on where they were, too: the snapshot tells.
if (resume !== undefined) solver.restore(resume);
const images = solver.net.layerDict['images'].layer as SourceLayer;

// Caffe computes on a thread of its own, sharp decodes on others: Ctrl-C is seen at once, and ends the iteration at hand.
const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort();
});

const bar = new SingleBar(
  {
    format: 'training {bar} {value}/{total}  epoch {epoch}  loss {loss}  accuracy {accuracy}',
    noTTYOutput: true,
    notTTYSchedule: 5000,
  },
  Presets.shades_classic,
);
bar.start(iterations, solver.iter, { epoch: images.epoch, loss: '-', accuracy: '-' });
solver.on('iteration', ({ iter, loss }) => {
  bar.update(iter, { epoch: images.epoch, loss: loss.toFixed(4) });
});
solver.on('test', ({ outputs }) => {
  bar.update({ accuracy: outputs['accuracy'].toFixed(4) });
});

using profile = solver.profile();
try {
  await solver.stepAsync(Math.max(0, iterations - solver.iter), { signal: controller.signal });
  bar.stop();
  const { accuracy } = await solver.testAsync();
  const weights = join(out, 'final.caffemodel');
  solver.net.save(weights);
  console.log(`accuracy ${accuracy.toFixed(4)} on images that the net has not seen; weights: ${weights}`);
  const { milliseconds } = profile.iteration;
  const [{ forward }] = profile.layers;
  console.log(
    `an iteration took ${milliseconds.toFixed(1)} ms, of which ${forward.milliseconds.toFixed(1)} for its images`,
  );
} catch (error) {
  bar.stop();
  if (!controller.signal.aborted) throw error;
  console.log(
    `interrupted after ${solver.iter} iterations; go on with\n  npm run images -- --out ${out} --resume ${solver.snapshot().state}`,
  );
  process.exitCode = 130;
}
