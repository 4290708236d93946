/**
 * Caffe's own math, for layers that compute with blobs: BLAS, elementwise functions, random numbers. And what numpy has
 * beside it: sums and the like along an axis, broadcasting, transposes, sorted orders; these are on the CPU only.
 *
 * An array is one of:
 * - a `Float32Array`: a view of a blob, or a part of one made with `subarray`;
 * - a blob: its `data` is used;
 * - floats on the GPU: `gpuData` of a blob and similar, or a part of it made with `subarray`. Then all arrays of the
 *   call must be on the GPU.
 *
 * Names and the order of arguments are Caffe's; results come last. Lengths are checked before anything is computed. The
 * elementwise functions work in place: a result may be the same array as an operand, but must not overlap it in part.
 * In all other functions, a result must not share memory with an operand.
 *
 * A call costs about 0.1 µs on top of the work. The place of the arrays decides where the numbers are computed,
 * whatever the mode. Arrays and blobs are computed on the calling thread. Device pointers are computed on the GPU, by
 * Caffe's own kernels and cuBLAS, in the order of the calls and without waiting. Only {@link dot} and {@link asum}
 * wait, for their result.
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
export { argmax, max, mean, min, sum } from './reductions.js';
export type { IndexArray } from './axis.js';
export { argsort, topk, type SortOptions } from './sort-order.js';
export { choice, permutation, rngBernoulli, rngGaussian, rngUniform } from './random.js';
export { softmax } from './softmax.js';
export { transpose } from './transpose.js';
