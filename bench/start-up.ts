import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { whole } from './harness/process.js';
import type { Trial } from './harness/trial.js';

const lenet = 'test/parity/net-spec/lenet.prototxt';
const quantity = 'a process';

const trial = ({ wall, cpu }: { wall: number; cpu: number }): Trial => ({
  wall: { [quantity]: wall },
  cpu: { [quantity]: cpu },
});

export const benchmark: Benchmark = {
  name: 'start-up',
  title: 'Start-up',
  about: 'A whole process that imports the package, constructs LeNet for training, batch 64, and ends.',
  trials: 9,
  contenders: [
    { name: tscaffe, run: () => trial(whole('node', ['bench/trials/start-up.js', lenet])) },
    {
      name: pycaffe,
      needsPycaffe: true,
      run: (folder) => trial(whole('pycaffe', [join(folder, 'start_up.py'), lenet])),
    },
  ],
  goals: (['wall', 'cpu'] as const).map((clock) => ({ of: tscaffe, quantity, clock, against: pycaffe, atMost: 1 / 2 })),
  prepare(folder) {
    writeFileSync(join(folder, 'start_up.py'), 'import sys\nimport caffe\ncaffe.Net(sys.argv[1], caffe.TRAIN)\n');
  },
};
