import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareData } from '../examples/mnist/data.js';
import { caffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { node } from './harness/process.js';
import { startNode, type Runner } from './harness/runner.js';
import type { Trial } from './harness/trial.js';
import { endless, net, writeSolver, writeStockNet } from './lenet-files.js';

/** Of a round. */
const iterations = 50;
const quantity = 'iteration';

const stock = "Caffe's own loss";
const softmax = "Caffe's SoftmaxWithLoss";
const byMath = 'TypeScript loss on the GPU, by math';
const byKernels = 'TypeScript loss on the GPU, by kernels';
const onCpu = 'TypeScript loss on the CPU';

/** The example's net, its layers from other modules or of other types. */
function writeNet(folder: string, name: string, change: (text: string) => string): void {
  writeFileSync(join(folder, `${name}_net.prototxt`), change(readFileSync(net, 'utf8')));
  writeSolver(folder, `${name}.prototxt`, join(folder, `${name}_net.prototxt`), endless);
}

/** With the forms of the example's two layers that compute on the GPU. */
const onGpu = (text: string): string => text.replaceAll('module: "', 'module: "gpu.');

const softmaxLayer = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }';
const withoutScripts = (text: string): string =>
  text
    .split(/^(?=layer \{)/m)
    .filter((layer) => !layer.includes('type: "Python"'))
    .join('');

function start(name: string): (folder: string) => Promise<Runner> {
  return (folder) =>
    startNode('gpu-lenet.ts', [join(folder, `${name}.prototxt`), iterations], {
      TSCAFFE_LAYER_PATH: 'examples/mnist',
    });
}

export const gpuLenet: Benchmark = {
  name: 'gpu-lenet',
  title: 'LeNet on MNIST on the GPU, batch 64',
  about:
    'One iteration of [examples/mnist](../examples/mnist/README.md) in GPU mode, data from LMDB: with the loss in ' +
    'TypeScript computed on the GPU (by `math`, or by kernels compiled by `cuda.compile`), with the same layers ' +
    'computing on the CPU, and with layers of Caffe alone: its EuclideanLoss and an Embed layer for the one-hot ' +
    'rows, or its SoftmaxWithLoss.',
  trials: 3,
  rounds: 12,
  needsGpu: true,
  contenders: [
    { name: stock, start: start('stock') },
    { name: softmax, start: start('softmax') },
    { name: byMath, start: start('math') },
    { name: byKernels, start: start('kernels') },
    { name: onCpu, start: start('cpu') },
  ],
  goals: [
    { of: byMath, quantity, clock: 'wall', against: stock, atMost: 1.05 },
    { of: byKernels, quantity, clock: 'wall', against: stock, atMost: 1.05 },
  ],
  prepare(folder) {
    prepareData();
    writeStockNet(folder);
    renameSync(join(folder, 'stock.prototxt'), join(folder, 'stock_net.prototxt'));
    writeSolver(folder, 'stock.prototxt', join(folder, 'stock_net.prototxt'), endless);
    writeNet(folder, 'softmax', (text) => withoutScripts(text) + softmaxLayer);
    writeNet(folder, 'math', onGpu);
    writeNet(folder, 'kernels', (text) => onGpu(text).replace('module: "gpu.pyloss"', 'module: "gpu.pyloss_kernels"'));
    writeNet(folder, 'cpu', (text) => text);
  },
};

/** The bare launch, compiled by nvcc. */
function bare(folder: string): Trial {
  const program = join(folder, 'launch');
  const { status, stdout, stderr, error } = spawnSync(program, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return JSON.parse(stdout) as Trial;
}

export const gpuLaunch: Benchmark = {
  name: 'gpu-launch',
  title: 'Launch of a kernel',
  about:
    'The call alone, of a kernel that does nothing with two pointers, a float and an int: `kernel.launch` with the ' +
    'pointers taken from their blobs each time, and `<<<>>>` of CUDA C++ (bench/peer/launch.cu, compiled by nvcc). ' +
    'In bursts of 200, the GPU waited for in between.',
  trials: 5,
  needsGpu: true,
  contenders: [
    { name: tscaffe, run: () => node('gpu-launch.ts') },
    { name: caffe.replace('Caffe', 'CUDA'), run: bare },
  ],
  goals: [],
  prepare(folder) {
    const args = ['-O2', '-arch=native', '-o', join(folder, 'launch'), 'bench/peer/launch.cu'];
    const { status, stderr, error } = spawnSync('nvcc', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`nvcc: ${error?.message ?? stderr}`);
  },
};
