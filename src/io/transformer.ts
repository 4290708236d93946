import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectNumbers, expectObject, expectShape } from '../error/argument.js';
import { countOf, expectArray, expectOrder, inverseOrder, transpose, type NdArray, type Values } from './nd-array.js';
import { resizeImage } from './resize-image.js';

interface Settings {
  shape: readonly number[];
  transpose?: readonly number[];
  channelSwap?: readonly number[];
  rawScale?: number;
  mean?: NdArray<Values>;
  inputScale?: number;
}

/** Reorders the channels, the first axis. */
function swapChannels({ data, shape }: NdArray, order: readonly number[]): NdArray {
  const size = countOf(shape.slice(1));
  const swapped = new Float32Array(data.length);
  for (const [to, from] of order.entries()) swapped.set(data.subarray(from * size, (from + 1) * size), to * size);
  return { data: swapped, shape };
}

/** Resizes a mean image to the size of the input. Its channels are resized as those of an image. */
function resizeMean({ data, shape }: NdArray<Values>, height: number, width: number): NdArray {
  const image = transpose({ data: Float64Array.from(data), shape }, [1, 2, 0]);
  return transpose(resizeImage(image, [height, width]), [2, 0, 1]);
}

/**
 * Converts images to the form that a net's input blob needs, and back. Each input has its own settings. A setting that
 * is not set has no effect. {@link preprocess} applies them in this order: resize, transpose, channel swap, raw scale,
 * mean, input scale.
 *
 * For a net trained on ImageNet with Caffe:
 * ```ts
 * const transformer = new io.Transformer({ data: net.blobs.data.shape });
 * transformer.setTranspose('data', [2, 0, 1]); // H·W·K to K·H·W
 * transformer.setChannelSwap('data', [2, 1, 0]); // RGB to BGR
 * transformer.setRawScale('data', 255); // [0, 1] to [0, 255]
 * transformer.setMean('data', io.readMean('imagenet_mean.binaryproto'));
 * net.forward({ data: transformer.preprocess('data', await io.loadImage('cat.jpg')).data });
 * ```
 */
export class Transformer {
  readonly #inputs = new Map<string, Settings>();

  /** @param inputs - the shape of each input blob, N·K·H·W, by the name of the blob */
  constructor(inputs: Readonly<Record<string, readonly number[]>>) {
    for (const [name, shape] of Object.entries(expectObject(inputs, 'inputs', 'an object of shapes')))
      this.#inputs.set(name, { shape: [...expectShape(shape, name)] });
  }

  #settings(input: string): Settings {
    const settings = this.#inputs.get(input);
    if (settings === undefined) {
      throw new RangeError(`There is no input "${input}"; there are (${[...this.#inputs.keys()].join(', ')})`);
    }
    return settings;
  }

  /**
   * Sets the order of an image's axes: [2, 0, 1] converts H·W·K to K·H·W.
   *
   * @throws {RangeError} for an unknown input, or an `order` that is not a permutation of the axes
   */
  setTranspose(input: string, order: readonly number[]): void {
    const settings = this.#settings(input);
    settings.transpose = expectOrder(order, 'order', settings.shape.length - 1);
  }

  /**
   * Sets the order of the channels, which are the first axis after the transpose: [2, 1, 0] converts RGB to BGR.
   *
   * @throws {RangeError} for an unknown input, or an `order` that is not a permutation of the channels
   */
  setChannelSwap(input: string, order: readonly number[]): void {
    const settings = this.#settings(input);
    settings.channelSwap = expectOrder(order, 'order', settings.shape[1] ?? 0);
  }

  /** Sets the factor that is applied before the mean: 255 for nets trained on [0, 255]. */
  setRawScale(input: string, scale: number): void {
    if (typeof scale !== 'number') throw argumentError('a number', 'scale', scale);
    this.#settings(input).rawScale = scale;
  }

  /**
   * Sets the mean, which is subtracted. It has the units and the channel order of the image after the raw scale and the
   * channel swap. It is copied.
   *
   * @param mean - one number per channel, or an image of K·H·W or H·W. An image of another size is resized to the input
   * @throws {RangeError} for an unknown input, an input without 4 axes, or a mean whose channels do not match
   */
  setMean(input: string, mean: readonly number[] | NdArray<Values>): void {
    const settings = this.#settings(input);
    const [, channels = 0, height = 0, width = 0] = settings.shape;
    if (settings.shape.length !== 4) {
      throw new RangeError(`Expected an input of 4 axes for a mean but ${input} has (${settings.shape.join(', ')})`);
    }
    const given = Array.isArray(mean)
      ? { data: Float64Array.from(expectNumbers(mean as number[], 'mean')), shape: [mean.length] }
      : expectArray(mean as NdArray<Values>, 'mean');
    const [first = 0] = given.shape;
    const { data } = given;
    let { shape } = given;
    if (shape.length === 1) shape = [first, 1, 1];
    else if (shape.length === 2) shape = [1, ...shape];
    if (shape.length !== 3 || (shape[0] !== channels && (shape[0] !== 1 || given.shape.length === 1))) {
      throw new RangeError(
        `Expected ${channels} numbers or an image of ${channels} channels for mean but received (${given.shape.join(', ')})`,
      );
    }
    const fits = given.shape.length === 1 || (shape[1] === height && shape[2] === width);
    settings.mean = fits ? { data: data.slice(), shape } : resizeMean({ data, shape }, height, width);
  }

  /** Sets the factor that is applied after the mean. */
  setInputScale(input: string, scale: number): void {
    if (typeof scale !== 'number') throw argumentError('a number', 'scale', scale);
    this.#settings(input).inputScale = scale;
  }

  /** The mean that {@link setMean} has set, as K·H·W, K·1·1 or 1·H·W. @internal */
  mean(input: string): NdArray<Values> | undefined {
    return this.#settings(input).mean;
  }

  /**
   * Converts an image to the form of the input.
   *
   * @param data - H·W·K, of any height and width; it is not changed
   * @returns a new array; K·H·W if the transpose says so
   * @throws {RangeError} for an unknown input, or an image of the wrong number of axes
   */
  preprocess(input: string, data: NdArray<Values>): NdArray {
    const { shape, transpose: order, channelSwap, rawScale, mean, inputScale } = this.#settings(input);
    const given = expectArray(data, 'data', shape.length - 1);
    let array: NdArray = { data: Float32Array.from(given.data), shape: given.shape };
    const [height = 0, width = 0] = shape.slice(2);
    if (shape.length === 4 && (given.shape[0] !== height || given.shape[1] !== width)) {
      array = resizeImage(array, [height, width]);
    }
    if (order !== undefined) array = transpose(array, order);
    if (channelSwap !== undefined) array = swapChannels(array, channelSwap);
    if (rawScale !== undefined) multiply(array.data, Math.fround(rawScale));
    if (mean !== undefined) add(array, mean, -1);
    if (inputScale !== undefined) multiply(array.data, Math.fround(inputScale));
    return array;
  }

  /**
   * Undoes {@link preprocess}, except the resizing.
   *
   * @param data - K·H·W, or 1·K·H·W as in a blob; it is not changed
   * @returns a new array; H·W·K if the transpose says so
   * @throws {RangeError} for an unknown input, or an array of the wrong number of axes
   */
  deprocess(input: string, data: NdArray<Values>): NdArray {
    const { shape, transpose: order, channelSwap, rawScale, mean, inputScale } = this.#settings(input);
    const given = expectArray(data, 'data');
    const batched = given.shape.length === shape.length && given.shape[0] === 1;
    let array: NdArray = { data: Float32Array.from(given.data), shape: given.shape.slice(batched ? 1 : 0) };
    expectArray(array, 'data', shape.length - 1);
    if (inputScale !== undefined) divide(array.data, Math.fround(inputScale));
    if (mean !== undefined) add(array, mean, 1);
    if (rawScale !== undefined) divide(array.data, Math.fround(rawScale));
    if (channelSwap !== undefined) array = swapChannels(array, inverseOrder(channelSwap));
    if (order !== undefined) array = transpose(array, inverseOrder(order));
    return array;
  }

  static {
    inAnyCopy(Transformer, 'Transformer');
  }
}

function multiply(data: Float32Array, factor: number): void {
  for (const [i, x] of data.entries()) data[i] = x * factor;
}

function divide(data: Float32Array, divisor: number): void {
  for (const [i, x] of data.entries()) data[i] = x / divisor;
}

/** Adds `sign` times a mean to each channel. A mean with one channel, or one pixel, applies to all. */
function add({ data, shape }: NdArray, mean: NdArray<Values>, sign: 1 | -1): void {
  const [channels = 0, ...rest] = shape;
  const size = countOf(rest);
  const [meanChannels = 0, ...meanRest] = mean.shape;
  const meanSize = countOf(meanRest);
  if ((meanChannels !== 1 && meanChannels !== channels) || (meanSize !== 1 && meanSize !== size)) {
    throw new RangeError(`The mean's shape is (${mean.shape.join(', ')}), the data's (${shape.join(', ')})`);
  }
  for (let i = 0; i < data.length; i++) {
    const channel = meanChannels === 1 ? 0 : Math.floor(i / size);
    const pixel = meanSize === 1 ? 0 : i % size;
    data[i] = (data[i] ?? 0) + sign * (mean.data[channel * meanSize + pixel] ?? 0);
  }
}
