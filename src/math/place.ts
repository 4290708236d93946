import type { NativeMath } from '../../typings/native.js';
import { requireCuda } from '../cuda/build.js';
import { native } from '../native/load.js';
import type { Floats } from './array.js';

type OnEither<Args extends unknown[]> = {
  [Index in keyof Args]: Args[Index] extends Float32Array ? Floats : Args[Index];
};

/** Caffe's math of one side, its arrays being known to be there. */
export type SidedMath = {
  [Name in keyof NativeMath]: (...args: OnEither<Parameters<NativeMath[Name]>>) => ReturnType<NativeMath[Name]>;
};

const onCpu = native.math as unknown as SidedMath;

/** Caffe's math of the side on which these arrays are, all of them. @throws {TypeError} where they are not on one side */
export function mathOf(first: Floats, second: Floats = first, third: Floats = first): SidedMath {
  const cpu = first instanceof Float32Array;
  if (second instanceof Float32Array !== cpu || third instanceof Float32Array !== cpu) {
    throw new TypeError(
      'Expected all arrays on one side but received some on the CPU and some on the GPU; take gpuData and its like of all blobs, or of none',
    );
  }
  return cpu ? onCpu : (requireCuda().math as unknown as SidedMath);
}
