/**
 * CUDA for layers that you write: kernels compiled from source at run time, and their arguments. It needs a libcaffe
 * built with CUDA. Otherwise, the functions that use the GPU throw ERR_CAFFE_NO_GPU.
 *
 * @packageDocumentation
 */
import { requireCuda } from './require-cuda.js';

export { f32, f64, i32, i64, Scalar, u32, type KernelArgument } from './arguments.js';
export { compile, Kernel, type CompileOptions, type Extent, type LaunchOptions } from './kernel.js';

/**
 * Waits until the GPU of this thread has finished all its work.
 *
 * @throws {CaffeError} ERR_CAFFE_CUDA if a kernel has failed; then the process must be restarted
 * @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA
 */
export function synchronize(): void {
  requireCuda().synchronize();
}
