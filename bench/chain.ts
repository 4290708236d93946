import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const layers = 100;

function chain(): string {
  const data =
    'force_backward: true layer { name: "0" type: "DummyData" top: "0" dummy_data_param { shape { dim: 8 } } }';
  const links = Array.from(
    { length: layers },
    (_, i) => `layer { name: "${i + 1}" type: "Python" bottom: "${i}" top: "${i + 1}"
      python_param { module: "nothing" layer: "Nothing" } }`,
  );
  return [data, ...links].join('\n');
}

export const benchmark: Benchmark = {
  name: 'chain',
  title: 'A chain of 100 layers that do nothing',
  about:
    'The price of a layer written in the host language: a callback that touches `data` (or `diff`) of its bottom and ' +
    'its top and returns. One repetition is one layer: `reshape` and `forward`, or `backward`.',
  trials: 3,
  rounds: 10,
  contenders: [
    { name: tscaffe, start: (folder) => startNode('chain.ts', [join(folder, 'chain.prototxt'), layers, 1000]) },
    {
      name: pycaffe,
      needsPycaffe: true,
      start: (folder) => startPeer('chain.py', [join(folder, 'chain.prototxt'), layers, 1000]),
    },
  ],
  goals: ['reshape + forward', 'backward'].map((quantity) => ({
    of: tscaffe,
    quantity,
    clock: 'cpu',
    against: pycaffe,
    atMost: 1 / 3,
  })),
  prepare(folder) {
    writeFileSync(join(folder, 'chain.prototxt'), chain());
  },
};
