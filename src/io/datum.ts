import { isFloat32Array, isUint16Array, isUint8Array } from 'node:util/types';
import { argumentError, expectInteger, expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { decodeMessage, encodeMessage, messageType, type caffe } from '../proto/schema.js';
import { decodeImage } from './load-image.js';
import { countOf, expectArray, transpose, type NdArray, type Values } from './nd-array.js';

/** A Datum: its bytes, or the message with camelCase fields. */
export type DatumSource = Uint8Array | caffe.Datum.$Properties;

/** The array in a Datum, K·H·W: bytes if the Datum stores bytes, floats if it stores floats. */
export interface DatumArray extends NdArray<Uint8Array | Float32Array> {
  /** The label; 0 if the Datum has none. */
  label: number;
}

function labelField(label: number | undefined): { label?: number } {
  return label === undefined ? {} : { label: expectInteger(label, 'label', -(2 ** 31), 2 ** 31 - 1) };
}

/**
 * Writes an array as a Datum: a record for a `Data` layer.
 *
 * @param array - K·H·W; a Uint8Array is stored as bytes, any other array as floats, which take four times the space
 * @param label - a 32-bit integer; none by default
 * @returns the bytes of the Datum
 */
export function arrayToDatum(array: NdArray<Values>, label?: number): Uint8Array {
  const { data, shape } = expectArray(array, 'array', 3);
  const [channels, height, width] = shape;
  const values = isUint8Array(data) ? { data } : { floatData: data };
  return messageType('Datum')
    .encode({ channels, height, width, ...values, ...labelField(label) })
    .finish();
}

/**
 * Stores an image file in a Datum, still encoded. `Data` layers decode it themselves, if Caffe was built with OpenCV
 * (Debian's was). Smaller than {@link arrayToDatum}, but slower to read.
 *
 * @param image - the bytes of a JPEG, PNG or another format that OpenCV reads
 * @param label - a 32-bit integer; none by default
 * @returns the bytes of the Datum
 */
export function imageToDatum(image: Uint8Array, label?: number): Uint8Array {
  if (!isUint8Array(image)) throw argumentError('a Uint8Array', 'image', image);
  return encodeMessage('Datum', { data: image, encoded: true, ...labelField(label) });
}

function readDatum(datum: DatumSource): caffe.Datum {
  const given = expectObject(datum, 'datum', 'a Datum or its bytes');
  return decodeMessage('Datum', isUint8Array(given) ? given : encodeMessage('Datum', given));
}

function rawArray({ channels, height, width, label, data, floatData }: caffe.Datum): DatumArray {
  const values = data.length > 0 ? Uint8Array.from(data) : Float32Array.from(floatData);
  const shape = [channels, height, width];
  if (countOf(shape) !== values.length) {
    throw new CaffeError('ERR_CAFFE_FORMAT', `a Datum of shape (${shape.join(', ')}) with ${values.length} values`);
  }
  return { data: values, shape, label };
}

/**
 * Reads the array and the label of a Datum.
 *
 * @returns a copy of the values, K·H·W
 * @throws {CaffeError} ERR_CAFFE_FORMAT if the Datum holds an encoded image (use {@link decodeDatum}), or the number of
 * values does not match the shape
 */
export function datumToArray(datum: DatumSource): DatumArray {
  const message = readDatum(datum);
  if (message.encoded) {
    throw new CaffeError(
      'ERR_CAFFE_FORMAT',
      'the Datum holds an encoded image: use decodeDatum, which is asynchronous',
    );
  }
  return rawArray(message);
}

/**
 * Reads the array and the label of any Datum. An encoded image is decoded to K·H·W bytes, with the channels in Caffe's
 * order: grey, or B, G, R (and alpha). 16-bit images keep the upper 8 bits. Decoding runs off the calling thread.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if the image cannot be decoded; ERR_CAFFE_FORMAT if its values are floats;
 * otherwise the errors of {@link datumToArray}
 */
export async function decodeDatum(datum: DatumSource): Promise<DatumArray> {
  const message = readDatum(datum);
  if (!message.encoded) return rawArray(message);
  const { data, height, width, channels } = await decodeImage(message.data, false);
  if (isFloat32Array(data)) {
    throw new CaffeError('ERR_CAFFE_FORMAT', 'the Datum holds an image of floats, where Caffe reads 8 bits a channel');
  }
  const bytes = isUint16Array(data) ? Uint8Array.from(data, (x) => x >> 8) : data;
  if (channels > 2) {
    for (let i = 0; i < bytes.length; i += channels) bytes.subarray(i, i + 3).reverse();
  }
  return { ...transpose({ data: bytes, shape: [height, width, channels] }, [2, 0, 1]), label: message.label };
}
