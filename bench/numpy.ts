import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const quantities = [
  'sum of all',
  'max of all',
  'argmax of rows',
  'max of columns',
  'add a row',
  'subtract a column',
  'softmax of rows',
  'argsort of all',
  'H·W·K to K·H·W',
];

export const benchmark: Benchmark = {
  name: 'numpy',
  title: 'What layers use numpy for',
  about:
    'Functions of `math` on a blob of 64 × 1000, and the transpose of an image of 227 × 227 × 3, beside numpy on ' +
    'the same arrays, with results that are there already where numpy can write to them.',
  trials: 3,
  rounds: 10,
  contenders: [
    { name: tscaffe, start: () => startNode('numpy.ts', []) },
    { name: pycaffe, needsPycaffe: true, start: () => startPeer('numpy_functions.py', []) },
  ],
  goals: quantities.map((quantity) => ({ of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 1 })),
};
