import { readMean } from '../../io/mean.js';
import type { NdArray } from '../../io/nd-array.js';
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
  /** As in Caffe's data layers: (pixel - mean) * scale. A number for each channel, or an image; undefined for none. */
  mean: number[] | NdArray | undefined;
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

/** The middle of an image of K x H x W, which is what a crop in the middle is compared with. */
function middleOf(
  { data, shape: [channels = 0, rows = 0, columns = 0] }: NdArray,
  height: number,
  width: number,
): NdArray {
  const [top, left] = [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)];
  const middle = new Float32Array(channels * height * width);
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (channel * rows + top + y) * columns + left;
      middle.set(data.subarray(from, from + width), (channel * height + y) * width);
    }
  }
  return { data: middle, shape: [channels, height, width] };
}

/** What a data layer does to pixels; nothing for other layers, which make whatever they like. */
function transformOf(
  layer: Layer | undefined,
  [channels, height, width]: [number, number, number],
): Pick<TrialNet, 'mean' | 'scale'> {
  const { meanFile, meanValue, scale } = layer?.transformParam ?? {};
  const of = (mean: TrialNet['mean']): Pick<TrialNet, 'mean' | 'scale'> => ({ mean, scale: scale ?? 1 });
  if (meanFile) return of(middleOf(readMean(meanFile), height, width));
  const [first, ...more] = meanValue ?? [];
  if (first === undefined) return of(undefined);
  return of(more.length > 0 ? [first, ...more] : Array<number>(channels).fill(first));
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
  const source = all.find(({ top }) => top.includes(input));
  const { mean, scale } = transformOf(source, [channels, height, width]);
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
