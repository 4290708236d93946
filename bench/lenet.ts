import { join } from 'node:path';
import { Net } from 'tscaffe';
import { prepareData } from '../examples/mnist/data.js';
import { caffe, pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import type { Variables } from './harness/process.js';
import { startNode, startPeer, startTool, type Runner } from './harness/runner.js';
import { endless, net, oneHot, writeSolver, writeStockNet } from './lenet-files.js';

/** Of a round. */
const iterations = 20;
const quantity = 'iteration';
/** What users get who set nothing: as many BLAS threads as the library itself chooses. */
export const nothingSet = { OPENBLAS_NUM_THREADS: undefined };
const layers = { PYTHONPATH: 'test/parity/lenet:bench/peer' };

/** Weights for the stock one-hot layer alone: row n of the identity is the row of label n. */
function writeRows(folder: string): void {
  const label = 'layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }';
  using rows = new Net({ text: label + oneHot }, 'train');
  const [{ data }] = rows.params['one_hot'];
  for (let i = 0; i < data.length; i++) data[i] = i % 11 === 0 ? 1 : 0;
  rows.save(join(folder, 'rows.caffemodel'));
}

/** The main job in tscaffe. */
export const ours = (folder: string, extra?: Variables): Promise<Runner> =>
  startNode('lenet.ts', [join(folder, 'solver.prototxt'), iterations], extra);
/** The main job in pycaffe. */
export const theirs = (folder: string, extra?: Variables): Promise<Runner> =>
  startPeer('train.py', [join(folder, 'solver.prototxt'), iterations], { ...layers, ...extra });
const stock = (folder: string): Promise<Runner> =>
  startTool(
    ['train', '-solver', join(folder, 'stock_solver.prototxt'), '-weights', join(folder, 'rows.caffemodel')],
    quantity,
    iterations,
  );

/** Writes the nets and solvers of the main job. */
export function prepare(folder: string): void {
  prepareData();
  writeStockNet(folder);
  writeRows(folder);
  writeSolver(folder, 'solver.prototxt', net, endless);
  writeSolver(folder, 'stock_solver.prototxt', join(folder, 'stock.prototxt'), endless, iterations);
}

export const lenet: Benchmark = {
  name: 'lenet',
  title: 'LeNet on MNIST, batch 64',
  about:
    '[examples/mnist](../examples/mnist/README.md): one-hot labels and loss in the host language, data from LMDB, ' +
    'one iteration of the solver. Against Caffe alone: the same net with its own EuclideanLoss and an Embed layer ' +
    'for the one-hot rows, trained by its own tool.',
  trials: 5,
  rounds: 12,
  contenders: [
    { name: tscaffe, start: (folder) => ours(folder) },
    { name: pycaffe, needsPycaffe: true, start: (folder) => theirs(folder) },
    { name: caffe, needsPycaffe: true, start: stock },
  ],
  goals: [
    { of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 0.97 },
    { of: tscaffe, quantity, clock: 'cpu', against: caffe, atMost: 1.02 },
  ],
  prepare,
};

export const bullseye = 'pycaffe of Debian 11';

export const outOfTheBox: Benchmark = {
  name: 'out-of-the-box',
  title: 'LeNet on MNIST, nothing set',
  about:
    'The same job as a user gets it who sets no variable: tscaffe with the BLAS and the number of threads that it ' +
    'chooses, pycaffe as Debian 11 ships it, with its OpenBLAS (`PYCAFFE_BLAS=bullseye`) and as many threads as that ' +
    'chooses.',
  trials: 3,
  rounds: 12,
  contenders: [
    { name: tscaffe, start: (folder) => ours(folder, nothingSet) },
    {
      name: bullseye,
      needsPycaffe: true,
      start: (folder) => theirs(folder, { ...nothingSet, PYCAFFE_BLAS: 'bullseye' }),
    },
    { name: pycaffe, needsPycaffe: true, start: (folder) => theirs(folder, nothingSet) },
  ],
  goals: [{ of: tscaffe, quantity, clock: 'wall', against: bullseye, atMost: 0.6 }],
  prepare,
};
