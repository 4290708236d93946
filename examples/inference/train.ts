// Makes the weights of classify.ts: trains its own net, with images in the place of its input and a loss in the place
// of its softmax. The images are those of examples/images.
import { dataSource, readNet, Solver } from 'tscaffe';
import { drawShapes, kinds, size } from '../images/draw-shapes.js';
import { imageFiles } from '../images/image-files.js';

const [weights = 'examples/inference/shapes.caffemodel', iterations = '1000'] = process.argv.slice(2);

const images = 'examples/images/data';
await drawShapes(`${images}/train`, 500, 1);
await drawShapes(`${images}/test`, 100, 2);
const tops = { data: { shape: [3, size, size], scale: 1 / 255 }, label: [] };
dataSource(imageFiles(`${images}/train`, kinds, size), { type: 'TrainImages', tops, shuffle: 1 });
dataSource(imageFiles(`${images}/test`, kinds, size), { type: 'TestImages', tops });

const { name, layer } = readNet('examples/inference/deploy.prototxt');
const source = (type: string, phase: 'TRAIN' | 'TEST', batchSize: number): object => ({ name: 'data', type, top: ['data', 'label'], include: [{ phase }], dataParam: { batchSize } }); // prettier-ignore
const solver = new Solver({
  netParam: {
    name,
    layer: [
      source('TrainImages', 'TRAIN', 32),
      source('TestImages', 'TEST', 40),
      ...layer.slice(1, -1),
      { name: 'loss', type: 'SoftmaxWithLoss', bottom: ['scores', 'label'], top: ['loss'] },
      {
        name: 'accuracy',
        type: 'Accuracy',
        bottom: ['scores', 'label'],
        top: ['accuracy'],
        include: [{ phase: 'TEST' }],
      },
    ],
  },
  type: 'Adam',
  baseLr: 0.003,
  momentum: 0.9,
  momentum2: 0.999,
  lrPolicy: 'poly',
  power: 1,
  maxIter: Number(iterations),
  testIter: [10], // batches of 40: all 400 test images
  testInterval: 500,
  testInitialization: false,
  randomSeed: 1,
});
solver.on('test', ({ outputs }) => {
  console.log(solver.iter, 'accuracy', outputs['accuracy'].toFixed(4));
});
await solver.stepAsync(Number(iterations));
console.log('accuracy', (await solver.testAsync())['accuracy'].toFixed(4));
solver.net.save(weights);
