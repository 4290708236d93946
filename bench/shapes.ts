import { type Benchmark } from './harness/benchmark.js';
import { startNode } from './harness/runner.js';

const inTheLoop = 'read in the loop';
const hoisted = 'read before the loop';
const quantities = ['blob.num', 'blob.count', 'blob.shape[0]'];

export const benchmark: Benchmark = {
  name: 'shapes',
  title: 'Shapes in inner loops',
  about:
    '`blob.data[i] /= blob.num` over 64,000 elements, as a layer that was ported from Python may have it, and the same with ' +
    'the number in a local; the time of one element.',
  trials: 3,
  rounds: 10,
  contenders: [
    { name: inTheLoop, start: () => startNode('shapes.ts', ['loop']) },
    { name: hoisted, start: () => startNode('shapes.ts', ['hoisted']) },
  ],
  goals: quantities.map((quantity) => ({ of: inTheLoop, quantity, clock: 'cpu', against: hoisted, atMost: 1.2 })),
};
