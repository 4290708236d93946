import { isUint8Array } from 'node:util/types';
import { argumentError, expectBoolean, expectList, expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { decodeMessage, encodeMessage, messageType, type caffe } from '../proto/schema.js';
import { countOf, expectArray, type NdArray, type Values } from './nd-array.js';

/** A BlobProto: its bytes, or the message with camelCase fields. */
export type BlobProtoSource = Uint8Array | caffe.BlobProto.$Properties;

function shapeOf(blob: caffe.BlobProto, count: number): number[] {
  const legacy = ['num', 'channels', 'height', 'width'] as const;
  if (legacy.some((field) => Object.hasOwn(blob, field))) return legacy.map((field) => blob[field]);
  if (blob.shape) return (blob.shape.dim ?? []).map(Number);
  if (count === 1) return [];
  throw new CaffeError('ERR_CAFFE_FORMAT', `a BlobProto of ${count} values without a shape`);
}

function arrayOf(blob: caffe.BlobProto, diff: boolean): NdArray {
  const [single, double] = diff ? [blob.diff, blob.doubleDiff] : [blob.data, blob.doubleData];
  const data = Float32Array.from(double.length > 0 ? double : single);
  const shape = shapeOf(blob, data.length);
  if (countOf(shape) !== data.length) {
    throw new CaffeError(
      'ERR_CAFFE_FORMAT',
      `a BlobProto of shape (${shape.join(', ')}) with ${data.length} values${diff ? ' of diff' : ''}`,
    );
  }
  return { data, shape };
}

/**
 * Reads the array in a BlobProto, such as weights of a caffemodel or a mean image.
 *
 * @param returnDiff - true to read the gradients instead of the values
 * @returns a new array of floats. Its shape is N·K·H·W if the BlobProto has the four sizes of old files, and [] for one
 * value without a shape
 * @throws {CaffeError} ERR_CAFFE_FORMAT if the BlobProto has no shape, or the number of values does not match the
 * shape; also if bytes do not parse
 */
export function blobprotoToArray(blob: BlobProtoSource, returnDiff = false): NdArray {
  expectObject(blob, 'blob', 'a BlobProto or its bytes');
  expectBoolean(returnDiff, 'returnDiff');
  const bytes = isUint8Array(blob) ? blob : encodeMessage('BlobProto', blob);
  return arrayOf(decodeMessage('BlobProto', bytes), returnDiff);
}

function blobproto(array: NdArray<Values>, diff?: NdArray<Values>): object {
  const { data, shape } = expectArray(array, 'array');
  if (diff === undefined) return { shape: { dim: shape }, data };
  expectArray(diff, 'diff');
  if (diff.shape.join() !== shape.join()) {
    throw new RangeError(`Expected a diff of shape (${shape.join(', ')}) but received (${diff.shape.join(', ')})`);
  }
  return { shape: { dim: shape }, data, diff: diff.data };
}

/**
 * Writes an array as a BlobProto.
 *
 * @param diff - gradients to store with the values; they must have the same shape
 * @returns the bytes of the BlobProto
 * @throws {RangeError} if the shape of `diff` differs
 */
export function arrayToBlobproto(array: NdArray<Values>, diff?: NdArray<Values>): Uint8Array {
  return messageType('BlobProto').encode(blobproto(array, diff)).finish();
}

/**
 * Writes arrays as a BlobProtoVector.
 *
 * @returns the bytes of the BlobProtoVector
 */
export function arraylistToBlobprotovectorStr(arrays: readonly NdArray<Values>[]): Uint8Array {
  return messageType('BlobProtoVector')
    .encode({ blobs: expectList(arrays, 'arrays', 'an array of arrays').map((array) => blobproto(array)) })
    .finish();
}

/** Reads the arrays in the bytes of a BlobProtoVector. Throws the same errors as {@link blobprotoToArray}. */
export function blobprotovectorStrToArraylist(bytes: Uint8Array): NdArray[] {
  if (!isUint8Array(bytes)) throw argumentError('a Uint8Array', 'bytes', bytes);
  return decodeMessage('BlobProtoVector', bytes).blobs.map((blob) => arrayOf(blob as caffe.BlobProto, false));
}
