import { join } from 'node:path';
import { prepareData } from '../examples/mnist/data.js';
import type { Benchmark } from './harness/benchmark.js';
import { node } from './harness/process.js';
import { startNode, type Runner } from './harness/runner.js';
import { endless, net, writeSolver, writeStockNet } from './lenet-files.js';

/** Of a round. */
const iterations = 20;
const quantity = 'iteration';

const kinds = [
  { kind: 'layers of Caffe alone', solver: 'stock.solver.prototxt' },
  { kind: 'both TypeScript layers', solver: 'scripted.solver.prototxt' },
];

/**
 * Of the bench's three ways to train: `step` on this thread, `stepAsync` in one call, `train` with a report for each
 * iteration.
 */
const ways = ['step', 'stepAsync', 'train'];

const name = (way: string, kind: string): string => `${way}, ${kind}`;
const start = (way: string, folder: string, solver: string): Promise<Runner> =>
  startNode('async.ts', [way, join(folder, solver), iterations]);

export const stepping: Benchmark = {
  name: 'async',
  title: 'LeNet on MNIST, asynchronously',
  about:
    'One iteration on the thread of JavaScript (`step(1)` in a loop), on Caffe’s thread in one call (`stepAsync`), ' +
    'and on Caffe’s thread with a report for each iteration (`for await … of train()`); with Caffe’s own layers ' +
    'alone, and with the two TypeScript layers of [examples/mnist](../examples/mnist/README.md). The delay of the ' +
    'event loop is by perf_hooks, sampled each millisecond while it trains, beyond that millisecond.',
  trials: 3,
  rounds: 12,
  contenders: kinds.flatMap(({ kind, solver }) =>
    ways.map((way) => ({ name: name(way, kind), start: (folder: string) => start(way, folder, solver) })),
  ),
  goals: kinds.flatMap(({ kind }, i) => [
    {
      of: name('stepAsync', kind),
      quantity,
      clock: 'cpu',
      against: name('step', kind),
      atMost: [1.02, 1.05][i] ?? NaN,
    },
    { of: name('stepAsync', kind), quantity: 'event loop delay, p99', clock: 'wall', atMost: 10e6 },
  ]),
  prepare(folder) {
    prepareData();
    writeStockNet(folder);
    writeSolver(folder, 'stock.solver.prototxt', join(folder, 'stock.prototxt'), endless);
    writeSolver(folder, 'scripted.solver.prototxt', net, endless);
  },
};

export const roundTrip: Benchmark = {
  name: 'round-trip',
  title: 'One call of a TypeScript layer',
  about:
    'What one callback costs that does nothing but touch `data`: called directly in a synchronous forward; from ' +
    'Caffe’s thread in an asynchronous one, there and back; and with a promise that Caffe waits for.',
  trials: 5,
  contenders: ['forward', 'forwardAsync', 'forwardAsync, promises'].map((way) => ({
    name: way,
    run: () => node('round-trip.ts', [way]),
  })),
  goals: [],
};
