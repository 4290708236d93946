import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { io, onnx, type Net } from '../../index.js';
import { asAsked, UsageError } from '../failure.js';
import { defineNetFlags, list, wholeNumber, type NetFlags } from '../flags.js';
import { chooseGpu } from '../gpu.js';
import { admitLayerModules } from '../layer-modules.js';
import { createNet } from '../net.js';

interface Options extends NetFlags {
  onnx: string;
  outputs?: string[];
  mean?: string;
  swap?: true;
  dynamicBatch?: true;
  opset?: number;
}

export function define(command: Command): void {
  defineNetFlags(
    command
      .argument('<net>', 'the prototxt of the net')
      .argument('<weights>', 'its trained weights')
      .requiredOption('--onnx <file>', 'the file to write')
      .option('--outputs <blobs>', 'the blobs to compute, separated by commas; the outputs of the net by default', list)
      .option(
        '--mean <mean>',
        'take images, and subtract this: a binaryproto, or a number for each channel: 104,117,123',
      )
      .option('--swap', 'take images in RGB, and give the net BGR')
      .option('--dynamic-batch', 'take any number of items')
      .option('--opset <n>', 'the version of ONNX’s operators', wholeNumber(1)),
  )
    .addHelpText(
      'after',
      `
Writes a net with its weights as ONNX, for onnxruntime and others.

With --mean or --swap the model takes images: N x height x width x channels in [0, 1], RGB, as io.loadImage gives them.
It scales them to [0, 255] and does the rest itself. Without them it takes what the net takes.

  tscaffe export deploy.prototxt caffenet.caffemodel --onnx caffenet.onnx --mean 104,117,123 --swap`,
    )
    .action(exportNet);
}

async function exportNet(model: string, weights: string, options: Options): Promise<void> {
  chooseGpu(options.gpu);
  admitLayerModules(options.layers);
  const net = await createNet(model, 'TEST', { ...options, weights });
  const { outputs, dynamicBatch = false, opset } = options;
  asAsked(() => {
    const transformer = options.mean === undefined && !options.swap ? undefined : transformerOf(net, options);
    onnx.save(net, options.onnx, {
      dynamicBatch,
      ...(outputs === undefined ? {} : { outputs }),
      ...(opset === undefined ? {} : { opset }),
      ...(transformer === undefined ? {} : { transformer }),
    });
  });
  net.dispose();
}

/** What the net’s one input takes is made of images as pycaffe does it. */
function transformerOf(net: Net, { mean, swap }: Options): io.Transformer {
  const [input, ...more] = net.inputs;
  if (input === undefined || more.length > 0) {
    throw new UsageError(`--mean and --swap are for nets with one input; this one has ${net.inputs.length}`);
  }
  const shape = net.blobs[input]?.shape ?? [];
  const transformer = new io.Transformer({ [input]: shape });
  transformer.setTranspose(input, [2, 0, 1]);
  transformer.setRawScale(input, 255);
  if (swap) transformer.setChannelSwap(input, [2, 1, 0]);
  if (mean !== undefined) transformer.setMean(input, readMean(mean));
  return transformer;
}

function readMean(text: string): number[] | ReturnType<typeof io.readMean> {
  if (existsSync(text)) return io.readMean(text);
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => Number.isNaN(number))) {
    throw new UsageError(`--mean ${text}: there is no such file, and these are no numbers`);
  }
  return numbers;
}
