import { isFloat32Array } from 'node:util/types';
import { inAnyCopy } from '../copies/any-copy.js';
import { expectNumber, expectNumbers, expectObject, expectShape } from '../error/argument.js';
import {
  imageShapeOf,
  imageToInput,
  inputShapeOf,
  inputToImage,
  placesOf,
  type Arithmetic,
  type Places,
} from './input-layout.js';
import { expectArray, expectOrder, transpose, type NdArray, type Values } from './nd-array.js';
import { resizeImage } from './resize-image.js';

interface Settings extends Arithmetic {
  readonly shape: readonly number[];
  transpose?: readonly number[];
  channelSwap?: readonly number[];
  /** Where the input's elements lie in an image, from the first image on. */
  places?: Places | undefined;
}

/** By the name of the input. */
type ByInput<Setting> = Readonly<Record<string, Setting>>;

/** Resizes a mean image to the size of the input. Its channels are resized as those of an image. */
function resizeMean(mean: NdArray<Float64Array>, height: number, width: number): NdArray<Float64Array> {
  const { data, shape } = transpose(resizeImage(transpose(mean, [1, 2, 0]), [height, width]), [2, 0, 1]);
  return { data: Float64Array.from(data), shape };
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

  /**
   * Makes a transformer that changes nothing yet.
   *
   * @param inputs - the shape of each input blob, N·K·H·W, by the name of the blob
   */
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
    settings.places = undefined;
  }

  /**
   * Sets the order of the channels, which are the first axis after the transpose: [2, 1, 0] converts RGB to BGR.
   *
   * @throws {RangeError} for an unknown input, or an `order` that is not a permutation of the channels
   */
  setChannelSwap(input: string, order: readonly number[]): void {
    const settings = this.#settings(input);
    settings.channelSwap = expectOrder(order, 'order', settings.shape[1] ?? 0);
    settings.places = undefined;
  }

  /** Sets the factor that is applied before the mean: 255 for nets trained on [0, 255]. */
  setRawScale(input: string, scale: number): void {
    this.#settings(input).rawScale = expectNumber(scale, 'scale');
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
    const data = Float64Array.from(given.data);
    let { shape } = given;
    if (shape.length === 1) shape = [first, 1, 1];
    else if (shape.length === 2) shape = [1, ...shape];
    if (shape.length !== 3 || (shape[0] !== channels && (shape[0] !== 1 || given.shape.length === 1))) {
      throw new RangeError(
        `Expected ${channels} numbers or an image of ${channels} channels for mean but received (${given.shape.join(', ')})`,
      );
    }
    const fits = given.shape.length === 1 || (shape[1] === height && shape[2] === width);
    settings.mean = fits ? { data, shape } : resizeMean({ data, shape }, height, width);
  }

  /** Sets the factor that is applied after the mean. */
  setInputScale(input: string, scale: number): void {
    this.#settings(input).inputScale = expectNumber(scale, 'scale');
  }

  #each<Name extends keyof Settings>(name: Name): ByInput<NonNullable<Settings[Name]>> {
    const given = [...this.#inputs].flatMap(([input, { [name]: setting }]) =>
      setting === undefined ? [] : [[input, structuredClone(setting)] as const],
    );
    return Object.fromEntries(given);
  }

  /** The shape of each input blob, as given to the constructor. Like the getters below, it gives copies. */
  get inputs(): ByInput<readonly number[]> {
    return this.#each('shape');
  }

  /** The orders that {@link setTranspose} has set, by input. */
  get transpose(): ByInput<readonly number[]> {
    return this.#each('transpose');
  }

  /** The orders that {@link setChannelSwap} has set, by input. */
  get channelSwap(): ByInput<readonly number[]> {
    return this.#each('channelSwap');
  }

  /** The factors that {@link setRawScale} has set, by input. */
  get rawScale(): ByInput<number> {
    return this.#each('rawScale');
  }

  /** The means that {@link setMean} has set, by input: K·H·W or 1·H·W in the size of the input, or K·1·1. */
  get mean(): ByInput<NdArray<Float64Array>> {
    return this.#each('mean');
  }

  /** The factors that {@link setInputScale} has set, by input. */
  get inputScale(): ByInput<number> {
    return this.#each('inputScale');
  }

  /** The image in the size of the input. An image that fits as it is, K·H·W without a transpose, is not resized. */
  #fitted(input: string, { data, shape }: NdArray<Values>): Float32Array {
    const { shape: wanted, transpose: order } = this.#settings(input);
    const floats = isFloat32Array(data) ? data : new Float32Array(data);
    const image = imageShapeOf(wanted.slice(1), order);
    if (shape.join() === image.join()) return floats;
    const [height = 0, width = 0] = wanted.slice(2);
    const resized = wanted.length === 4 ? [height, width, ...shape.slice(2)] : shape;
    if (resized.join() === image.join()) return resizeImage({ data: floats, shape }, [height, width]).data;
    const advice = order === undefined && shape.length === 3 ? `; setTranspose('${input}', [2, 0, 1]) takes H·W·K` : '';
    throw new RangeError(
      `Expected an image that becomes (${wanted.slice(1).join(', ')}) for ${input} but (${shape.join(', ')}) ` +
        `becomes (${inputShapeOf(resized, order).join(', ')})${advice}`,
    );
  }

  /**
   * Converts an image to the form of the input.
   *
   * @param data - H·W·K, of any height and width; it is not changed
   * @returns a new array in the shape of the input without its batch axis, K·H·W
   * @throws {RangeError} for an unknown input, an image of the wrong number of axes, or one that does not come out in
   * the shape of the input: of another number of channels, or H·W·K without a transpose
   */
  preprocess(input: string, data: NdArray<Values>): NdArray {
    const settings = this.#settings(input);
    const shape = settings.shape.slice(1);
    const image = this.#fitted(input, expectArray(data, 'data', shape.length));
    settings.places ??= placesOf(shape, settings.transpose, settings.channelSwap);
    return { data: imageToInput(image, settings.places, settings), shape };
  }

  /**
   * Undoes {@link preprocess}, except the resizing.
   *
   * @param data - K·H·W, or 1·K·H·W as in a blob; of any height and width where the mean has one number per channel. It
   * is not changed
   * @returns a new array; H·W·K if the transpose says so
   * @throws {RangeError} for an unknown input, or an array of the wrong number of axes or channels
   */
  deprocess(input: string, data: NdArray<Values>): NdArray {
    const settings = this.#settings(input);
    const given = expectArray(data, 'data');
    const batched = given.shape.length === settings.shape.length && given.shape[0] === 1;
    const shape = given.shape.slice(batched ? 1 : 0);
    expectArray({ data: given.data, shape }, 'data', settings.shape.length - 1);
    if (shape[0] !== settings.shape[1]) {
      throw new RangeError(
        `Expected ${settings.shape[1] ?? 0} channels for ${input}, K·H·W, but received (${shape.join(', ')})`,
      );
    }
    const places = placesOf(shape, settings.transpose, settings.channelSwap);
    return {
      data: inputToImage(Float32Array.from(given.data), places, settings),
      shape: imageShapeOf(shape, settings.transpose),
    };
  }

  static {
    inAnyCopy(Transformer, 'Transformer');
  }
}
