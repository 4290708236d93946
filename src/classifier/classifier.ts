import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectOptions, expectShape } from '../error/argument.js';
import { countOf, expectArray, type NdArray, type Values } from '../io/nd-array.js';
import { cutOut, middle, oversample as cropTen } from '../io/oversample.js';
import { resizeImage } from '../io/resize-image.js';
import type { Transformer } from '../io/transformer.js';
import { Net } from '../net/net.js';
import type { Source } from '../proto/source.js';
import {
  expectChannels,
  firstOutput,
  firstOutputAsync,
  preparedInput,
  preprocessOptions,
  type PreprocessOptions,
} from './image-net.js';

/** The options of {@link Classifier}. */
export interface ClassifierOptions extends PreprocessOptions {
  /**
   * Height and width that images are resized to before the crops are cut out. The height and width of the net's input
   * by default.
   */
  imageDims?: readonly [height: number, width: number];
}

/** The mean over the ten crops of each image, summed in 32-bit floats as numpy does. */
function meanOfTen({ data, shape }: NdArray): NdArray {
  const [parts = 0, ...rest] = shape;
  const count = countOf(rest);
  const means = new Float32Array((parts / 10) * count);
  for (let part = 0; part < parts; part++) {
    const to = Math.floor(part / 10) * count;
    for (let i = 0; i < count; i++) means[to + i] = (means[to + i] ?? 0) + (data[part * count + i] ?? 0);
  }
  return { data: means.map((sum) => sum / 10), shape: [parts / 10, count] };
}

/**
 * A net that classifies images. It resizes each image, cuts out the centre or ten crops, preprocesses them and runs the
 * net.
 *
 * ```ts
 * using classifier = new Classifier('deploy.prototxt', 'bvlc_reference_caffenet.caffemodel', {
 *   imageDims: [256, 256],
 *   mean: [104, 117, 123],
 *   rawScale: 255,
 *   channelSwap: [2, 1, 0],
 * });
 * const { data } = classifier.predict([await io.loadImage('cat.jpg')]);
 * ```
 */
export class Classifier extends Net {
  /** The name of the input blob. */
  readonly input: string;
  /** Preprocesses the crops. */
  readonly transformer: Transformer;
  /** Height and width that images are resized to, in pixels. */
  readonly imageDims: readonly [height: number, width: number];
  /** Height and width of the net's input, in pixels. */
  readonly cropDims: readonly [height: number, width: number];

  /**
   * @param model - a net whose first input is N·K·H·W
   * @param pretrained - its weights: a path or bytes
   * @throws {RangeError} if the net has no such input, or `imageDims` is smaller than it
   * @throws the errors of {@link Net} and {@link Transformer}
   */
  constructor(model: Source, pretrained: string | Uint8Array, options: ClassifierOptions = {}) {
    expectOptions(options, ['imageDims', ...preprocessOptions]);
    super(model, 'test', { weights: pretrained });
    const { input, transformer } = preparedInput(this, options);
    this.input = input;
    this.transformer = transformer;
    const [, , height = 0, width = 0] = this.blobs[input]?.shape ?? [];
    this.cropDims = [height, width];
    const [rows = 0, columns = 0] = expectShape(options.imageDims ?? this.cropDims, 'imageDims', 2);
    if (rows < height || columns < width) {
      throw new RangeError(`Expected imageDims of at least (${height}, ${width}) but received (${rows}, ${columns})`);
    }
    this.imageDims = [rows, columns];
  }

  #inputs(images: readonly NdArray<Values>[], oversample: boolean): NdArray[] {
    if (!Array.isArray(images)) throw argumentError('an array of images', 'images', images);
    const { imageDims, cropDims } = this;
    const parts = (images as readonly NdArray<Values>[]).flatMap((image, i) => {
      const resized = resizeImage(expectChannels(this, expectArray(image, `images[${i}]`, 3)), imageDims);
      return oversample ? split(cropTen([resized], cropDims)) : [cutOut(resized, middle(imageDims, cropDims))];
    });
    return parts.map((part) => this.transformer.preprocess(this.input, part));
  }

  /**
   * Classifies images. Runs on the calling thread.
   *
   * @param images - H·W·K each, as {@link io.loadImage} returns them
   * @param oversample - true (default) for the mean over the corners, the centre and their mirror images; false for the
   * centre only
   * @returns a new array of N·C: the net's first output for each image. Without `oversample` it has all axes of that
   * output
   * @throws {RangeError} for an image whose number of channels differs from that of the input
   */
  predict(images: readonly NdArray<Values>[], oversample = true): NdArray {
    const output = firstOutput(this, this.input, this.#inputs(images, oversample));
    return oversample ? meanOfTen(output) : output;
  }

  /** As {@link predict}, but the net runs on Caffe's own thread; see {@link forwardAsync}. */
  async predictAsync(images: readonly NdArray<Values>[], oversample = true): Promise<NdArray> {
    const output = await firstOutputAsync(this, this.input, this.#inputs(images, oversample));
    return oversample ? meanOfTen(output) : output;
  }

  static {
    inAnyCopy(Classifier, 'Classifier');
  }
}

/** The images of a batch. They are views, not copies. */
function split({ data, shape }: NdArray): NdArray[] {
  const [count = 0, ...rest] = shape;
  const size = countOf(rest);
  return Array.from({ length: count }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), shape: rest }));
}
