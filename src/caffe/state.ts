import type { NativeDevice } from '../../typings/native.js';
import { requireCuda } from '../cuda/require-cuda.js';
import { expectInteger, expectOneOf } from '../error/argument.js';
import { native } from '../native/load.js';

/** The version of the linked Caffe, as `1.0.0`. */
export const version: string = native.version;

/** Whether the linked libcaffe can compute on a GPU (it was built without CPU_ONLY). */
export const hasGpu: boolean = native.hasGpu;

/**
 * Whether solvers on several GPUs can share their gradients by NCCL: never. The package does not offer Caffe's NCCL
 * class, even if the linked libcaffe was built with it. Train on one GPU, or average gradients yourself in
 * `solver.addCallback`.
 */
export const hasNccl = false;

/**
 * Chooses where Caffe computes from now on, for this thread of JavaScript only: Caffe keeps the mode, the device and
 * the random numbers for each thread apart.
 *
 * @throws {CaffeError} ERR_CAFFE_NO_GPU where the linked libcaffe has no CUDA, or the machine no GPU
 */
export function setMode(mode: 'cpu' | 'gpu'): void {
  native.setMode(expectOneOf(mode, 'mode', ['cpu', 'gpu']));
}

/** Where Caffe computes on this thread; see {@link setMode}. */
export function getMode(): 'cpu' | 'gpu' {
  return native.mode();
}

/**
 * Chooses the GPU of this thread. Before nets are made: what one GPU holds, another cannot use.
 *
 * @param device - from 0 to `deviceCount() - 1`
 * @throws {CaffeError} ERR_CAFFE_NO_GPU where the linked libcaffe has no CUDA, or the machine no such device
 */
export function setDevice(device: number): void {
  native.setDevice(expectInteger(device, 'device', 0, 2 ** 31 - 1));
}

/**
 * How many GPUs there are; 0 where a build with CUDA finds none.
 *
 * @throws {CaffeError} ERR_CAFFE_NO_GPU where the linked libcaffe has no CUDA: {@link hasGpu} tells without an error
 */
export function deviceCount(): number {
  return requireCuda().deviceCount();
}

/** What CUDA says of a GPU; see {@link deviceQuery}. Sizes are in bytes. */
export type Device = NativeDevice;

/**
 * What CUDA says of a GPU: its name, compute capability (as `'9.0'`), memory, and limits for kernels.
 *
 * @param device - from 0; by default that of this thread
 * @throws {CaffeError} ERR_CAFFE_NO_GPU where the linked libcaffe has no CUDA, or the machine no such device
 */
export function deviceQuery(device?: number): Device {
  const cuda = requireCuda();
  return cuda.deviceQuery(device === undefined ? -1 : expectInteger(device, 'device', 0, 2 ** 31 - 1));
}

/**
 * Starts this thread's random numbers anew: of fillers, dropout, shuffling, augmentation. A solver whose prototxt has a
 * `random_seed` does the same when it is made.
 *
 * @param seed - from 0 to 2³² - 1
 */
export function setRandomSeed(seed: number): void {
  native.setRandomSeed(expectInteger(seed, 'seed', 0, 2 ** 32 - 1));
}
