import { Option, type Command } from 'commander';
import { didYouMean } from '../../error/argument.js';
import type { io, Net } from '../../index.js';
import { CountProgress } from '../count-progress.js';
import { UsageError } from '../failure.js';
import { openOutputs, type FeatureOutput } from '../features/output.js';
import { defineNetFlags, list, wholeNumber, type NetFlags } from '../flags.js';
import { chooseGpu } from '../gpu.js';
import { Interruption } from '../interruption.js';
import { admitLayerModules } from '../layer-modules.js';
import { createNet } from '../net.js';
import { printLine } from '../output.js';

interface Options extends NetFlags {
  iterations: number;
  backend: io.DatabaseBackend;
}

export function define(command: Command): void {
  defineNetFlags(
    command
      .argument('<weights>', 'trained weights')
      .argument('<net>', 'the prototxt of the net, whose data layer brings the images')
      .argument('<blobs>', 'the blobs to store, separated by commas', list)
      .argument('<outputs>', 'where to, separated by commas: .npy, .h5, or else a database', list)
      .requiredOption('--iterations <n>', 'how many batches', wholeNumber(1))
      .addOption(
        new Option('--backend <backend>', 'what kind of database').choices(['lmdb', 'leveldb']).default('lmdb'),
      ),
  )
    .addHelpText(
      'after',
      `
Runs the test net and stores what some of its blobs hold, item by item. A database has the records of Caffe's
extract_features. A .npy file has one array, with the items on its first axis. An .h5 file has a dataset for each blob,
with its name; one may be named for all blobs. Both are kept in memory until the end.

  tscaffe extract-features lenet.caffemodel lenet_train_test.prototxt ip1,prob ip1_lmdb,prob.npy --iterations 100
  tscaffe extract-features lenet.caffemodel lenet_train_test.prototxt ip1,label features.h5 --iterations 100`,
    )
    .action(extract);
}

async function extract(
  weights: string,
  model: string,
  blobs: string[],
  paths: string[],
  { iterations, backend, ...flags }: Options,
): Promise<void> {
  chooseGpu(flags.gpu);
  admitLayerModules(flags.layers);
  const net = await createNet(model, 'TEST', { ...flags, weights });
  for (const blob of blobs) {
    const known = Object.keys(net.blobs);
    if (!known.includes(blob)) throw new UsageError(`the net has no blob ${blob}${didYouMean(blob, known)}`);
  }
  const outputs = openOutputs(blobs, paths, backend);
  try {
    await run(net, blobs, outputs, iterations);
    for (const line of new Set(outputs.map((output) => output.close()))) printLine(line);
  } finally {
    for (const output of outputs) output[Symbol.dispose]();
  }
  net.dispose();
}

async function run(
  net: Net,
  blobs: readonly string[],
  outputs: readonly FeatureOutput[],
  iterations: number,
): Promise<void> {
  using interruption = new Interruption();
  using progress = new CountProgress(iterations);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    await net.forwardAsync();
    interruption.check();
    for (const [i, name] of blobs.entries()) {
      const blob = net.blobs[name];
      if (blob !== undefined) outputs[i]?.add(name, blob);
    }
    progress.update(iteration);
  }
}
