import { expectString } from '../error/argument.js';
import { placing } from '../error/caffe-error.js';
import { writeFileAside } from '../file/aside.js';
import { messageType } from '../proto/schema.js';
import { readFile } from '../proto/source.js';
import { blobprotoToArray } from './blob-proto.js';
import { expectArray, type NdArray, type Values } from './nd-array.js';

/**
 * Reads a mean image (binaryproto), as `compute_image_mean` writes it and as `mean_file` of a data layer names it.
 *
 * @returns K·H·W values in [0, 255]; the channels are in the order of the database, usually B, G, R
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be read; ERR_CAFFE_FORMAT if it is not a BlobProto
 */
export function readMean(path: string): NdArray {
  const bytes = readFile(expectString(path, 'path'));
  const { data, shape } = placing(
    () => ({ file: path }),
    () => blobprotoToArray(bytes),
  );
  return { data, shape: shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape };
}

/**
 * Writes a mean image for `mean_file` of a data layer. The write is atomic: the whole file appears, or nothing.
 *
 * @param mean - K·H·W
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be written
 */
export function writeMean(path: string, mean: NdArray<Values>): void {
  const { data, shape } = expectArray(mean, 'mean', 3);
  const [channels, height, width] = shape;
  // The four sizes of old files, as Caffe's own tool writes them. Every reader of such files understands these.
  const bytes = messageType('BlobProto').encode({ num: 1, channels, height, width, data }).finish();
  writeFileAside(expectString(path, 'path'), bytes);
}
