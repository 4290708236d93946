import { Option, type Command } from 'commander';
import type { Net, LayerProfile } from '../../index.js';
import { chooseEngine, defineEngineFlag, type EngineFlag } from '../engine.js';
import { defineNetFlags, wholeNumber, type NetFlags } from '../flags.js';
import { asInCaffe } from '../float.js';
import { chooseGpu } from '../gpu.js';
import { admitLayerModules } from '../layer-modules.js';
import { createNet } from '../net.js';
import { printJson, printLine } from '../output.js';

interface Options extends NetFlags, EngineFlag {
  model: string;
  phase: 'TRAIN' | 'TEST';
  iterations: number;
  json?: true;
}

/** Milliseconds of all iterations. */
interface Times {
  forward: number;
  backward: number;
  total: number;
}

export function define(command: Command): void {
  defineEngineFlag(
    defineNetFlags(
      command
        .requiredOption('--model <file>', 'the prototxt of the net')
        .addOption(new Option('--phase <phase>', 'the phase of the net').choices(['TRAIN', 'TEST']).default('TRAIN'))
        .option('--iterations <n>', 'how many times forward and backward', wholeNumber(1), 50)
        .option('--json', 'print the times as JSON'),
    ),
  )
    .addHelpText(
      'after',
      `
Times each layer, forward and backward, after a first pass that is not counted. Milliseconds.

  tscaffe time --model lenet.prototxt --iterations 100`,
    )
    .action(time);
}

async function time({ model, phase, iterations, json, ...flags }: Options): Promise<void> {
  chooseEngine(flags);
  chooseGpu(flags.gpu);
  admitLayerModules(flags.layers);
  const net = await createNet(model, phase, flags);
  const initialLoss = await net.native.forwardAsync(0, net.layers.length - 1);
  await net.backwardAsync();
  if (!json) printLine(`Initial loss: ${asInCaffe(initialLoss)}`);
  const profile = net.profile();
  const times: Times = { forward: 0, backward: 0, total: 0 };
  for (let i = 0; i < iterations; i++) {
    const begin = performance.now();
    await net.forwardAsync();
    const middle = performance.now();
    await net.backwardAsync();
    const end = performance.now();
    times.forward += middle - begin;
    times.backward += end - middle;
    times.total += end - begin;
    if (!json) printLine(`Iteration: ${i + 1} forward-backward time: ${asInCaffe(end - begin)} ms.`);
  }
  profile.stop();
  if (json) printJson(resultOf(net, profile.layers, initialLoss, times, iterations));
  else printTimes(profile.layers, times, iterations);
  net.dispose();
}

function resultOf(net: Net, layers: LayerProfile[], initialLoss: number, times: Times, iterations: number): object {
  return {
    iterations,
    initialLoss,
    layers: layers.map(({ name, type, forward, backward }, i) => ({
      name,
      type,
      engine: net.layers[i]?.engine,
      forward: forward.milliseconds,
      backward: backward.milliseconds,
    })),
    forward: times.forward / iterations,
    backward: times.backward / iterations,
    forwardBackward: times.total / iterations,
    total: times.total,
  };
}

function printTimes(layers: LayerProfile[], times: Times, iterations: number): void {
  printLine('Average time per layer: ');
  for (const { name, forward, backward } of layers) {
    printLine(`${name.padStart(10)}\tforward: ${asInCaffe(forward.milliseconds)} ms.`);
    printLine(`${name.padStart(10)}\tbackward: ${asInCaffe(backward.milliseconds)} ms.`);
  }
  printLine(`Average Forward pass: ${asInCaffe(times.forward / iterations)} ms.`);
  printLine(`Average Backward pass: ${asInCaffe(times.backward / iterations)} ms.`);
  printLine(`Average Forward-Backward: ${asInCaffe(times.total / iterations)} ms.`);
  printLine(`Total Time: ${asInCaffe(times.total)} ms.`);
}
