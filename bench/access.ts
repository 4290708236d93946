import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const quantities = ['blob.data', 'net.blobs[name]', 'net.forward()'];

export const benchmark: Benchmark = {
  name: 'access',
  title: 'Access from the host language',
  about:
    "`blob.data` and one of `net.blobs` of a net with one layer, and that net's `forward()`: what a script pays " +
    "beside Caffe's own work.",
  trials: 3,
  rounds: 10,
  contenders: [
    { name: tscaffe, start: () => startNode('access.ts', []) },
    { name: pycaffe, needsPycaffe: true, start: () => startPeer('access.py', []) },
  ],
  goals: quantities.map((quantity) => ({ of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 1 / 4 })),
};
