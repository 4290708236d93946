import { unwrittenFloats } from '../blob/unwritten.js';
import { native } from '../native/load.js';
import { countOf, inverseOrder, type NdArray } from './nd-array.js';

/**
 * Where the elements of an input lie in the image that it is made of: element `i` of channel `k` is the image's element
 * `channels[k] + pixels[i]`.
 */
export interface Places {
  readonly channels: readonly number[];
  readonly pixels: Int32Array;
}

/** What is done to each element of an input: it is multiplied, the mean is subtracted, it is multiplied again. */
export interface Arithmetic {
  rawScale?: number;
  /** K·H·W, K·1·1 or 1·H·W. Its floats are of 64 bits, so that those of any mean are kept. */
  mean?: NdArray<Float64Array>;
  inputScale?: number;
}

/** The shape of an input that an image makes; `order` as in `Transformer.setTranspose`. */
export function inputShapeOf(image: readonly number[], order: readonly number[] | undefined): readonly number[] {
  return order?.map((axis) => image[axis] ?? 1) ?? image;
}

/** The shape of the image that makes such an input. */
export function imageShapeOf(input: readonly number[], order: readonly number[] | undefined): readonly number[] {
  return inputShapeOf(input, order && inverseOrder(order));
}

/**
 * @param shape - the shape of the input, without its batch axis
 * @param swap - the order of the channels, as in `Transformer.setChannelSwap`
 */
export function placesOf(
  shape: readonly number[],
  order: readonly number[] | undefined,
  swap: readonly number[] | undefined,
): Places {
  const image = imageShapeOf(shape, order);
  const strides = inputShapeOf(
    image.map((_, axis) => countOf(image.slice(axis + 1))),
    order,
  );
  const [channels = 1, ...sizes] = shape;
  let pixels = Int32Array.of(0);
  for (const [axis, size] of sizes.entries()) {
    const step = strides[axis + 1] ?? 0;
    const outer = pixels;
    pixels = new Int32Array(outer.length * size);
    for (let i = 0; i < pixels.length; i++) pixels[i] = (outer[Math.trunc(i / size)] ?? 0) + (i % size) * step;
  }
  const natural = Array.from({ length: channels }, (_, channel) => channel);
  return { channels: (swap ?? natural).map((channel) => channel * (strides[0] ?? 0)), pixels };
}

/** The mean of one channel: a number for each pixel, or one for all. */
function meanOf(mean: NdArray<Float64Array> | undefined, channel: number, pixels: number): Float64Array {
  if (mean === undefined) return Float64Array.of(0);
  const [channels = 1, ...rest] = mean.shape;
  const size = countOf(rest);
  if (size !== 1 && size !== pixels) {
    throw new RangeError(`Expected an array as large as the mean, ${rest.join(' x ')}, but it has ${pixels} pixels`);
  }
  const first = channels === 1 ? 0 : channel * size;
  return mean.data.subarray(first, first + size);
}

/**
 * The elements of an input, out of those of an image. Each step of the arithmetic is rounded to 32 bits, as in numpy.
 * A factor of 1 and a mean of 0 change nothing, so one loop serves all settings.
 */
export function imageToInput(image: Float32Array, { channels, pixels }: Places, arithmetic: Arithmetic): Float32Array {
  const { rawScale = 1, mean, inputScale = 1 } = arithmetic;
  const size = pixels.length;
  const input = unwrittenFloats(channels.length * size);
  for (const [channel, first] of channels.entries()) {
    const means = meanOf(mean, channel, size);
    const part = input.subarray(channel * size, (channel + 1) * size);
    native.image.toInput(image.subarray(first), pixels, rawScale, means, inputScale, part);
  }
  return input;
}

/** The elements of an image, out of those of an input: what {@link imageToInput} does, backwards. */
export function inputToImage(input: Float32Array, { channels, pixels }: Places, arithmetic: Arithmetic): Float32Array {
  const { rawScale = 1, mean, inputScale = 1 } = arithmetic;
  const size = pixels.length;
  const image = new Float32Array(channels.length * size);
  for (const [channel, first] of channels.entries()) {
    const means = meanOf(mean, channel, size);
    const part = input.subarray(channel * size, (channel + 1) * size);
    native.image.toImage(part, pixels, rawScale, means, inputScale, image.subarray(first));
  }
  return image;
}
