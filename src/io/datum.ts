import { argumentError, expectInteger, expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { decodeMessage, encodeMessage, messageType, type caffe } from '../proto/schema.js';
import { decodeImage } from './load-image.js';
import { countOf, expectArray, transpose, type NdArray, type Values } from './nd-array.js';

/** A Datum: its bytes, or the message with camelCase fields. */
export type DatumSource = Uint8Array | caffe.Datum.$Properties;

/** The array in a Datum, K·H·W: bytes where the Datum has bytes, floats where it has floats. */
export interface DatumArray extends NdArray<Uint8Array | Float32Array> {
  /** 0 if the Datum has none. */
  label: number;
}

function labelField(label: number | undefined): { label?: number } {
  return label === undefined ? {} : { label: expectInteger(label, 'label', -(2 ** 31), 2 ** 31 - 1) };
}

/**
 * An array as the bytes of a Datum: a record for a `Data` layer.
 *
 * @param array - K·H·W; a Uint8Array is stored as bytes, anything else as floats, which take four times the room
 */
export function arrayToDatum(array: NdArray<Values>, label?: number): Uint8Array {
  const { data, shape } = expectArray(array, 'array', 3);
  const [channels, height, width] = shape;
  const values = data instanceof Uint8Array ? { data } : { floatData: data };
  return messageType('Datum')
    .encode({ channels, height, width, ...values, ...labelField(label) })
    .finish();
}

/**
 * An image file as the bytes of a Datum, as it is: `Data` layers decode it themselves, if Caffe was built with OpenCV
 * (Debian's is). Smaller than {@link arrayToDatum}, slower to read.
 *
 * @param image - the bytes of a JPEG, PNG or what else OpenCV reads
 */
export function imageToDatum(image: Uint8Array, label?: number): Uint8Array {
  if (!(image instanceof Uint8Array)) throw argumentError('a Uint8Array', 'image', image);
  return encodeMessage('Datum', { data: image, encoded: true, ...labelField(label) });
}

function readDatum(datum: DatumSource): caffe.Datum {
  const given = expectObject(datum, 'datum', 'a Datum or its bytes');
  return decodeMessage('Datum', given instanceof Uint8Array ? given : encodeMessage('Datum', given));
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
 * The array and label of a Datum.
 *
 * @throws {CaffeError} ERR_CAFFE_FORMAT if it holds an encoded image ({@link decodeDatum} reads those), or not as many
 * values as its shape says
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
 * The array and label of any Datum. An encoded image is decoded, to K·H·W bytes with the channels in Caffe's order:
 * grey, or B, G, R (and alpha).
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if the image cannot be decoded; as {@link datumToArray} else
 */
export async function decodeDatum(datum: DatumSource): Promise<DatumArray> {
  const message = readDatum(datum);
  if (!message.encoded) return rawArray(message);
  const { data, height, width, channels } = await decodeImage(message.data, false);
  if (data instanceof Float32Array) {
    throw new CaffeError('ERR_CAFFE_FORMAT', 'the Datum holds an image of floats, where Caffe reads 8 bits a channel');
  }
  const bytes = data instanceof Uint16Array ? Uint8Array.from(data, (x) => x >> 8) : data;
  if (channels > 2) {
    for (let i = 0; i < bytes.length; i += channels) bytes.subarray(i, i + 3).reverse();
  }
  return { ...transpose({ data: bytes, shape: [height, width, channels] }, [2, 0, 1]), label: message.label };
}
