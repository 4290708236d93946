import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { node, peer } from './harness/process.js';

const quantities = ['blob.data', 'net.blobs[name]', 'net.forward()'];

export const benchmark: Benchmark = {
  name: 'access',
  title: 'Access from the host language',
  about:
    "`blob.data` and one of `net.blobs` of a net with one layer, and that net's `forward()`: what a script pays beside Caffe's own work.",
  trials: 7,
  contenders: [
    { name: tscaffe, run: () => node('access.ts') },
    { name: pycaffe, needsPycaffe: true, run: () => peer('access.py') },
  ],
  goals: quantities.map((quantity) => ({ of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 1 / 4 })),
};
