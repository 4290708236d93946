/**
 * Caffe's own CPU math, for layers that compute with blobs: BLAS, loops over elements, random numbers. Arrays are
 * `Float32Array`s (views of blobs, or pieces of them by `subarray`) or blobs, whose `data` is meant; names and the
 * order of arguments are Caffe's, results last. Lengths are checked before anything is computed, and results may only
 * share memory with operands where a loop over elements works in place: there, the same array may be both.
 *
 * A call costs about 0.1 µs beside the work. Numbers are computed on the calling thread whatever the mode: on the GPU
 * this is the CPU's copy.
 *
 * @packageDocumentation
 */
export type { MathArray } from './array.js';
export { asum, axpby, axpy, dot, gemm, gemv, scal, scale, stridedDot } from './blas.js';
export type { GemmArguments, GemvArguments } from './blas.js';
export {
  abs,
  add,
  addScalar,
  copy,
  div,
  exp,
  log,
  mul,
  powx,
  set,
  sign,
  signbit,
  sqr,
  sqrt,
  sub,
} from './elementwise.js';
export { rngBernoulli, rngGaussian, rngUniform } from './random.js';
