import { join } from 'node:path';
import { Net } from 'tscaffe';
import { prepareData } from '../examples/mnist/data.js';
import { caffe, pycaffe, tscaffe, type Benchmark, type Trial } from './harness/benchmark.js';
import { node, peer, whole, type Variables } from './harness/process.js';
import { net, oneHot, writeSolver, writeStockNet } from './lenet-files.js';

const warmUp = 30;
const iterations = 200;
const quantity = 'iteration';
/** What users get who set nothing: as many BLAS threads as the library itself chooses. */
const nothingSet = { OPENBLAS_NUM_THREADS: undefined };
const layers = { PYTHONPATH: 'test/parity/lenet:bench/peer' };

/** Weights for the stock one-hot layer alone: row n of the identity is the row of label n. */
function writeRows(folder: string): void {
  const label = 'layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 1 } } }';
  using rows = new Net({ text: label + oneHot }, 'train');
  const [{ data }] = rows.params['one_hot'];
  for (let i = 0; i < data.length; i++) data[i] = i % 11 === 0 ? 1 : 0;
  rows.save(join(folder, 'rows.caffemodel'));
}

/** The stock tool, twice: what the longer run takes more is its iterations alone. */
function stock(folder: string): Trial {
  const run = (name: string): { wall: number; cpu: number } =>
    whole('pycaffe', ['--tool', 'train', '-solver', join(folder, name), '-weights', join(folder, 'rows.caffemodel')]);
  const [short, long] = [run('stock_short.prototxt'), run('stock_long.prototxt')];
  return {
    wall: { [quantity]: (long.wall - short.wall) / iterations },
    cpu: { [quantity]: (long.cpu - short.cpu) / iterations },
  };
}

const ours = (folder: string, extra?: Variables): Trial =>
  node('lenet.ts', [join(folder, 'solver.prototxt'), warmUp, iterations], extra);
const theirs = (folder: string, extra?: Variables): Trial =>
  peer('train.py', [join(folder, 'solver.prototxt'), warmUp, iterations], { ...layers, ...extra });

function prepare(folder: string): void {
  prepareData();
  writeStockNet(folder);
  writeRows(folder);
  writeSolver(folder, 'solver.prototxt', net, warmUp + iterations);
  writeSolver(folder, 'stock_short.prototxt', join(folder, 'stock.prototxt'), warmUp);
  writeSolver(folder, 'stock_long.prototxt', join(folder, 'stock.prototxt'), warmUp + iterations);
}

export const lenet: Benchmark = {
  name: 'lenet',
  title: 'LeNet on MNIST, batch 64',
  about:
    '[examples/mnist](../examples/mnist/README.md): one-hot labels and loss in the host language, data from LMDB, one iteration of the ' +
    'solver. Against Caffe alone: the same net with its own EuclideanLoss and an Embed layer for the one-hot rows, trained by its own tool.',
  trials: 7,
  contenders: [
    { name: tscaffe, run: (folder) => ours(folder) },
    { name: pycaffe, needsPycaffe: true, run: (folder) => theirs(folder) },
    { name: caffe, needsPycaffe: true, run: stock },
  ],
  goals: [
    { of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 0.97 },
    { of: tscaffe, quantity, clock: 'cpu', against: caffe, atMost: 1.02 },
  ],
  prepare,
};

const bullseye = 'pycaffe of Debian 11';

export const outOfTheBox: Benchmark = {
  name: 'out-of-the-box',
  title: 'LeNet on MNIST, nothing set',
  about:
    'The same job as a user gets it who sets no variable: tscaffe with the BLAS and the number of threads that it chooses, pycaffe as ' +
    'Debian 11 ships it, with its OpenBLAS (`PYCAFFE_BLAS=bullseye`) and as many threads as that chooses.',
  trials: 5,
  contenders: [
    { name: tscaffe, run: (folder) => ours(folder, nothingSet) },
    {
      name: bullseye,
      needsPycaffe: true,
      run: (folder) => theirs(folder, { ...nothingSet, PYCAFFE_BLAS: 'bullseye' }),
    },
    { name: pycaffe, needsPycaffe: true, run: (folder) => theirs(folder, nothingSet) },
  ],
  goals: [{ of: tscaffe, quantity, clock: 'wall', against: bullseye, atMost: 0.6 }],
  prepare,
};
