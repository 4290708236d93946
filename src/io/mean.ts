import { expectString } from '../error/argument.js';
import { placing } from '../error/caffe-error.js';
import { writeFileAside } from '../file/aside.js';
import { messageType } from '../proto/schema.js';
import { readFile } from '../proto/source.js';
import { blobprotoToArray } from './blob-proto.js';
import { expectArray, type NdArray, type Values } from './nd-array.js';

/**
 * Reads a mean image as `compute_image_mean` writes it and `mean_file` of a data layer names it (binaryproto).
 *
 * @returns K·H·W, the channels in the order of the database, usually B, G, R, in [0, 255]
 * @throws {CaffeError} ERR_CAFFE_FILE, ERR_CAFFE_FORMAT
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
 * Writes a mean image for `mean_file` of a data layer. The file is there whole or not at all.
 *
 * @param mean - K·H·W
 * @throws {CaffeError} ERR_CAFFE_FILE
 */
export function writeMean(path: string, mean: NdArray<Values>): void {
  const { data, shape } = expectArray(mean, 'mean', 3);
  const [channels, height, width] = shape;
  // The four sizes of old files, as Caffe's own tool writes them: every reader of such files knows these.
  const bytes = messageType('BlobProto').encode({ num: 1, channels, height, width, data }).finish();
  writeFileAside(expectString(path, 'path'), bytes);
}
