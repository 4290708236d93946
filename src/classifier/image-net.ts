import { unwrittenFloats } from '../blob/unwritten.js';
import type { NdArray, Values } from '../io/nd-array.js';
import { Transformer } from '../io/transformer.js';
import type { Net } from '../net/net.js';

// Shared by Classifier and Detector: a net whose first input is a batch of images, and its first output.

/** How images are converted to the form of a net's input: the settings of {@link Transformer}. */
export interface PreprocessOptions {
  /**
   * The mean to subtract: one number per channel, or an image of K·H·W. It has the units and the channel order of the
   * net's input. None by default.
   */
  mean?: readonly number[] | NdArray<Values>;
  /** The factor applied after the mean is subtracted. None by default. */
  inputScale?: number;
  /** The factor applied before the mean: 255 for nets trained on [0, 255]. None by default. */
  rawScale?: number;
  /** The order of the channels: [2, 1, 0] for nets trained on B, G, R. Unchanged by default. */
  channelSwap?: readonly number[];
}

/** The names of {@link PreprocessOptions}. */
export const preprocessOptions = ['mean', 'inputScale', 'rawScale', 'channelSwap'] as const;

/** The name of a net's input blob, and a Transformer for H·W·K images. */
export function preparedInput(net: Net, options: PreprocessOptions): { input: string; transformer: Transformer } {
  const [input] = net.inputs;
  const shape = input === undefined ? undefined : net.blobs[input]?.shape;
  if (input === undefined || shape?.length !== 4) {
    throw new RangeError(
      `Expected a net whose first input is N·K·H·W but ${input === undefined ? 'it has no input' : `${input} has (${shape?.join(', ') ?? ''})`}`,
    );
  }
  const { mean, inputScale, rawScale, channelSwap } = options;
  const transformer = new Transformer({ [input]: shape });
  transformer.setTranspose(input, [2, 0, 1]);
  if (mean !== undefined) transformer.setMean(input, mean);
  if (inputScale !== undefined) transformer.setInputScale(input, inputScale);
  if (rawScale !== undefined) transformer.setRawScale(input, rawScale);
  if (channelSwap !== undefined) transformer.setChannelSwap(input, channelSwap);
  return { input, transformer };
}

/** Rejects an H·W·K image whose number of channels differs from that of the net's input. */
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

/** Concatenates the images, as an input blob stores them. */
function stack(images: readonly NdArray[]): Float32Array {
  const stacked = unwrittenFloats(images.reduce((sum, { data }) => sum + data.length, 0));
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

/** As {@link firstOutput}, but the net runs on Caffe's own thread. */
export async function firstOutputAsync(net: Net, input: string, images: readonly NdArray[]): Promise<NdArray> {
  return shaped(net, await net.forwardAllAsync({ [input]: stack(images) }), images.length);
}
