import { expectOptions } from '../error/argument.js';
import type { NdArray, Values } from '../io/nd-array.js';
import { Transformer } from '../io/transformer.js';
import type { Net } from '../net/net.js';

// What Classifier and Detector have in common: a net whose first input is a batch of images, and its first output.

/** How images are brought into the form of a net's input: the settings of {@link Transformer}, which says more. */
export interface PreprocessOptions {
  /**
   * What is subtracted: one number a channel, or an image of K·H·W; in the units and channel order of the net's input.
   */
  mean?: readonly number[] | NdArray<Values>;
  /** The factor after the mean has been subtracted. */
  inputScale?: number;
  /** The factor before: 255 for nets that were trained on [0, 255]. */
  rawScale?: number;
  /** The order of the channels: [2, 1, 0] for nets that were trained on B, G, R. */
  channelSwap?: readonly number[];
}

/** The name of a net's input blob and a Transformer for images of H·W·K. */
export function preparedInput(net: Net, options: PreprocessOptions): { input: string; transformer: Transformer } {
  const [input] = net.inputs;
  const shape = input === undefined ? undefined : net.blobs[input]?.shape;
  if (input === undefined || shape?.length !== 4) {
    throw new RangeError(
      `Expected a net whose first input is N·K·H·W but ${input === undefined ? 'it has no input' : `${input} has (${shape?.join(', ') ?? ''})`}`,
    );
  }
  const { mean, inputScale, rawScale, channelSwap } = expectOptions(options);
  const transformer = new Transformer({ [input]: shape });
  transformer.setTranspose(input, [2, 0, 1]);
  if (mean !== undefined) transformer.setMean(input, mean);
  if (inputScale !== undefined) transformer.setInputScale(input, inputScale);
  if (rawScale !== undefined) transformer.setRawScale(input, rawScale);
  if (channelSwap !== undefined) transformer.setChannelSwap(input, channelSwap);
  return { input, transformer };
}

/** Refuses an image, H·W·K, of another number of channels than the net's input has. */
export function expectChannels<Image extends NdArray<Values>>(
  { inputs: [input = ''], blobs }: Net,
  image: Image,
): Image {
  const channels = blobs[input]?.shape[1];
  if (image.shape[2] !== channels) {
    throw new RangeError(`Expected an image of ${channels ?? 0} channels but received (${image.shape.join(', ')})`);
  }
  return image;
}

/** The arrays of images one after the other, as an input blob has them. */
function stack(images: readonly NdArray[]): Float32Array {
  const stacked = new Float32Array(images.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data } of images) {
    stacked.set(data, offset);
    offset += data.length;
  }
  return stacked;
}

function shaped(net: Net, outputs: Record<string, Float32Array>, items: number): NdArray {
  const [name] = net.outputs;
  if (name === undefined) throw new RangeError('Expected a net with an output but all its blobs are consumed');
  return { data: outputs[name] ?? new Float32Array(), shape: [items, ...(net.blobs[name]?.shape.slice(1) ?? [])] };
}

/** The first output of a net for any number of images, K·H·W each. */
export function firstOutput(net: Net, input: string, images: readonly NdArray[]): NdArray {
  return shaped(net, net.forwardAll({ [input]: stack(images) }), images.length);
}

/** As {@link firstOutput}, with the net on Caffe's own thread. */
export async function firstOutputAsync(net: Net, input: string, images: readonly NdArray[]): Promise<NdArray> {
  return shaped(net, await net.forwardAllAsync({ [input]: stack(images) }), images.length);
}
