import { expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

/**
 * The name of the linked BLAS, including its kernels, such as `OpenBLAS 0.3.21 ... SkylakeX`. Undefined if it is not
 * OpenBLAS.
 */
export function blasName(): string | undefined {
  return native.blasName();
}

/** How many threads BLAS computes with. Undefined if it is not OpenBLAS. See {@link setBlasThreads}. */
export function blasThreads(): number | undefined {
  return native.blasThreads();
}

/**
 * Sets how many threads BLAS computes with, in the whole process. The default is 1 unless the environment sets another
 * number (`OPENBLAS_NUM_THREADS`, `GOTO_NUM_THREADS` or `OMP_NUM_THREADS`). Caffe calls BLAS for each image of a
 * batch, so small nets spend more time waiting for threads than computing. Large nets on idle cores may run faster
 * with more threads.
 *
 * Call it while no net runs, on any thread.
 *
 * @param threads - from 1; OpenBLAS uses at most the number that it was built for
 * @throws {Error} if the linked BLAS is not OpenBLAS
 */
export function setBlasThreads(threads: number): void {
  expectInteger(threads, 'threads', 1, 2 ** 31 - 1);
  if (!native.setBlasThreads(threads)) {
    throw new Error('The linked BLAS is not OpenBLAS; its own environment variables choose the number of threads');
  }
}
