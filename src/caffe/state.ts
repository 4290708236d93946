import type { NativeDevice } from '../../typings/native.js';
import { requireCuda } from '../cuda/require-cuda.js';
import { expectInteger, expectOneOf } from '../error/argument.js';
import { native } from '../native/load.js';

/** The version of the linked Caffe, such as `1.0.0`. */
export const version: string = native.version;

/** Whether the linked libcaffe can compute on a GPU (it was built without CPU_ONLY). */
export const hasGpu: boolean = native.hasGpu;

/**
 * Whether solvers on several GPUs can share their gradients by NCCL. It is always false. The package does not offer
 * Caffe's NCCL class, even if the linked libcaffe was built with it. Several processes train one net by `mpi`.
 */
export const hasNccl = false;

/**
 * Chooses where Caffe computes from now on. It applies to the calling JavaScript thread only: Caffe keeps a separate
 * mode, device and random generator for each thread.
 *
 * @throws {CaffeError} ERR_CAFFE_NO_GPU if the linked libcaffe has no CUDA, or the machine has no GPU
 */
export function setMode(mode: 'cpu' | 'gpu'): void {
  native.setMode(expectOneOf(mode, 'mode', ['cpu', 'gpu']));
}

/** Where Caffe computes on this thread. See {@link setMode}. */
export function getMode(): 'cpu' | 'gpu' {
  return native.mode();
}

/**
 * Chooses the GPU of this thread. Call it before you make nets: memory on one GPU cannot be used by another.
 *
 * @param device - from 0 to `deviceCount() - 1`
 * @throws {CaffeError} ERR_CAFFE_NO_GPU if the linked libcaffe has no CUDA, or the machine has no such device
 */
export function setDevice(device: number): void {
  native.setDevice(expectInteger(device, 'device', 0, 2 ** 31 - 1));
}

/**
 * The number of GPUs. It is 0 if a build with CUDA finds none.
 *
 * @throws {CaffeError} ERR_CAFFE_NO_GPU if the linked libcaffe has no CUDA. {@link hasGpu} tells so without an error
 */
export function deviceCount(): number {
  return requireCuda().deviceCount();
}

/** The properties of a GPU that CUDA reports. See {@link deviceQuery}. Sizes are in bytes. */
export type Device = NativeDevice;

/**
 * Reads the properties of a GPU from CUDA: its name, compute capability (such as `'9.0'`), memory, and limits for
 * kernels.
 *
 * @param device - from 0; the default is the device of this thread
 * @throws {CaffeError} ERR_CAFFE_NO_GPU if the linked libcaffe has no CUDA, or the machine has no such device
 */
export function deviceQuery(device?: number): Device {
  const cuda = requireCuda();
  return cuda.deviceQuery(device === undefined ? -1 : expectInteger(device, 'device', 0, 2 ** 31 - 1));
}

/**
 * Seeds this thread's random generator. Fillers, dropout, shuffling and augmentation use it. A solver whose prototxt
 * has a `random_seed` also seeds it, when you make the solver.
 *
 * @param seed - from 0 to 2³² - 1
 */
export function setRandomSeed(seed: number): void {
  native.setRandomSeed(expectInteger(seed, 'seed', 0, 2 ** 32 - 1));
}
