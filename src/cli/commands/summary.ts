import { Option, type Command } from 'commander';
import type { Net, LayerProfile, NetLayer } from '../../index.js';
import { defineNetFlags, wholeNumber, type NetFlags } from '../flags.js';
import { chooseGpu } from '../gpu.js';
import { admitLayerModules } from '../layer-modules.js';
import { createNet } from '../net.js';
import { printJson, printLine } from '../output.js';
import { printTable, shapeText } from '../table.js';

interface Options extends NetFlags {
  phase: 'TRAIN' | 'TEST';
  time?: number;
  json?: true;
}

/** What one layer is and takes, for the items that the net takes at a time. */
interface LayerSummary {
  name: string;
  type: string;
  tops: Record<string, readonly number[]>;
  parameters: number;
  multiplyAdds: number;
  /** Of its learnable blobs and of the tops that it does not write in place, data and diffs. */
  bytes: number;
  milliseconds?: { forward: number; backward: number };
}

export function define(command: Command): void {
  defineNetFlags(
    command
      .argument('<net>', 'the prototxt of the net')
      .addOption(new Option('--phase <phase>', 'the phase of the net').choices(['TRAIN', 'TEST']).default('TEST'))
      .option('--time <n>', 'run it so many times too, forward and backward', wholeNumber(1))
      .option('--json', 'print it as JSON, with the totals'),
  )
    .addHelpText(
      'after',
      `
Shows the layers of a net, with their shapes, parameters, multiply-adds and memory. Blobs that layers share count once.
Multiply-adds are those of Convolution, Deconvolution, InnerProduct, LSTM and RNN layers.

  tscaffe summary deploy.prototxt --time 10`,
    )
    .action(summarize);
}

async function summarize(model: string, { phase, time, json, ...flags }: Options): Promise<void> {
  chooseGpu(flags.gpu);
  admitLayerModules(flags.layers);
  const net = await createNet(model, phase, flags);
  const times = time === undefined ? undefined : await measure(net, time);
  const owned = ownedBlobs(net);
  const layers = net.layers.map((layer, i) => summaryOf(net, layer, owned[i] ?? [], times?.[i]));
  const sum = (of: (layer: LayerSummary) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const total = {
    items: itemsOf(net),
    parameters: sum(({ parameters }) => parameters),
    multiplyAdds: sum(({ multiplyAdds }) => multiplyAdds),
    bytes: sum(({ bytes }) => bytes),
    ...(times && {
      milliseconds: {
        forward: sum(({ milliseconds }) => milliseconds?.forward ?? 0),
        backward: sum(({ milliseconds }) => milliseconds?.backward ?? 0),
      },
    }),
  };
  if (json) printJson({ name: net.name, layers, total });
  else print(layers, total);
  net.dispose();
}

async function measure(net: Net, iterations: number): Promise<LayerProfile[]> {
  // Memory comes with the first pass, which is not counted.
  await net.forwardAsync();
  await net.backwardAsync();
  using profile = net.profile();
  for (let i = 0; i < iterations; i++) {
    await net.forwardAsync();
    await net.backwardAsync();
  }
  return profile.layers;
}

/** For each layer, how many values its learnable blobs have, and 0 for one that is of an earlier layer. */
function ownedBlobs(net: Net): number[][] {
  const owners = net.native.paramOwners();
  let next = 0;
  return net.layers.map(({ blobs }) => blobs.map(({ count }) => ((owners[next++] ?? -1) < 0 ? count : 0)));
}

/** The first axis of the first blob: the batch. */
function itemsOf({ layers, blobs }: Net): number {
  const [first] = layers[0]?.top ?? [];
  return first === undefined ? 1 : (blobs[first]?.shape[0] ?? 1);
}

function summaryOf(net: Net, layer: NetLayer, owned: number[], time: LayerProfile | undefined): LayerSummary {
  const { name, type, top, bottom } = layer;
  const parameters = owned.reduce((sum, count) => sum + count, 0);
  const values = top.filter((blob) => !bottom.includes(blob)).map((blob) => net.blobs[blob]?.count ?? 0);
  return {
    name,
    type,
    tops: Object.fromEntries(top.map((blob) => [blob, net.blobs[blob]?.shape ?? []])),
    parameters,
    multiplyAdds: multiplyAdds(net, layer),
    bytes: 8 * values.reduce((sum, count) => sum + count, parameters), // data and diff, four bytes each
    ...(time && { milliseconds: { forward: time.forward.milliseconds, backward: time.backward.milliseconds } }),
  };
}

/** How many multiplications with a weight the forward of a layer has. */
function multiplyAdds(net: Net, { type, top, bottom, blobs }: NetLayer): number {
  const [weights] = blobs;
  const counted = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (net.blobs[name]?.count ?? 0), 0);
  if (weights === undefined) return 0;
  switch (type) {
    // An output is a sum over the weights of its channel; an input of a Deconvolution goes through those of its own.
    case 'Convolution':
      return (counted(top) * weights.count) / (weights.shape[0] ?? 1);
    case 'Deconvolution':
      return (counted(bottom) * weights.count) / (weights.shape[0] ?? 1);
    case 'InnerProduct':
      return (counted(top) / outputsOf(net, blobs, top)) * weights.count;
    case 'LSTM':
    case 'RNN': {
      const [steps = 0, streams = 0] = net.blobs[bottom[0] ?? '']?.shape ?? [];
      const matrices = blobs.filter(({ shape }) => shape.length === 2);
      return steps * streams * matrices.reduce((sum, { count }) => sum + count, 0);
    }
    default:
      return 0;
  }
}

/** The outputs of an InnerProduct: its weights may be transposed, but its top has the items first. */
function outputsOf(net: Net, [weights]: NetLayer['blobs'], [top = '']: readonly string[]): number {
  const last = net.blobs[top]?.shape.at(-1);
  return last ?? weights?.shape[0] ?? 1;
}

const number = (value: number): string => value.toLocaleString('en');

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

type Total = Omit<LayerSummary, 'name' | 'type' | 'tops'> & { items: number };

function print(layers: readonly LayerSummary[], total: Total): void {
  const isTimed = total.milliseconds !== undefined;
  const figures = (of: Omit<LayerSummary, 'name' | 'type' | 'tops'>): string[] => [
    number(of.parameters),
    number(of.multiplyAdds),
    mebibytes(of.bytes),
    ...(of.milliseconds ? [of.milliseconds.forward.toFixed(3), of.milliseconds.backward.toFixed(3)] : []),
  ];
  const rows = [
    ['layer', 'type', 'tops', 'parameters', 'multiply-adds', 'MiB', ...(isTimed ? ['forward ms', 'backward ms'] : [])],
    ...layers.map((layer) => {
      const tops = Object.entries(layer.tops).map(([blob, shape]) => `${blob} ${shapeText(shape)}`);
      return [layer.name, layer.type, tops.join(' '), ...figures(layer)];
    }),
    ['in all', '', '', ...figures(total)],
  ];
  printTable(rows, 3);
  if (total.items > 1) {
    printLine(
      `for ${total.items} items; for one ${number(Math.round(total.multiplyAdds / total.items))} multiply-adds`,
    );
  }
}
