import { isFloat32Array, isUint16Array, isUint8Array } from 'node:util/types';
import { argumentError } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { refuseSpecial } from '../file/special.js';
import type { NdArray } from './nd-array.js';

/** An image as stored in its file. @internal */
export interface Pixels {
  /** H·W·K values. The channels are grey, grey and alpha, RGB, or RGB and alpha. */
  data: Uint8Array | Uint16Array | Float32Array;
  height: number;
  width: number;
  channels: number;
}

/** Converts CMYK to RGB without colour profiles, as Pillow does: each of R, G, B is (1 - its ink) (1 - black). */
function cmykToRgb(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let i = 0, pixel = 0; i < rgb.length; i++, pixel = Math.floor(i / 3) * 4) {
    const light = 255 - (inks[pixel + 3] ?? 0);
    rgb[i] = light - Math.round((light * (inks[pixel + (i % 3)] ?? 0)) / 255);
  }
  return rgb;
}

type Depth = 'uchar' | 'ushort' | 'float';

function depthOf(depth: string): Depth {
  if (depth === 'uchar' || depth === 'ushort') return depth;
  if (depth === 'float' || depth === 'double') return 'float';
  throw new Error(`its values are of type ${depth}, where 8 bits, 16 bits without a sign, and floats can be read`);
}

/** The colour space in which sharp returns the values of the file unchanged. */
function coloursOf(space: string, depth: Depth): string {
  const grey = space === 'b-w' || space === 'grey16';
  if (depth === 'float') return space;
  if (depth === 'ushort') return grey ? 'grey16' : 'rgb16';
  return grey ? 'b-w' : space === 'cmyk' ? 'cmyk' : 'srgb';
}

function valuesOf(bytes: Uint8Array, depth: Depth): Pixels['data'] {
  if (depth === 'float') return new Float32Array(bytes.buffer);
  return depth === 'ushort' ? new Uint16Array(bytes.buffer) : bytes;
}

/**
 * Decodes an image file: JPEG, PNG, WebP, GIF, TIFF, AVIF and any other format that sharp reads. Colour profiles are
 * not applied. 16-bit values stay 16 bits and floats stay floats. CMYK becomes RGB.
 *
 * @param upright - whether to apply the camera's orientation (EXIF). It is never applied to PNG and TIFF files, as in
 * pycaffe and Caffe's `ImageData` layer. Caffe's `Data` layer applies none
 * @internal
 */
export async function decodeImage(file: string | Uint8Array, upright: boolean): Promise<Pixels> {
  if (typeof file !== 'string' && !isUint8Array(file)) throw argumentError('a path or bytes', 'file', file);
  if (typeof file === 'string') refuseSpecial(file);
  // Not imported at the top: programs that never load an image need no libvips.
  const { default: sharp } = await import('sharp');
  try {
    const image = sharp(file, { ignoreIcc: true });
    const metadata = await image.metadata();
    const depth = depthOf(metadata.depth);
    const colours = coloursOf(metadata.space, depth);
    if (upright && !['png', 'tiff'].includes(metadata.format)) image.autoOrient();
    // Otherwise sharp would convert the inks to RGB and back.
    if (colours === 'cmyk') image.pipelineColourspace('cmyk');
    const { data, info } = await image.toColourspace(colours).raw({ depth }).toBuffer({ resolveWithObject: true });
    const { height, width, channels } = info;
    const bytes = new Uint8Array(data);
    if (colours === 'cmyk') return { data: cmykToRgb(bytes), height, width, channels: 3 };
    return { data: valuesOf(bytes, depth), height, width, channels };
  } catch (cause) {
    const details = typeof file === 'string' ? { file, cause } : { cause };
    throw new CaffeError('ERR_CAFFE_FILE', `cannot be read as an image: ${(cause as Error).message}`, details);
  }
}

/** The weights of red, green and blue in intensity, as in scikit-image's `rgb2gray` (ITU-R BT.709, older rounding). */
const [red, green, blue] = [0.2125, 0.7154, 0.0721];

/**
 * Loads an image: JPEG, PNG, WebP, GIF, TIFF, AVIF and any other format that sharp reads. BMP and PPM are not
 * supported. For PNG, GIF, TIFF and JPEG (CMYK too), the values are exactly those of pycaffe. A photograph is rotated
 * as its EXIF orientation says. Decoding runs off the calling thread.
 *
 * @param file - a path, or the bytes of a file
 * @param color - true for RGB (grey is repeated); false for intensity, 0.2125 R + 0.7154 G + 0.0721 B. Alpha is dropped
 * @returns a new array of H·W·3 or H·W·1 floats in [0, 1]. Values of a TIFF that stores floats are not scaled
 * @throws {CaffeError} ERR_CAFFE_FILE if sharp cannot decode the file
 */
export async function loadImage(file: string | Uint8Array, color = true): Promise<NdArray> {
  const { data, height, width, channels } = await decodeImage(file, true);
  const most = isFloat32Array(data) ? 1 : isUint16Array(data) ? 65535 : 255;
  const size = height * width;
  const kept = color ? 3 : 1;
  const result = new Float32Array(size * kept);
  const value = (pixel: number, channel: number): number => (data[pixel * channels + channel] ?? 0) / most;
  const coloured = channels > 2;
  for (let pixel = 0; pixel < size; pixel++) {
    if (color) {
      for (let channel = 0; channel < 3; channel++) result[pixel * 3 + channel] = value(pixel, coloured ? channel : 0);
    } else {
      result[pixel] = coloured
        ? red * value(pixel, 0) + green * value(pixel, 1) + blue * value(pixel, 2)
        : value(pixel, 0);
    }
  }
  return { data: result, shape: [height, width, kept] };
}
