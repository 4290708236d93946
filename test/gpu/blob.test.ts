import { Blob, CaffeError, cuda, DevicePointer, math } from 'tscaffe';
import { hasDevice, onGpu, vector } from './gpu.js';

if (hasDevice) cuda.synchronize();

onGpu('a blob knows on which side its newest values are, and what is looked at is copied once', (t) => {
  const blob = new Blob(3);
  t.is(blob.head, 'uninitialised');
  blob.data.set([1, 2, 3]);
  t.is(blob.head, 'cpu');
  const pointer = blob.gpuData;
  t.true(pointer instanceof DevicePointer);
  t.is(blob.head, 'synced');
  t.deepEqual([...blob.cpuData], [1, 2, 3]);
  t.is(blob.head, 'synced');
  math.scal(2, blob.mutableGpuData);
  t.is(blob.head, 'gpu');
  t.deepEqual([...blob.cpuData], [2, 4, 6]);
  t.is(blob.head, 'synced');
  t.deepEqual([...blob.data], [2, 4, 6]);
  t.is(blob.head, 'cpu');
});

onGpu('the same pointer comes out as long as the blob uses the same memory', (t) => {
  const blob = new Blob(3);
  t.is(blob.gpuData, blob.gpuData);
  t.is(blob.mutableGpuDiff, blob.mutableGpuDiff);
  t.not(blob.gpuData, blob.mutableGpuData);
  t.false(blob.gpuData.isWritable);
  t.true(blob.mutableGpuData.isWritable);
  t.is(blob.gpuData.length, 3);
});

onGpu('a pointer taken early means the newest values, wherever they were written last', (t) => {
  const x = vector([1, 2]);
  const y = vector([0, 0]);
  const from = x.gpuData;
  const to = y.mutableGpuData;
  x.data[0] = 10; // after the pointer was taken
  math.copy(from, to);
  t.deepEqual([...y.cpuData], [10, 2]);
  t.is(y.head, 'synced'); // the CPU's copy is right
  math.scal(2, to);
  t.is(y.head, 'gpu'); // and is known to be old again
  t.deepEqual([...y.cpuData], [20, 4]);
});

onGpu('a piece of a pointer is that piece, and beyond its ends there is none', (t) => {
  const blob = vector([1, 2, 3, 4]);
  math.set(0, blob.mutableGpuData.subarray(1, 3));
  t.deepEqual([...blob.cpuData], [1, 0, 0, 4]);
  math.set(9, blob.mutableGpuData.subarray(1).subarray(2));
  t.deepEqual([...blob.cpuData], [1, 0, 0, 9]);
  for (const [begin, end] of [
    [-1, 2],
    [0, 5],
    [2, 2],
    [4, 5],
    [0.5, 2],
  ]) {
    t.throws(() => blob.gpuData.subarray(begin, end), { instanceOf: RangeError }, `${begin}, ${end}`);
  }
});

onGpu('a pointer is of no use once its blob uses other memory', (t) => {
  const blob = new Blob(2);
  const [data, diff] = [blob.mutableGpuData, blob.mutableGpuDiff];
  blob.reshape(3);
  for (const pointer of [data, diff, data.subarray(0, 1)]) {
    const error = t.throws(
      () => {
        math.set(1, pointer);
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' },
    );
    t.regex(error?.message ?? '', /take it anew/);
  }
  math.set(1, blob.mutableGpuData);
  t.deepEqual([...blob.cpuData], [1, 1, 1]);
});

onGpu('a pointer to read only is not written to', (t) => {
  const blob = vector([1, 2]);
  const error = t.throws(
    () => {
      math.set(0, blob.gpuData);
    },
    { instanceOf: TypeError },
  );
  t.regex(error?.message ?? '', /mutableGpuData/);
  t.deepEqual([...blob.cpuData], [1, 2]);
});

onGpu('an empty blob has no pointer, and nobody makes one of his own', (t) => {
  t.throws(() => new Blob(0).gpuData, { instanceOf: RangeError, message: /empty blob/ });
  t.throws(() => new (DevicePointer as unknown as new () => DevicePointer)(), { instanceOf: TypeError });
});

onGpu('a pointer keeps the values of a blob that nobody else holds', async (t) => {
  const pointer = ((): DevicePointer => vector([3, 4]).gpuData)();
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const copy = new Blob(2);
  math.copy(pointer, copy.mutableGpuData);
  t.deepEqual([...copy.cpuData], [3, 4]);
});
