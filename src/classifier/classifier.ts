import { argumentError, expectShape } from '../error/argument.js';
import { countOf, expectArray, type NdArray, type Values } from '../io/nd-array.js';
import { cutOut, middle, oversample as cropTen } from '../io/oversample.js';
import { resizeImage } from '../io/resize-image.js';
import type { Transformer } from '../io/transformer.js';
import { Net } from '../net/net.js';
import type { Source } from '../proto/source.js';
import { expectChannels, firstOutput, firstOutputAsync, preparedInput, type PreprocessOptions } from './image-net.js';

export interface ClassifierOptions extends PreprocessOptions {
  /**
   * Height and width to which images are resized before parts are cut out of them; those of the net's input by default.
   */
  imageDims?: readonly [height: number, width: number];
}

/** The mean over each ten parts of an image, in 32-bit floats as numpy adds them up. */
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
 * A net that classifies images: it resizes them, cuts out the middle or ten parts, preprocesses these, and runs.
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
  readonly transformer: Transformer;
  readonly imageDims: readonly [height: number, width: number];
  /** Height and width of the net's input. */
  readonly cropDims: readonly [height: number, width: number];

  /**
   * @param model - a net with one input, N·K·H·W
   * @param pretrained - its weights
   * @throws {RangeError} a net with another input, an `imageDims` smaller than it; errors as of {@link Net} and
   * {@link Transformer}
   */
  constructor(model: Source, pretrained: string | Uint8Array, options: ClassifierOptions = {}) {
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
   * Classifies images.
   *
   * @param images - H·W·K each, as {@link io.loadImage} gives them
   * @param oversample - true for the mean over corners, middle and their mirrors; false for the middle alone
   * @returns N·C: the net's first output for each image. Without `oversample` it has the axes of that output
   */
  predict(images: readonly NdArray<Values>[], oversample = true): NdArray {
    const output = firstOutput(this, this.input, this.#inputs(images, oversample));
    return oversample ? meanOfTen(output) : output;
  }

  /** As {@link predict}, with the net on Caffe's own thread; see {@link forwardAsync}. */
  async predictAsync(images: readonly NdArray<Values>[], oversample = true): Promise<NdArray> {
    const output = await firstOutputAsync(this, this.input, this.#inputs(images, oversample));
    return oversample ? meanOfTen(output) : output;
  }
}

/** The images of a batch, without copies. */
function split({ data, shape }: NdArray): NdArray[] {
  const [count = 0, ...rest] = shape;
  const size = countOf(rest);
  return Array.from({ length: count }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), shape: rest }));
}
