import { Blob, CaffeError, cuda, deviceQuery, math } from 'tscaffe';
import { run, tscaffe } from '../process/program.js';
import { onGpu, vector } from './gpu.js';

const scale = `extern "C" __global__ void scale(const float* x, float* y, float by, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = by * x[i];
}`;

onGpu('a kernel from source computes on blobs', (t) => {
  const x = vector(Float32Array.from({ length: 1000 }, (_, i) => i));
  const y = new Blob(1000);
  const kernel = cuda.compile(scale, { name: 'scale' });
  kernel.launch({ grid: 4, block: 256 }, [x.gpuData, y.mutableGpuData, cuda.f32(2), cuda.i32(1000)]);
  t.is(y.head, 'gpu');
  t.deepEqual(
    [...y.cpuData],
    Array.from({ length: 1000 }, (_, i) => 2 * i),
  );
  t.is(x.head, 'synced');
});

onGpu('a kernel is compiled once, and once more with other options', (t) => {
  t.is(cuda.compile(scale, { name: 'scale' }), cuda.compile(scale, { name: 'scale' }));
  t.not(cuda.compile(scale, { name: 'scale' }), cuda.compile(scale, { name: 'scale', options: ['--use_fast_math'] }));
});

onGpu('templates, PTX, three dimensions, shared memory and numbers of every type', (t) => {
  const source = `
    template <typename T> __global__ void fill(T* y, int a, unsigned int b, long long c, float d, double e, const float* none) {
      extern __shared__ float shared[];
      int i = (blockIdx.z * gridDim.y + blockIdx.y) * blockDim.x * blockDim.y + threadIdx.y * blockDim.x + threadIdx.x;
      shared[threadIdx.y * blockDim.x + threadIdx.x] = i;
      __syncthreads();
      T values[] = {(T)a, (T)b, (T)c, (T)d, (T)e, (T)(none == nullptr), shared[6], (T)i};
      y[i] = values[i < 7 ? i : 7];
    }`;
  const { computeCapability } = deviceQuery();
  for (const arch of [undefined, `compute_${computeCapability.replace('.', '')}`]) {
    const fill = cuda.compile(source, { name: 'fill<float>', ...(arch === undefined ? {} : { arch }) });
    const y = new Blob(24);
    fill.launch({ grid: [1, 1, 3], block: [4, 2], sharedBytes: 32 }, [
      y.mutableGpuData,
      cuda.i32(-3),
      cuda.u32(2 ** 32 - 256),
      cuda.i64(-(2 ** 40)),
      cuda.f32(0.5),
      cuda.f64(-0.25),
      null,
    ]);
    const head = [-3, 2 ** 32 - 256, -(2 ** 40), 0.5, -0.25, 1, 6];
    t.deepEqual([...y.cpuData], [...head, ...Array.from({ length: 17 }, (_, i) => i + 7)], arch);
  }
});

onGpu('more shared memory than 48 KiB is asked for where a kernel needs it', (t) => {
  const source = `extern "C" __global__ void last(float* y, int n) {
    extern __shared__ float shared[];
    shared[n - 1] = 7;
    y[0] = shared[n - 1];
  }`;
  const bytes = deviceQuery().sharedBytesPerBlockOptin;
  t.true(bytes > 48 * 1024, 'a device since 2017');
  const kernel = cuda.compile(source, { name: 'last' });
  const y = new Blob(1);
  kernel.launch({ grid: 1, block: 1, sharedBytes: bytes }, [y.mutableGpuData, cuda.i32(bytes / 4)]);
  t.deepEqual([...y.cpuData], [7]);
  t.throws(
    () => {
      kernel.launch({ grid: 1, block: 1, sharedBytes: 2 * bytes }, [y.mutableGpuData, cuda.i32(1)]);
    },
    { code: 'ERR_CAFFE_CUDA', message: /sharedBytes/ },
  );
  math.set(3, y.mutableGpuData);
  t.deepEqual([...y.cpuData], [3]);
});

onGpu('a mistake in the source is an error with the log of the compiler', (t) => {
  const error = t.throws(
    () => cuda.compile('extern "C" __global__ void wrong(float* x) {\n  x[0] = nothing;\n}', { name: 'wrong' }),
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CUDA' },
  );
  t.regex(error?.message ?? '', /wrong\.cu\(2\).*nothing/s);
  t.throws(() => cuda.compile(scale, { name: 'missing' }), { code: 'ERR_CAFFE_CUDA', message: /missing/ });
});

onGpu('arguments that do not fit the parameters are refused before the launch', (t) => {
  const kernel = cuda.compile(scale, { name: 'scale' });
  const x = vector([1]);
  const good = [x.gpuData, x.mutableGpuData, cuda.f32(1), cuda.i32(1)];
  const launch = (args: unknown[], block = 1) => {
    kernel.launch({ grid: 1, block }, args as cuda.KernelArgument[]);
  };
  launch(good);
  t.throws(
    () => {
      launch([...good.slice(0, 3), 1]);
    },
    { instanceOf: TypeError, message: /cuda\.i32.*args\[3\].*1 of type number/ },
  );
  t.throws(
    () => {
      launch(good.slice(0, 3));
    },
    { instanceOf: TypeError, message: /4 arguments for kernel "scale" but received 3/ },
  );
  t.throws(
    () => {
      launch([...good.slice(0, 3), cuda.f64(1)]);
    },
    { instanceOf: TypeError, message: /4 bytes for args\[3\] of kernel "scale" but received double \(8 bytes\)/ },
  );
  t.throws(
    () => {
      launch(good, 2048);
    },
    { instanceOf: RangeError, message: /at most \d+ threads in a block of kernel "scale" but received 2048/ },
  );
  t.throws(
    () => {
      launch(good, 0);
    },
    { instanceOf: RangeError, message: /block\.x/ },
  );
});

onGpu(
  'a kernel that goes wrong on the GPU is an error that says to start anew, and the process ends by itself',
  async (t) => {
    const { code, output } = await run(`
    const { Blob, cuda, math, Net, setMode } = await import(${JSON.stringify(tscaffe)});
    setMode('gpu');
    const text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 } } } layer { name: "y" type: "ReLU" bottom: "x" top: "y" }';
    const net = new Net({ text }, 'test');
    net.forward();
    const kernel = cuda.compile('extern "C" __global__ void wild(float* x) { x[1ll << 40] = 1; }', { name: 'wild' });
    const blob = new Blob(4);
    kernel.launch({ grid: 1, block: 1 }, [blob.mutableGpuData]);
    for (const f of [() => cuda.synchronize(), () => blob.data, () => net.forward(), () => math.asum(blob.gpuData)]) {
      try { f(); console.log('no error'); } catch (error) { console.log(error.code, error.message); }
    }
    net.dispose();
    setMode('cpu');
    const sum = new Blob(2); // the CPU goes on
    sum.data.fill(2);
    console.log('sum', math.asum(sum));
  `);
    t.is(code, 0, output);
    const lines = output.split('\n').filter((line) => line.startsWith('ERR_CAFFE_CUDA'));
    t.true(lines.length >= 3, output);
    t.regex(lines[0], /start the process anew/);
    t.notRegex(output, /no error/);
    t.regex(output, /sum 4/);
  },
);
