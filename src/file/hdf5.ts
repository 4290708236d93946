import { closeSync, openSync, readSync } from 'node:fs';
import { CaffeError } from '../error/caffe-error.js';
import { refuseSpecial } from './special.js';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes start with the signature of an HDF5 file. */
export function isHdf5(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/**
 * Whether a file is HDF5. It may be larger than what can be read at once.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if it cannot be read
 */
export function isHdf5File(path: string): boolean {
  refuseSpecial(path);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const begin = new Uint8Array(signature.length);
    readSync(file, begin);
    return isHdf5(begin);
  } catch (cause) {
    throw new CaffeError('ERR_CAFFE_FILE', `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
