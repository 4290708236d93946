/**
 * Caffe's own math, for layers that compute with blobs: BLAS, loops over elements, random numbers. Arrays are
 * `Float32Array`s (views of blobs, or pieces of them by `subarray`), blobs, whose `data` is meant, or floats on the GPU
 * (`gpuData` of blobs and its like, or pieces of them by `subarray`), then all of them; names and the order of
 * arguments are Caffe's, results last. Lengths are checked before anything is computed, and results may only share
 * memory with operands where a loop over elements works in place: there, the same array may be both.
 *
 * A call costs about 0.1 µs beside the work. Where the arrays are decides where the numbers are computed, whatever the
 * mode: arrays and blobs on the calling thread; device pointers on the GPU, by Caffe's own kernels and cuBLAS, in the
 * order of the calls and without waiting (but for {@link dot} and {@link asum}, whose results come back).
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
