import type { Net } from '../../net/net.js';
import type { Solver } from '../../solver/solver.js';
import type { caffe } from '../../proto/schema.js';
import { ownLayers } from '../net/description.js';

/** A net that takes one image, and how pixels become its input. */
export interface TrialNet {
  message: caffe.NetParameter.$Properties;
  input: string;
  /** The blob with a score for each class. */
  scores: string;
  /** Whether the output of the net is probabilities: scores that a softmax has been trained on become some. */
  isProbability: boolean;
  channels: number;
  height: number;
  width: number;
  /** As in Caffe's data layers: (pixel - mean) * scale. */
  mean: number[];
  scale: number;
}

type Layer = caffe.LayerParameter;

/** The blob that a loss or an accuracy compares with labels, and the softmax on the way to it. */
function scoresOf(layers: readonly Layer[]): { blob: string; softmax: 'before' | 'after' | 'none' } | undefined {
  const judge = (types: RegExp): Layer | undefined => layers.find(({ type }) => types.test(type));
  const byType = judge(/^Accuracy$/) ?? judge(/^(SoftmaxWithLoss|MultinomialLogisticLoss|HingeLoss|InfogainLoss)$/);
  const blob = byType?.bottom[0] ?? judge(/^Softmax$/)?.top[0];
  if (blob === undefined) return undefined;
  const isBefore = layers.some(({ type, top }) => type === 'Softmax' && top.includes(blob));
  const isAfter = layers.some(({ type, bottom }) => type.startsWith('Softmax') && bottom[0] === blob);
  return { blob, softmax: isBefore ? 'before' : isAfter ? 'after' : 'none' };
}

/** The layers that a blob depends on, but for those that read data. */
function neededFor(blob: string, layers: readonly Layer[]): { layers: Layer[]; sources: string[] } {
  const wanted = new Set([blob]);
  const needed: Layer[] = [];
  const made = new Set<string>();
  for (const layer of layers.toReversed()) {
    if (layer.bottom.length === 0 || !layer.top.some((top) => wanted.has(top))) continue;
    needed.push(layer);
    for (const bottom of layer.bottom) wanted.add(bottom);
    for (const top of layer.top) made.add(top);
  }
  return { layers: needed.toReversed(), sources: [...wanted].filter((each) => !made.has(each)) };
}

/** What a data layer does to pixels; none for other layers, which make whatever they like. */
function transformOf(layer: Layer | undefined): { mean: number[]; scale: number } {
  const { meanValue, scale } = layer?.transformParam ?? {};
  return { mean: [...(meanValue ?? [])], scale: scale ?? 1 };
}

/**
 * Makes a net for images of the train net or a test net of a solver: without its data layers and losses, and with
 * the same names, so that it takes its weights.
 *
 * @returns undefined if the net does not score an image
 */
export function trialNetOf({ testNets, net }: Solver): TrialNet | undefined {
  const from: Net = testNets[0] ?? net;
  const all = ownLayers(from).map(({ message }) => message);
  const scores = scoresOf(all);
  if (scores === undefined) return undefined;
  const { layers, sources } = neededFor(scores.blob, all);
  const [input, ...others] = sources;
  const shape = input === undefined ? undefined : from.blobs[input]?.shape;
  if (input === undefined || others.length > 0 || shape?.length !== 4) return undefined;
  const [, channels = 0, height = 0, width = 0] = shape;
  if (channels !== 1 && channels !== 3) return undefined;
  const scoreShape = from.blobs[scores.blob]?.shape.slice(1) ?? [];
  if (scoreShape.filter((size) => size > 1).length !== 1) return undefined;
  const { mean, scale } = transformOf(all.find(({ top }) => top.includes(input)));
  const inputLayer = {
    name: input,
    type: 'Input',
    top: [input],
    inputParam: { shape: [{ dim: [1, channels, height, width] }] },
  };
  const probabilities = 'tscaffe dashboard probabilities';
  const softmax = { name: probabilities, type: 'Softmax', bottom: [scores.blob], top: [probabilities] };
  for (const layer of layers) {
    // They are those of one phase already.
    layer.include = layer.exclude = [];
    Reflect.deleteProperty(layer, 'phase');
  }
  const message = {
    name: 'tscaffe dashboard',
    layer: [
      inputLayer,
      ...layers,
      ...(scores.softmax === 'after' ? [softmax] : []),
    ] as caffe.LayerParameter.$Properties[],
    forceBackward: true,
  };
  const isProbability = scores.softmax !== 'none';
  return { message, input, scores: scores.blob, isProbability, channels, height, width, mean, scale };
}
