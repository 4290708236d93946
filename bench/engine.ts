// The engine onednn against Caffe's own layers, pycaffe and onnxruntime.
import { pycaffe, type Benchmark, type Contender, type Goal } from './harness/benchmark.js';
import { node } from './harness/process.js';
import { startNode } from './harness/runner.js';
import { bullseye, nothingSet, ours, prepare, theirs } from './lenet.js';

const engine = 'onednn';
const caffe = 'Caffe’s layers';
const onnxruntime = 'onnxruntime';
const onEngine = { TSCAFFE_ENGINE: 'onednn' };

export const engineLenet: Benchmark = {
  name: 'engine-lenet',
  title: 'oneDNN: LeNet on MNIST, batch 64',
  about: 'The job of [LeNet on MNIST](#lenet-on-mnist-batch-64), on the [engine](engines.md) onednn and without it.',
  trials: 3,
  rounds: 12,
  contenders: [
    { name: engine, start: (folder) => ours(folder, onEngine) },
    { name: caffe, start: (folder) => ours(folder) },
    { name: pycaffe, needsPycaffe: true, start: (folder) => theirs(folder) },
  ],
  goals: [caffe, pycaffe].map((against) => ({ of: engine, quantity: 'iteration', clock: 'cpu', against, atMost: 0.6 })),
  prepare,
};

export const engineOutOfTheBox: Benchmark = {
  name: 'engine-out-of-the-box',
  title: 'oneDNN: LeNet on MNIST, nothing set',
  about:
    'The same for a user who sets TSCAFFE_ENGINE alone: with as many threads as tscaffe chooses, against pycaffe as ' +
    'Debian 11 ships it, with its OpenBLAS and as many threads as that chooses.',
  trials: 3,
  rounds: 12,
  contenders: [
    { name: engine, start: (folder) => ours(folder, { ...nothingSet, ...onEngine }) },
    {
      name: bullseye,
      needsPycaffe: true,
      start: (folder) => theirs(folder, { ...nothingSet, PYCAFFE_BLAS: 'bullseye' }),
    },
  ],
  goals: [{ of: engine, quantity: 'iteration', clock: 'wall', against: bullseye, atMost: 0.45 }],
  prepare,
};

/** A net of test/architectures, a batch, and how often a round runs it. */
type Work = [name: string, batch: number, repetitions: number];

const quantityOf = ([name, batch]: Work): string => `${name}, batch ${batch}`;

/** Runs these on an engine, with so many threads. */
function contender(name: string, on: string, use: 'train' | 'deploy', works: Work[], threads = 1): Contender {
  const args = [on, use, ...works.map((work) => work.join(':'))];
  // As a user would set it: then the threads of two libraries make way for each other.
  const variables = { OPENBLAS_NUM_THREADS: String(threads), ...(on === engine ? onEngine : {}) };
  return { name, start: () => startNode('nets.ts', args, variables) };
}

const goals = (works: Work[], clock: 'cpu' | 'wall', against: string, atMost: number): Goal[] =>
  works.map((work) => ({ of: engine, quantity: quantityOf(work), clock, against, atMost }));

const trained: Work[] = [
  ['caffenet', 16, 1],
  ['googlenet', 8, 1],
  ['resnet50', 8, 1],
  ['vgg16', 4, 1],
];

export const engineTraining: Benchmark = {
  name: 'engine-training',
  title: 'oneDNN: training',
  about: 'An iteration of the solver on DummyData, one thread.',
  trials: 1,
  rounds: 5,
  contenders: [contender(engine, 'onednn', 'train', trained), contender(caffe, 'caffe', 'train', trained)],
  goals: goals(trained, 'cpu', caffe, 0.5),
};

const inferred: Work[] = [
  ['squeezenet', 1, 20],
  ['squeezenet', 8, 3],
  ['googlenet', 1, 5],
  ['googlenet', 8, 1],
  ['resnet50', 1, 3],
  ['resnet50', 8, 1],
];

export const engineInference: Benchmark = {
  name: 'engine-inference',
  title: 'oneDNN: inference',
  about:
    'A forward pass in the test phase, one thread; and the same net, exported by `onnx.fromNet`, in onnxruntime-node ' +
    '(its CPU provider, one thread).',
  trials: 1,
  rounds: 10,
  contenders: [
    contender(engine, 'onednn', 'deploy', inferred),
    contender(caffe, 'caffe', 'deploy', inferred),
    contender(onnxruntime, 'onnxruntime', 'deploy', inferred),
  ],
  goals: [...goals(inferred, 'cpu', caffe, 0.45), ...goals(inferred, 'cpu', onnxruntime, 1.1)],
};

const threaded: Work[] = [
  ['lenet', 64, 20],
  ['caffenet', 16, 1],
  ['googlenet', 8, 1],
];
const oneThread = 'onednn, one thread';

export const engineThreads: Benchmark = {
  name: 'engine-threads',
  title: 'oneDNN: two threads',
  about: 'An iteration of the solver on DummyData, with two threads against one.',
  trials: 1,
  rounds: 10,
  contenders: [contender(engine, 'onednn', 'train', threaded, 2), contender(oneThread, 'onednn', 'train', threaded)],
  goals: goals(threaded, 'wall', oneThread, 0.6),
};

export const engineMemory: Benchmark = {
  name: 'engine-memory',
  title: 'oneDNN: memory',
  about: 'The most memory of a process that trains ResNet-50, batch 8, for three iterations.',
  trials: 1,
  contenders: [
    { name: engine, run: () => node('peak-memory.ts', ['onednn', 'resnet50', 8]) },
    { name: caffe, run: () => node('peak-memory.ts', ['caffe', 'resnet50', 8]) },
  ],
  goals: [{ of: engine, quantity: 'peak', clock: 'memory', against: caffe, atMost: 1.3 }],
};
