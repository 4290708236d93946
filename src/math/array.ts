import { Blob } from '../blob/blob.js';
import { argumentError } from '../error/argument.js';

/** An operand or a result: a `Float32Array`, or a blob, whose `data` is meant. */
export type MathArray = Float32Array | Blob;

/** @internal */
export function operand(array: MathArray, name: string): Float32Array {
  if (array instanceof Float32Array) return array;
  if (array instanceof Blob) return array.cpuData;
  throw argumentError('a Float32Array or a Blob', name, array);
}

/** The same, to be written to. @internal */
export function result(array: MathArray, name: string): Float32Array {
  if (array instanceof Float32Array) return array;
  if (array instanceof Blob) return array.data;
  throw argumentError('a Float32Array or a Blob', name, array);
}

/** @internal */
export function expectNumber(value: number, name: string): void {
  if (typeof value !== 'number') throw argumentError('a number', name, value);
}

/** @internal */
export function expectLength(array: Float32Array | Uint8Array, name: string, length: number, why: string): void {
  if (array.length === length) return;
  // What is left of a blob's view once the blob uses other memory.
  const hint = array.length === 0 ? '; if it is a view of a blob that has been reshaped, take it anew' : '';
  throw new RangeError(`Expected ${length} elements (${why}) for ${name} but received ${array.length}${hint}`);
}

/** @internal */
export function expectSameLength(
  array: Float32Array | Uint8Array,
  name: string,
  other: Float32Array,
  otherName: string,
): void {
  if (array.length !== other.length) expectLength(array, name, other.length, `as many as ${otherName}`);
}
