import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const nets = ['LeNet', 'GoogLeNet', 'ResNet-152'];

export const benchmark: Benchmark = {
  name: 'net-spec',
  title: 'NetSpec and prototxt',
  about:
    'Building the message of a net by a NetSpec program (those of LeNet and GoogLeNet are ' +
    "`test/parity/net-spec/`'s), and parsing its text.",
  trials: 3,
  rounds: 5,
  contenders: [
    { name: tscaffe, start: () => startNode('net-spec.ts', []) },
    { name: pycaffe, needsPycaffe: true, start: () => startPeer('net_spec.py', []) },
  ],
  goals: nets.flatMap((net) =>
    ['build', 'parse'].map((what) => ({
      of: tscaffe,
      quantity: `${net}, ${what}`,
      clock: 'cpu' as const,
      against: pycaffe,
      atMost: 1,
    })),
  ),
};
