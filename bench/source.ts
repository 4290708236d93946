import { prepareData } from '../examples/mnist/data.js';
import type { Benchmark, Goal } from './harness/benchmark.js';
import { startNode } from './harness/runner.js';
import { writeStockNet } from './lenet-files.js';

const digits = 'LeNet, MNIST from arrays';
const photos = 'SqueezeNet, images by sharp';

const fed = 'iteration, dataSource';
const other = 'iteration, without it';

/** Feeding costs less than 5 % of a step where the net is the bottleneck. */
const goals = (of: string): Goal[] => [
  { of, quantity: fed, clock: 'wall', against: of, than: other, atMost: 1.05 },
  { of, quantity: 'its data layer', clock: 'wall', against: of, than: fed, atMost: 0.05 },
];

export const benchmark: Benchmark = {
  name: 'source',
  title: 'A data source in TypeScript',
  about:
    'One iteration by `stepAsync`, fed by `dataSource` and without it, in turns within one process, both in each ' +
    'round. LeNet, batch 64: the images of MNIST out of arrays of bytes, shuffled, against Caffe’s own `Data` layer ' +
    'over LMDB. SqueezeNet 1.1, batch 8: JPEG files of 256 × 256 that sharp decodes and shrinks to 227 × 227, ' +
    'against the same images, decoded beforehand, in Caffe’s own `MemoryData`. The data layer’s time is what Caffe ' +
    'waits for in its forward, with the way to the thread of JavaScript and back; CPU time holds what is decoded on ' +
    'other threads.',
  trials: 3,
  rounds: 12,
  contenders: [
    { name: digits, start: (folder) => startNode('source.ts', ['digits', folder, 20]) },
    { name: photos, start: (folder) => startNode('source.ts', ['images', folder, 2]) },
  ],
  goals: [...goals(digits), ...goals(photos)],
  prepare(folder) {
    prepareData();
    writeStockNet(folder);
  },
};
