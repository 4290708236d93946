import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { node, peer } from './harness/process.js';

const steps = 20_000;
const nets = 2000;

/** Some bytes are still handed out after a warm-up: pages of heaps that had room left. */
const noGrowth = 2 ** 20;

const net = `layer { name: "data" type: "DummyData" top: "a" top: "b"
    dummy_data_param { shape { dim: 16 dim: 64 }
      data_filler { type: "gaussian" } data_filler { type: "constant" value: 1 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "a" top: "ip"
    inner_product_param { num_output: 64 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "Python" bottom: "ip" bottom: "b" top: "loss" loss_weight: 1
    python_param { module: "small_loss" layer: "SmallLoss" } }`;

const args = (folder: string): (string | number)[] => [
  join(folder, 'solver.prototxt'),
  join(folder, 'net.prototxt'),
  steps,
  nets,
];

export const benchmark: Benchmark = {
  name: 'memory',
  title: 'Memory',
  about:
    `The resident memory of one process that takes ${steps} steps of a solver with a loss in the host language, then ` +
    `builds, runs and lets go of ${nets} nets: its growth in each part after a warm-up of twice as many, and its ` +
    'highest. In Node each net is disposed of, and the event loop has a turn after it; then the same without either, ' +
    'after the highest was taken.',
  trials: 3,
  contenders: [
    { name: tscaffe, run: (folder) => node('memory.js', args(folder)) },
    { name: pycaffe, needsPycaffe: true, run: (folder) => peer('memory.py', args(folder)) },
  ],
  goals: [
    { of: tscaffe, quantity: 'growth over steps', clock: 'memory', atMost: noGrowth },
    { of: tscaffe, quantity: 'growth over nets', clock: 'memory', atMost: noGrowth },
    { of: tscaffe, quantity: 'peak', clock: 'memory', against: pycaffe, atMost: 1 },
  ],
  prepare(folder) {
    writeFileSync(join(folder, 'net.prototxt'), net);
    writeFileSync(
      join(folder, 'solver.prototxt'),
      `net: "${join(folder, 'net.prototxt')}" base_lr: 0.001 lr_policy: "fixed" max_iter: ${steps}
       snapshot_after_train: false`,
    );
  },
};
