import type { NativeDevicePointer } from '../../typings/native.js';
import { expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

/** Stands in where the addon has none, so that `instanceof` can be asked. */
function WithoutCuda(): never {
  throw new TypeError('A DevicePointer comes from a blob: blob.gpuData and its like');
}

const Base = (native.cuda?.DevicePointer ?? WithoutCuda) as unknown as new (origin: never) => NativeDevicePointer;

/**
 * Floats on the GPU: the data or diff of a blob, or a piece of it. It is no address and cannot be turned into one;
 * kernels and `math` take it. Comes from {@link Blob.gpuData}, {@link Blob.mutableGpuData}, {@link Blob.gpuDiff} and
 * {@link Blob.mutableGpuDiff}.
 *
 * Caffe is asked for the address at each use. So a pointer that was taken early still means the newest values, and what
 * is written through it is known to Caffe. It is good until its blob uses other memory: then its use is
 * ERR_CAFFE_DISPOSED.
 */
export class DevicePointer extends Base {
  /**
   * The floats from `begin` up to, but without, `end`, as a pointer of their own.
   *
   * @throws {RangeError} beyond its ends: unlike an array's, these are not moved in silence
   */
  subarray(begin: number, end: number = this.length): DevicePointer {
    expectInteger(begin, 'begin', 0, this.length - 1);
    expectInteger(end, 'end', begin + 1, this.length);
    return this.piece(begin, end) as DevicePointer;
  }
}
