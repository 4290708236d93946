import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareData } from '../examples/mnist/data.js';
import type { Benchmark, Contender } from './harness/benchmark.js';
import { job, node } from './harness/process.js';
import type { Trial } from './harness/trial.js';
import { endless, net, writeSolver } from './lenet-files.js';

const batch = 64;
const iterations = 100;
const [alone, attached, two] = ['1 process', '1 process, attached', '2 processes'];
const [image, visible] = ['image', 'averaging, visible'];

const args = (folder: string, ...more: string[]): (string | number)[] => [
  join(folder, 'solver.prototxt'),
  batch,
  iterations,
  ...more,
];

const contenders = (own: (folder: string, ...more: string[]) => (string | number)[]): Contender[] => [
  { name: alone, run: (folder): Trial => node('parallel.ts', own(folder)) },
  { name: attached, run: (folder): Trial => node('parallel.ts', own(folder, 'attach')) },
  { name: two, run: (folder): Trial => job(2, 'parallel.ts', own(folder, 'attach')) },
];

export const parallel: Benchmark = {
  name: 'parallel',
  title: 'Several processes: LeNet on MNIST, batch 64 each',
  about:
    'The main example by `mpi.attach`, on two processes of one machine with a core each, against one process: one image ' +
    'of all, and by how much averaging makes an iteration longer.',
  trials: 7,
  contenders: contenders(args),
  goals: [
    { of: two, quantity: image, clock: 'wall', against: alone, atMost: 1 / 1.8 },
    { of: two, quantity: visible, clock: 'wall', against: two, than: 'iteration', atMost: 0.05 },
    { of: attached, quantity: image, clock: 'wall', against: alone, atMost: 1.01 },
  ],
  prepare(folder) {
    prepareData();
    writeSolver(folder, 'solver.prototxt', net, endless);
  },
};

/** 60 million parameters in two layers, most of which is time to read and send them. */
const large = `net_param {
  layer { name: "data" type: "DummyData" top: "data" top: "label"
    dummy_data_param { shape { dim: 16 dim: 6000 } shape { dim: 16 } data_filler { type: "gaussian" } } }
  layer { name: "fc1" type: "InnerProduct" bottom: "data" top: "fc1"
    inner_product_param { num_output: 8000 weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu" type: "ReLU" bottom: "fc1" top: "fc1" }
  layer { name: "fc2" type: "InnerProduct" bottom: "fc1" top: "fc2"
    inner_product_param { num_output: 1500 weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc2" bottom: "label" top: "loss" }
} base_lr: 0.0001 momentum: 0.9 lr_policy: "fixed"`;

export const parallelLarge: Benchmark = {
  name: 'parallel-large',
  title: 'Several processes: 60 million parameters, batch 16 each',
  about:
    'Two InnerProduct layers with 48 and 12 million weights, which send 240 MB an iteration: what averaging costs where ' +
    'there is much to send and little to compute.',
  trials: 5,
  contenders: contenders((folder, ...more) => [join(folder, 'large.prototxt'), 16, 10, ...more]),
  goals: [],
  prepare(folder) {
    writeFileSync(join(folder, 'large.prototxt'), large);
  },
};
