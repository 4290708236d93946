/**
 * CUDA for layers of one's own: kernels compiled from source while the program runs, and their arguments. For builds
 * against a libcaffe with CUDA; in others every function is ERR_CAFFE_NO_GPU.
 *
 * @packageDocumentation
 */
import { requireCuda } from './require-cuda.js';

export { f32, f64, i32, i64, Scalar, u32, type KernelArgument } from './arguments.js';
export { compile, Kernel, type CompileOptions, type Extent, type LaunchOptions } from './kernel.js';

/**
 * Waits until the GPU of this thread has done all that it was given.
 *
 * @throws {CaffeError} ERR_CAFFE_CUDA where a kernel has gone wrong: then the process must be started anew
 */
export function synchronize(): void {
  requireCuda().synchronize();
}
