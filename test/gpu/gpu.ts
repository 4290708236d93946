import test from 'ava';
import { Blob, deviceCount, hasGpu } from 'tscaffe';

/** Whether there is a GPU to compute on; without one the tests here are skipped. */
export const hasDevice = hasGpu && deviceCount() > 0;

/** A test that needs a GPU; one at a time, since the mode is the thread's. */
export const onGpu = hasDevice ? test.serial : test.serial.skip;

/** A blob of these values. */
export function vector(values: ArrayLike<number>): Blob {
  const blob = new Blob(values.length);
  blob.data.set(values);
  return blob;
}

/** Whether numbers agree but for the rounding of 32-bit floats, which the GPU does in another order. */
export function agree(a: ArrayLike<number>, b: ArrayLike<number>, relative = 1e-5): boolean {
  return (
    a.length === b.length && Array.from(a).every((x, i) => Math.abs(x - b[i]) <= relative * Math.max(1, Math.abs(b[i])))
  );
}
