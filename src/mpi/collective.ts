import { Blob } from '../blob/blob.js';
import { argumentError, expectInteger, expectOneOf } from '../error/argument.js';
import { native } from '../native/load.js';
import { expectWorld } from './world.js';

function floatsOf(values: unknown): Float32Array {
  if (values instanceof Blob) return values.data;
  if (values instanceof Float32Array) return values;
  throw argumentError('a Blob or a Float32Array', 'values', values);
}

/**
 * Replaces values by their sum, or mean, over all ranks. All ranks call it, with as many values. It waits for them.
 * Each sum is taken in the order of ranks, so all ranks get the same bits, and all runs.
 *
 * @param values - a blob, whose `data` is meant, or an array; `blob.diff` is one too
 * @returns `values`
 * @throws {CaffeError} ERR_CAFFE_MPI on all ranks if they call something else, or with another number of values; if a
 * rank has failed or left
 */
export function allreduce<Values extends Blob | Float32Array>(
  values: Values,
  operation: 'sum' | 'mean' = 'sum',
): Values {
  const floats = floatsOf(values);
  expectOneOf(operation, 'operation', ['sum', 'mean']);
  const { size } = expectWorld('mpi.allreduce');
  if (size === 1) return values;
  native.mpi.sum(floats);
  if (operation === 'mean') floats.forEach((sum, i) => (floats[i] = sum / size));
  return values;
}

/**
 * Replaces values by those of one rank. All ranks call it, with as many values. It waits for that rank.
 *
 * @param values - a blob, whose `data` is meant, or an array
 * @param root - the rank that has the values
 * @returns `values`
 * @throws {CaffeError} ERR_CAFFE_MPI on all ranks if they call something else, or with another number of values or
 * another root; if a rank has failed or left
 */
export function bcast<Values extends Blob | Float32Array>(values: Values, root = 0): Values {
  const floats = floatsOf(values);
  const { size } = expectWorld('mpi.bcast');
  expectInteger(root, 'root', 0, size - 1);
  if (size > 1) native.mpi.broadcast(floats, root);
  return values;
}

/**
 * Waits until all ranks have called it.
 *
 * @throws {CaffeError} ERR_CAFFE_MPI on all ranks if they call something else; if a rank has failed or left
 */
export function barrier(): void {
  if (expectWorld('mpi.barrier').size > 1) native.mpi.barrier();
}
