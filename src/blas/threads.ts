import { expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

/**
 * What the linked BLAS calls itself, kernels included, such as `OpenBLAS 0.3.21 ... SkylakeX`; undefined if it is no
 * OpenBLAS.
 */
export function blasName(): string | undefined {
  return native.blasName();
}

/** How many threads BLAS computes with; undefined if it is no OpenBLAS. See {@link setBlasThreads}. */
export function blasThreads(): number | undefined {
  return native.blasThreads();
}

/**
 * Chooses how many threads BLAS computes with, in the whole process. It is 1 unless the environment says otherwise
 * (`OPENBLAS_NUM_THREADS`, `GOTO_NUM_THREADS` or `OMP_NUM_THREADS`): Caffe calls BLAS for each image of a batch, so
 * that small nets spend more time in waiting for threads than in computing. Large nets on idle cores may gain by more.
 *
 * Call it while no net runs, on any thread.
 *
 * @param threads - from 1; OpenBLAS takes as many as it was built for if that is less
 * @throws {Error} if the linked BLAS is no OpenBLAS
 */
export function setBlasThreads(threads: number): void {
  expectInteger(threads, 'threads', 1, 2 ** 31 - 1);
  if (!native.setBlasThreads(threads)) {
    throw new Error('The linked BLAS is no OpenBLAS; its own environment variables choose the number of threads');
  }
}
