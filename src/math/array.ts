import { isFloat32Array } from 'node:util/types';
import type { NativeMath } from '../../typings/native.js';
import { Blob } from '../blob/blob.js';
import { requireCuda } from '../cuda/require-cuda.js';
import { DevicePointer } from '../cuda/device-pointer.js';
import { argumentError } from '../error/argument.js';
import { native } from '../native/load.js';

/** An operand or a result: a `Float32Array`, a blob (its `data` on the CPU), or floats on the GPU. */
export type MathArray = Float32Array | Blob | DevicePointer;

/** What an operand is computed with. */
export type Floats = Float32Array | DevicePointer;

const kinds = 'a Float32Array, a Blob or a DevicePointer';

/** @internal */
export function operand(array: MathArray, name: string): Floats {
  if (isFloat32Array(array) || array instanceof DevicePointer) return array;
  if (array instanceof Blob) return array.cpuData;
  throw argumentError(kinds, name, array);
}

/** As {@link operand}, for an array that is written. @internal */
export function result(array: MathArray, name: string): Floats {
  if (isFloat32Array(array) || array instanceof DevicePointer) return array;
  if (array instanceof Blob) return array.data;
  throw argumentError(kinds, name, array);
}

/** Accepts only arrays on the CPU, for functions that Caffe has on the CPU only. @internal */
export function onCpu(array: Floats, name: string): Float32Array {
  if (isFloat32Array(array)) return array;
  throw argumentError('a Float32Array or a Blob (there is no such function for the GPU)', name, array);
}

/** An operand on the CPU. @internal */
export function cpuOperand(array: MathArray, name: string): Float32Array {
  return onCpu(operand(array, name), name);
}

/** A result on the CPU. @internal */
export function cpuResult(array: MathArray, name: string): Float32Array {
  return onCpu(result(array, name), name);
}

/** @internal */
export function expectLength(array: Floats | Uint8Array | Int32Array, name: string, length: number, why: string): void {
  if (array.length === length) return;
  // A view of a blob becomes empty once the blob uses other memory.
  const hint = array.length === 0 ? '; if it is a view of a blob that has been reshaped, take it anew' : '';
  throw new RangeError(`Expected ${length} elements (${why}) for ${name} but received ${array.length}${hint}`);
}

/** @internal */
export function expectSameLength(array: Floats | Uint8Array, name: string, other: Floats, otherName: string): void {
  if (array.length !== other.length) expectLength(array, name, other.length, `as many as ${otherName}`);
}

type OnEither<Args extends unknown[]> = {
  [Index in keyof Args]: Args[Index] extends Float32Array ? Floats : Args[Index];
};

/** Caffe's math for one side. The caller has checked that the arrays are on that side. */
export type SidedMath = {
  [Name in keyof NativeMath]: (...args: OnEither<Parameters<NativeMath[Name]>>) => ReturnType<NativeMath[Name]>;
};

const cpuMath = native.math as unknown as SidedMath;

/**
 * Caffe's math for the side that all of these arrays are on.
 *
 * @throws {TypeError} if some arrays are on the CPU and some on the GPU
 * @throws {CaffeError} ERR_CAFFE_NO_GPU for GPU arrays in a build without CUDA
 */
export function mathOf(first: Floats, second: Floats = first, third: Floats = first): SidedMath {
  const cpu = isFloat32Array(first);
  if (isFloat32Array(second) !== cpu || isFloat32Array(third) !== cpu) {
    throw new TypeError(
      'Expected all arrays on one side but received some on the CPU and some on the GPU; take gpuData and its like of all blobs, or of none',
    );
  }
  return cpu ? cpuMath : (requireCuda().math as unknown as SidedMath);
}
