import { join } from 'node:path';
import { prepareData } from '../examples/mnist/data.js';
import type { Benchmark } from './harness/benchmark.js';
import { startNode, type Runner } from './harness/runner.js';
import { endless, writeSolver, writeStockNet } from './lenet-files.js';

/** Of a round: histograms are taken once in it. */
const iterations = 100;

const [closed, curves, histograms] = ['closed', 'open', 'open, with histograms'];

const start = (folder: string, every: number | 'closed'): Promise<Runner> =>
  startNode('dashboard.ts', [join(folder, 'solver.prototxt'), iterations, every]);

export const benchmark: Benchmark = {
  name: 'dashboard',
  title: 'LeNet on MNIST with its dashboard',
  about:
    'One iteration of LeNet (batch 64, Caffe’s own layers), with the dashboard closed; open, with a page that listens; ' +
    'and with histograms of all blobs each 100 iterations. The CPU time has that of the server’s thread in it.',
  trials: 5,
  rounds: 5,
  contenders: [
    { name: closed, start: (folder) => start(folder, 'closed') },
    { name: curves, start: (folder) => start(folder, 0) },
    { name: histograms, start: (folder) => start(folder, 100) },
  ],
  goals: [
    { of: curves, quantity: 'iteration', clock: 'wall', against: closed, atMost: 1.01 },
    { of: histograms, quantity: 'iteration', clock: 'wall', against: closed, atMost: 1.03 },
  ],
  prepare(folder) {
    prepareData();
    writeStockNet(folder);
    writeSolver(folder, 'solver.prototxt', join(folder, 'stock.prototxt'), endless);
  },
};
