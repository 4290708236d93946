import { resolve } from 'node:path';
import { expectChannels, firstOutputAsync, preparedInput, type PreprocessOptions } from '../classifier/image-net.js';
import {
  argumentError,
  expectFunction,
  expectInteger,
  expectIterable,
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

export interface DetectorOptions extends PreprocessOptions {
  /**
   * How many pixels at each side of the net's input show what lies around a window; 0 by default. Only for square
   * inputs.
   */
  contextPad?: number;
}

export interface Detection {
  filename: string;
  window: Window;
  /** The net's first output for the window. */
  prediction: Float32Array;
}

/** Finds windows worth a look: a list for each file. */
export type SelectiveSearch = (filenames: string[]) => Iterable<Window>[] | Promise<Iterable<Window>[]>;

/** A net that looks at windows of images, each brought to the size of its input, as R-CNN does. */
export class Detector extends Net {
  /** The name of the input blob. */
  readonly input: string;
  readonly transformer: Transformer;
  #contextPad = 0;

  /**
   * @param model - a net with one input, N·K·H·W
   * @param pretrained - its weights
   * @throws {RangeError} a net with another input, a context that leaves nothing of it; errors as of {@link Net} and
   * {@link Transformer}
   */
  constructor(model: Source, pretrained: string | Uint8Array, options: DetectorOptions = {}) {
    super(model, 'test', { weights: pretrained });
    const { input, transformer } = preparedInput(this, options);
    this.input = input;
    this.transformer = transformer;
    this.configureCrop(options.contextPad ?? 0);
  }

  /** H, W and K of what the net looks at. */
  get cropDims(): readonly [height: number, width: number, channels: number] {
    const [, channels = 0, height = 0, width = 0] = this.blobs[this.input]?.shape ?? [];
    return [height, width, channels];
  }

  get contextPad(): number {
    return this.#contextPad;
  }

  /** Sets how many pixels at each side of the input show what lies around a window. */
  configureCrop(contextPad: number): void {
    const [height, width] = this.cropDims;
    expectInteger(contextPad, 'contextPad', 0, Math.ceil(width / 2) - 1);
    if (contextPad > 0 && height !== width) {
      throw new RangeError(`Expected a square input for a context but it is ${height} x ${width}`);
    }
    this.#contextPad = contextPad;
  }

  /** An image of the net's input that is 0 after preprocessing: what stands for what lies outside of an image. */
  #background(): NdArray {
    const [height, width, channels] = this.cropDims;
    const zeros = { data: new Float32Array(height * width * channels), shape: [channels, height, width] };
    return this.transformer.deprocess(this.input, zeros);
  }

  /**
   * Cuts a window out of an image; with a context, as large as the net's input.
   *
   * @param image - H·W·K
   * @throws {RangeError} a window that has nothing of the image
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
   * Looks at windows of images. The net runs on Caffe's own thread; see {@link forwardAsync}.
   *
   * @param imagesWindows - image files, each with its windows
   * @returns what the net says of each window, in their order
   * @throws {CaffeError} ERR_CAFFE_FILE for a file that is no image; errors as of {@link crop}
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
   * {@link detectWindows} on the windows that a function proposes. Caffe has no such function: pycaffe calls one of
   * MATLAB's.
   *
   * @param selectiveSearch - is given the absolute paths
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
}
