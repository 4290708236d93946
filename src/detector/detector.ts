import { resolve } from 'node:path';
import {
  expectChannels,
  firstOutputAsync,
  preparedInput,
  preprocessOptions,
  type PreprocessOptions,
} from '../classifier/image-net.js';
import { inAnyCopy } from '../copies/any-copy.js';
import {
  argumentError,
  expectFunction,
  expectInteger,
  expectIterable,
  expectOptions,
  expectShape,
  expectStrings,
} from '../error/argument.js';
import { loadImage } from '../io/load-image.js';
import { countOf, expectArray, type NdArray, type Values } from '../io/nd-array.js';
import { cutOut } from '../io/oversample.js';
import type { Transformer } from '../io/transformer.js';
import { Net } from '../net/net.js';
import type { Source } from '../proto/source.js';
import { contextCrop, type Window } from './context-crop.js';

export type { Window } from './context-crop.js';

/** The options of {@link Detector}. */
export interface DetectorOptions extends PreprocessOptions {
  /**
   * The number of pixels at each side of the net's input that show the surroundings of a window. 0 by default. Square
   * inputs only.
   */
  contextPad?: number;
}

/** The net's output for one window. */
export interface Detection {
  /** The image file. */
  filename: string;
  /** The window in the image. */
  window: Window;
  /** The net's first output for the window, as a flat copy. */
  prediction: Float32Array;
}

/** Proposes windows: one list for each file. */
export type SelectiveSearch = (filenames: string[]) => Iterable<Window>[] | Promise<Iterable<Window>[]>;

/** A net that runs on windows of images. Each window is resized to the net's input, as in R-CNN. */
export class Detector extends Net {
  /** The name of the input blob. */
  readonly input: string;
  /** Preprocesses the windows. */
  readonly transformer: Transformer;
  #contextPad = 0;

  /**
   * @param model - a net whose first input is N·K·H·W
   * @param pretrained - its weights: a path or bytes
   * @throws {RangeError} if the net has no such input, or the context leaves nothing of it
   * @throws the errors of {@link Net} and {@link Transformer}
   */
  constructor(model: Source, pretrained: string | Uint8Array, options: DetectorOptions = {}) {
    expectOptions(options, ['contextPad', ...preprocessOptions]);
    super(model, 'test', { weights: pretrained });
    const { input, transformer } = preparedInput(this, options);
    this.input = input;
    this.transformer = transformer;
    this.configureCrop(options.contextPad ?? 0);
  }

  /** Height, width and channels of the net's input. */
  get cropDims(): readonly [height: number, width: number, channels: number] {
    const [, channels = 0, height = 0, width = 0] = this.blobs[this.input]?.shape ?? [];
    return [height, width, channels];
  }

  /** The number of pixels at each side of the input that show the surroundings of a window. */
  get contextPad(): number {
    return this.#contextPad;
  }

  /**
   * Sets {@link Detector.contextPad}.
   *
   * @throws {RangeError} if the input is not square and `contextPad` is not 0, or if the context would leave nothing of
   * the input
   */
  configureCrop(contextPad: number): void {
    const [height, width] = this.cropDims;
    expectInteger(contextPad, 'contextPad', 0, Math.ceil(width / 2) - 1);
    if (contextPad > 0 && height !== width) {
      throw new RangeError(`Expected a square input for a context but it is ${height} x ${width}`);
    }
    this.#contextPad = contextPad;
  }

  /** An image in the size of the net's input that is 0 after preprocessing. It stands for pixels outside the image. */
  #background(): NdArray {
    const [height, width, channels] = this.cropDims;
    const zeros = { data: new Float32Array(height * width * channels), shape: [channels, height, width] };
    return this.transformer.deprocess(this.input, zeros);
  }

  /**
   * Cuts a window out of an image. With a context, the result has the size of the net's input.
   *
   * @param image - H·W·K
   * @returns a new array, H·W·K
   * @throws {RangeError} if the window does not overlap the image, or the image has another number of channels than the
   * input
   */
  crop(image: NdArray<Values>, window: Window): NdArray {
    const { data, shape } = expectChannels(this, expectArray(image, 'image', 3));
    const [ymin = 0, xmin = 0, ymax = 0, xmax = 0] = expectShape(window, 'window', 4);
    const [height = 0, width = 0] = shape;
    if (ymin >= Math.min(ymax, height) || xmin >= Math.min(xmax, width)) {
      throw new RangeError(`The window (${window.join(', ')}) has nothing of the image, which is ${height} x ${width}`);
    }
    const floats = { data: Float32Array.from(data), shape };
    if (this.#contextPad > 0) {
      return contextCrop(floats, [ymin, xmin, ymax, xmax], this.#background(), this.#contextPad);
    }
    return cutOut(floats, [ymin, xmin, Math.min(ymax, height), Math.min(xmax, width)]);
  }

  /**
   * Runs the net on windows of images. The net runs on Caffe's own thread; see {@link forwardAsync}.
   *
   * @param imagesWindows - image files, each with its windows
   * @returns the net's output for each window, in their order
   * @throws {CaffeError} ERR_CAFFE_FILE if a file is not an image
   * @throws the errors of {@link crop}
   */
  async detectWindows(
    imagesWindows: Iterable<readonly [filename: string, windows: Iterable<Window>]>,
  ): Promise<Detection[]> {
    const asked: { filename: string; window: Window }[] = [];
    const inputs: NdArray[] = [];
    for (const pair of expectIterable(imagesWindows, 'imagesWindows', 'pairs of a file and its windows')) {
      const [filename, windows] = expectIterable(
        pair,
        'imagesWindows',
        'pairs of a file and its windows',
      ) as typeof pair;
      const image = await loadImage(filename);
      for (const window of expectIterable(windows, `the windows of ${filename}`, 'a list of windows')) {
        inputs.push(this.transformer.preprocess(this.input, this.crop(image, window)));
        asked.push({ filename, window });
      }
    }
    const { data, shape } = await firstOutputAsync(this, this.input, inputs);
    const count = countOf(shape.slice(1));
    return asked.map((one, i) => ({ ...one, prediction: data.slice(i * count, (i + 1) * count) }));
  }

  /**
   * Runs {@link detectWindows} on windows that a function proposes. Caffe has no such function; pycaffe calls one in
   * MATLAB.
   *
   * @param selectiveSearch - receives the absolute paths of the files and returns one list of windows for each
   * @throws {TypeError} if `selectiveSearch` does not return one list for each file
   */
  async detectSelectiveSearch(filenames: readonly string[], selectiveSearch: SelectiveSearch): Promise<Detection[]> {
    expectFunction(selectiveSearch, 'selectiveSearch');
    const files = expectStrings(filenames, 'filenames').map((filename) => resolve(filename));
    const windows = await selectiveSearch(files);
    if (!Array.isArray(windows) || windows.length !== files.length) {
      throw argumentError(`${files.length} lists of windows`, 'the result of selectiveSearch', windows);
    }
    return this.detectWindows(files.map((file, i) => [file, windows[i] ?? []]));
  }

  static {
    inAnyCopy(Detector, 'Detector');
  }
}
