import type { NativeDevicePointer } from '../../typings/native.js';
import { inAnyCopy } from '../copies/any-copy.js';
import { expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

/** Stands in for the class in an addon without CUDA, so that `instanceof` works. */
function WithoutCuda(): never {
  throw new TypeError('A DevicePointer comes from a blob: blob.gpuData and its like');
}

const Base = (native.cuda?.DevicePointer ?? WithoutCuda) as unknown as new (origin: never) => NativeDevicePointer;

/**
 * Floats on the GPU: the data or the diff of a blob, or a part of it. It comes from {@link Blob.gpuData},
 * {@link Blob.mutableGpuData}, {@link Blob.gpuDiff} and {@link Blob.mutableGpuDiff}. Kernels and `math` take it. It is
 * not an address and cannot be converted to one.
 *
 * Each use asks Caffe for the current address. So a pointer taken early still refers to the newest values, and Caffe
 * knows what was written through it. It is valid until its blob uses other memory. After that, using it throws
 * ERR_CAFFE_DISPOSED.
 */
export class DevicePointer extends Base {
  /**
   * The floats from `begin` up to but not including `end`, as a pointer to the same memory.
   *
   * @param end - the length by default
   * @throws {RangeError} if the range is empty or exceeds this pointer; unlike those of an array's `subarray`, the
   * bounds are not clamped
   */
  subarray(begin: number, end: number = this.length): DevicePointer {
    expectInteger(begin, 'begin', 0, this.length - 1);
    expectInteger(end, 'end', begin + 1, this.length);
    return this.piece(begin, end) as DevicePointer;
  }

  static {
    inAnyCopy(DevicePointer, 'DevicePointer');
  }
}
