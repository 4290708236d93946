import { expectList, expectShape } from '../error/argument.js';
import { unwrittenFloats } from '../blob/unwritten.js';
import { expectArray, type NdArray, type Values } from './nd-array.js';

/**
 * Cuts rows `top` ... `bottom - 1` and columns `left` ... `right - 1` out of an H·W·K image. `mirror` reverses the
 * columns. Returns a copy.
 *
 * @internal
 */
export function cutOut(
  { data, shape }: NdArray<Values>,
  [top, left, bottom, right]: readonly [top: number, left: number, bottom: number, right: number],
  mirror = false,
): NdArray {
  const [, width = 0, channels = 0] = shape;
  const [rows, columns] = [bottom - top, right - left];
  const cut = unwrittenFloats(rows * columns * channels);
  const length = columns * channels;
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * width + left) * channels;
    if (mirror) {
      const end = (row + 1) * length;
      for (let i = 0, to = end - channels; i < length; i += channels, to -= channels) {
        for (let channel = 0; channel < channels; channel++) cut[to + channel] = data[from + i + channel] ?? 0;
      }
    } else {
      cut.set(data.subarray(from, from + length), row * length);
    }
  }
  return { data: cut, shape: [rows, columns, channels] };
}

/**
 * The box of a given size in the middle of an image. If it is not exactly centred, it lies towards the top left.
 * @internal
 */
export function middle(
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): [top: number, left: number, bottom: number, right: number] {
  const top = Math.trunc((height - rows) / 2);
  const left = Math.trunc((width - columns) / 2);
  return [top, left, top + rows, left + columns];
}

/**
 * Cuts ten crops out of each image: the four corners (top left, top right, bottom left, bottom right), the middle, then
 * the same five mirrored left to right.
 *
 * @param images - H·W·K, all of one shape
 * @param cropDims - height and width of the crops, in pixels
 * @returns a new array of 10N·cropDims[0]·cropDims[1]·K
 * @throws {RangeError} if the images differ in shape, or a crop is larger than the images
 */
export function oversample(
  images: readonly NdArray<Values>[],
  cropDims: readonly [height: number, width: number],
): NdArray {
  const arrays = expectList(images, 'images', 'an array of images').map((image, i) =>
    expectArray(image, `images[${i}]`, 3),
  );
  const [height = 0, width = 0, channels = 0] = arrays[0]?.shape ?? [];
  for (const [i, { shape }] of arrays.entries()) {
    if (shape.join() !== [height, width, channels].join()) {
      throw new RangeError(
        `Expected images of one shape but images[0] has (${height}, ${width}, ${channels}) and images[${i}] (${shape.join(', ')})`,
      );
    }
  }
  const [rows = 0, columns = 0] = expectShape(cropDims, 'cropDims', 2);
  if (images.length > 0 && (rows > height || columns > width)) {
    throw new RangeError(`Expected cropDims of at most (${height}, ${width}) but received (${rows}, ${columns})`);
  }
  const corners = [0, height - rows].flatMap((top) =>
    [0, width - columns].map((left) => [top, left, top + rows, left + columns] as const),
  );
  const parts = [...corners, middle([height, width], [rows, columns])];
  const size = rows * columns * channels;
  const data = unwrittenFloats(10 * images.length * size);
  let written = 0;
  for (const image of images) {
    for (const mirror of [false, true]) {
      for (const part of parts) data.set(cutOut(image, part, mirror).data, size * written++);
    }
  }
  return { data, shape: [10 * images.length, rows, columns, channels] };
}
