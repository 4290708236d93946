import type { Command } from 'commander';
import type { Net } from '../../index.js';
import { outputsByName } from '../../solver/events.js';
import { chooseEngine, defineEngineFlag, type EngineFlag } from '../engine.js';
import { defineNetFlags, list, wholeNumber, type NetFlags } from '../flags.js';
import { asInCaffe } from '../float.js';
import { chooseGpu } from '../gpu.js';
import { admitLayerModules } from '../layer-modules.js';
import { createNet } from '../net.js';
import { printJson, printLine } from '../output.js';

interface Options extends NetFlags, EngineFlag {
  model: string;
  weights: string[];
  iterations: number;
  json?: true;
}

export function define(command: Command): void {
  defineEngineFlag(
    defineNetFlags(
      command
        .requiredOption('--model <file>', 'the prototxt of the net')
        .requiredOption('--weights <files>', 'trained weights: caffemodels, separated by commas', list)
        .option('--iterations <n>', 'how many batches', wholeNumber(1), 50)
        .option('--json', 'print the means as JSON, and not each batch'),
    ),
  )
    .addHelpText(
      'after',
      `
Prints each output of each batch, and their means: the numbers of \`caffe test\`.

  tscaffe test --model lenet.prototxt --weights lenet_iter_1000.caffemodel --iterations 100`,
    )
    .action(test);
}

/** The values of a net's outputs after a forward, one after another, each with the name of its blob. */
function outputValues(net: Net): { blob: string; value: number }[] {
  return net.outputs.flatMap((blob) => Array.from(net.blobs[blob]?.cpuData ?? [], (value) => ({ blob, value })));
}

async function test({ model, weights, iterations, json, ...flags }: Options): Promise<void> {
  chooseEngine(flags);
  chooseGpu(flags.gpu);
  admitLayerModules(flags.layers);
  const net = await createNet(model, 'TEST', flags);
  for (const file of weights) net.copyFrom(file);
  // Caffe adds up 32-bit floats.
  let loss = 0;
  let sums: number[] = [];
  for (let batch = 0; batch < iterations; batch++) {
    loss = Math.fround(loss + (await net.native.forwardAsync(0, net.layers.length - 1)));
    const outputs = outputValues(net);
    sums = outputs.map(({ value }, i) => Math.fround((sums[i] ?? 0) + value));
    if (json) continue;
    for (const { blob, value } of outputs) printLine(`Batch ${batch}, ${blob} = ${asInCaffe(value)}`);
  }
  const means = sums.map((sum) => Math.fround(sum / iterations));
  const mean = Math.fround(loss / iterations);
  if (json) printJson({ iterations, loss: mean, outputs: named(net, means) });
  else printMeans(net, mean, means);
  net.dispose();
}

function named(net: Net, means: number[]): Record<string, number> {
  let next = 0;
  const ofBlobs = net.outputs.map((blob) => means.slice(next, (next += net.blobs[blob]?.count ?? 0)));
  return outputsByName(net.outputs, ofBlobs);
}

function printMeans(net: Net, loss: number, means: number[]): void {
  printLine(`Loss: ${asInCaffe(loss)}`);
  for (const [i, { blob }] of outputValues(net).entries()) {
    const [mean, weight] = [means[i] ?? NaN, net.blobLossWeights[blob] ?? 0];
    const weighted = weight === 0 ? '' : ` (* ${asInCaffe(weight)} = ${asInCaffe(Math.fround(weight * mean))} loss)`;
    printLine(`${blob} = ${asInCaffe(mean)}${weighted}`);
  }
}
