// What can be said of CUDA without a GPU; test/gpu has the rest.
import test from 'ava';
import { Blob, cuda, deviceCount, DevicePointer, hasGpu, math, setMode } from 'tscaffe';
import { run, tscaffe } from '../process/program.js';

test('numbers for a kernel are checked against their type', (t) => {
  for (const make of [
    () => cuda.i32(2 ** 31),
    () => cuda.i32(0.5),
    () => cuda.u32(-1),
    () => cuda.u32(2 ** 32),
    () => cuda.i64(2 ** 60),
    () => cuda.i64(2n ** 63n),
    () => cuda.i64(2n ** 70n),
    () => cuda.i64(-(2n ** 63n) - 1n),
    () => cuda.i32(3e9),
    () => cuda.i32(NaN),
    () => cuda.u32(2 ** 40),
    () => cuda.u32(NaN),
    () => cuda.i64(NaN),
  ]) {
    t.throws(make, { instanceOf: RangeError, message: /Expected an integer from/ });
  }
  for (const make of [cuda.i32, cuda.u32, cuda.f32, cuda.f64] as ((value: never) => cuda.Scalar)[]) {
    t.throws(() => make('1' as never), { instanceOf: TypeError, message: /for value but received "1" of type string/ });
  }
  for (const value of [1e39, -3.5e38]) {
    t.throws(() => cuda.f32(value), { instanceOf: RangeError, message: /a number that a float can hold/ });
    t.is(cuda.f64(value).type, 'double');
  }
  for (const value of [Infinity, -Infinity, NaN, 1e-60, 3.4028234e38]) t.is(cuda.f32(value).type, 'float');
  t.throws(() => cuda.i64('1' as never), { instanceOf: TypeError, message: /an integer for value but received "1"/ });
  t.is(cuda.i64(2n ** 63n - 1n).type, 'long long');
  t.is(cuda.i32(-1).type, 'int');
  t.is(cuda.i64(-(2n ** 63n)).type, 'long long');
});

test('what compile is given is checked before anything of CUDA is needed', (t) => {
  const compile = cuda.compile as (source: unknown, options: unknown) => unknown;
  t.throws(() => compile(1, { name: 'k' }), { instanceOf: TypeError, message: /a string for source/ });
  t.throws(() => compile('', undefined), { instanceOf: TypeError, message: /an object of options for options/ });
  t.throws(() => compile('', { name: 'k', options: 1 }), { instanceOf: TypeError, message: /an array of strings/ });
  t.throws(() => compile('', { name: 1 }), { instanceOf: TypeError, message: /a string for name/ });
  t.throws(() => compile('', { name: 'k', arch: 'sm90' }), { instanceOf: RangeError, message: /sm_NN or compute_NN/ });
  t.throws(() => compile('', { name: 'k', options: [1] }), { instanceOf: TypeError, message: /options\[0\]/ });
});

test('a device pointer comes from a blob only, and is no array of the CPU', (t) => {
  t.throws(() => new (DevicePointer as unknown as new () => DevicePointer)(), {
    instanceOf: TypeError,
    message: /comes from a blob/,
  });
  if (!hasGpu) return; // nothing made the class, and nothing takes it
  for (const own of [{}, { length: { value: 1 } }]) {
    const forged = Object.create(DevicePointer.prototype, own) as DevicePointer;
    t.throws(
      () => {
        math.copy(forged, forged);
      },
      { instanceOf: Error },
    );
  }
});

const withoutDevice = hasGpu && deviceCount() === 0 ? test : test.skip;

withoutDevice('a build with CUDA says why there is no GPU', (t) => {
  for (const ask of [
    () => {
      setMode('gpu');
    },
    () => new Blob(1).gpuData,
    () => {
      cuda.synchronize();
    },
    () => cuda.compile('', { name: 'k' }),
  ]) {
    t.throws(ask, { code: 'ERR_CAFFE_NO_GPU', message: /driver.*nvidia-smi/ });
  }
});

(hasGpu ? test : test.skip)('without NVRTC compile says what is missing and where it was looked for', async (t) => {
  const { code, output } = await run(`
    process.env.TSCAFFE_NVRTC = '/nowhere/libnvrtc.so';
    const { cuda } = await import(${JSON.stringify(tscaffe)});
    try { cuda.compile('', { name: 'k', arch: 'sm_90' }); } catch (error) { console.log(error.code, error.message); }
  `);
  t.is(code, 0);
  t.regex(output, /ERR_CAFFE_CUDA NVRTC.*\/nowhere\/libnvrtc\.so/s);
});
