import { cutOut } from '../io/oversample.js';
import type { NdArray } from '../io/nd-array.js';
import { resizeImage } from '../io/resize-image.js';

/** A box in an image, in pixels: its first row and column, and the row and column after its last. */
export type Window = readonly [ymin: number, xmin: number, ymax: number, xmax: number];

/** The nearest integer. Ties go to the even one, as in numpy and Python. */
function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** One axis of a window with its context: which part of the image, and which pixels of the result it fills. */
interface Span {
  from: number;
  to: number;
  at: number;
  size: number;
}

/**
 * R-CNN's context along one axis. The window fills the input, except `pad` pixels at each end, which show the
 * surroundings.
 */
function span(first: number, last: number, length: number, inputSize: number, pad: number): Span {
  const half = (last - first + 1) / 2;
  const scaled = (inputSize / (inputSize - 2 * pad)) * half;
  const begin = roundEven(first + half - scaled);
  const end = roundEven(first + half + scaled);
  const scale = inputSize / (end - begin + 1);
  const at = roundEven(Math.max(0, -begin) * scale);
  const from = Math.min(Math.max(begin, 0), length);
  const to = Math.min(Math.max(end, 0), length);
  return { from, to, at, size: Math.min(roundEven((to - from + 1) * scale), inputSize - at) };
}

/**
 * Cuts a window and its context out of an image and resizes both to the input, as R-CNN does.
 *
 * @param image - H·W·K
 * @param background - the result: H·W·K of a square input, filled with the value for pixels outside the image; it is
 * overwritten and returned
 * @param pad - the width of the context in the result, in pixels
 * @throws {RangeError} if the window does not overlap the image
 */
export function contextCrop(
  image: NdArray,
  [ymin, xmin, ymax, xmax]: Window,
  background: NdArray,
  pad: number,
): NdArray {
  const [height = 0, width = 0] = image.shape;
  const [, size = 0, channels = 0] = background.shape;
  const rows = span(ymin, ymax, height, size, pad);
  const columns = span(xmin, xmax, width, size, pad);
  if (rows.to <= rows.from || columns.to <= columns.from || rows.size < 1 || columns.size < 1) {
    throw new RangeError(`The window (${[ymin, xmin, ymax, xmax].join(', ')}) has nothing of the image`);
  }
  const cut = cutOut(image, [rows.from, columns.from, rows.to, columns.to]);
  const { data } = resizeImage(cut, [rows.size, columns.size]);
  for (let row = 0; row < rows.size; row++) {
    const line = data.subarray(row * columns.size * channels, (row + 1) * columns.size * channels);
    background.data.set(line, ((rows.at + row) * size + columns.at) * channels);
  }
  return background;
}
