import { Blob, math } from 'tscaffe';
import { agree, onGpu, vector } from './gpu.js';

/** Numbers in -2 ... 2 without a pattern, the same in every run. */
const scattered = (count: number, shift = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(shift + 12.9898 * i * i));

// What Caffe's CPU math gives, beside what its GPU math gives for the same numbers.
const unary = ['copy', 'sqr', 'sqrt', 'exp', 'log', 'abs', 'sign', 'signbit'] as const;
for (const name of unary) {
  onGpu(`${name} on the GPU is that of the CPU, in place too`, (t) => {
    const values = scattered(1000);
    if (name === 'sqrt' || name === 'log') values.forEach((value, i) => (values[i] = Math.abs(value) + 0.01));
    const expected = new Float32Array(1000);
    math[name](values, expected);
    const [x, y] = [vector(values), new Blob(1000)];
    math[name](x.gpuData, y.mutableGpuData);
    t.true(agree(y.cpuData, expected));
    if (name === 'copy') return;
    math[name](x.mutableGpuData, x.mutableGpuData);
    t.true(agree(x.cpuData, expected));
  });
}

for (const name of ['add', 'sub', 'mul', 'div'] as const) {
  onGpu(`${name} on the GPU is that of the CPU, in place too`, (t) => {
    const [a, b] = [scattered(777), scattered(777, 2).map((x) => x + 3)];
    const expected = new Float32Array(777);
    math[name](a, b, expected);
    const [left, right, y] = [vector(a), vector(b), new Blob(777)];
    math[name](left.gpuData, right.gpuData, y.mutableGpuData);
    t.true(agree(y.cpuData, expected));
    math[name](left.gpuData, right.gpuData, right.mutableGpuData);
    t.true(agree(right.cpuData, expected));
  });
}

onGpu('set, addScalar, scal, scale, powx, axpy and axpby on the GPU are those of the CPU', (t) => {
  const values = scattered(500).map(Math.abs);
  const other = scattered(500, 3);
  const check = (what: string, compute: (x: math.MathArray, y: math.MathArray) => void): void => {
    const [x, y] = [values.slice(), other.slice()];
    compute(x, y);
    const [onX, onY] = [vector(values), vector(other)];
    compute(onX.mutableGpuData, onY.mutableGpuData);
    t.true(agree(onX.cpuData, x) && agree(onY.cpuData, y), what);
  };
  check('set', (x) => {
    math.set(1.5, x);
  });
  check('addScalar', (x) => {
    math.addScalar(-0.5, x);
  });
  check('scal', (x) => {
    math.scal(3, x);
  });
  check('scale', (x, y) => {
    math.scale(-2, x, y);
  });
  check('powx', (x, y) => {
    math.powx(x, 1.7, y);
  });
  check('axpy', (x, y) => {
    math.axpy(0.3, x, y);
  });
  check('axpby', (x, y) => {
    math.axpby(0.3, x, -2, y);
  });
});

onGpu('dot and asum bring their number back', (t) => {
  const [x, y] = [vector([1, -2, 3]), vector([4, 5, 6])];
  t.is(math.dot(x.gpuData, y.gpuData), 12); // 4 - 10 + 18
  t.is(math.asum(x.gpuData), 6);
  t.is(math.asum(x.gpuData.subarray(1)), 5);
});

for (const transA of [false, true]) {
  for (const transB of [false, true]) {
    onGpu(`gemm on the GPU is that of the CPU (transA ${transA}, transB ${transB})`, (t) => {
      const [m, n, k] = [5, 7, 3];
      const [a, b, c] = [scattered(m * k), scattered(k * n, 2), scattered(m * n, 3)];
      const on = { a: vector(a), b: vector(b), c: vector(c) };
      math.gemm({ transA, transB, m, n, k, alpha: 0.5, a, b, beta: 2, c });
      math.gemm({
        ...{ transA, transB, m, n, k, alpha: 0.5, beta: 2 },
        ...{ a: on.a.gpuData, b: on.b.gpuData, c: on.c.mutableGpuData },
      });
      t.true(agree(on.c.cpuData, c));
    });
  }
  onGpu(`gemv on the GPU is that of the CPU (transA ${transA})`, (t) => {
    const [m, n] = [5, 7];
    const [a, x, y] = [scattered(m * n), scattered(transA ? m : n, 2), scattered(transA ? n : m, 3)];
    const on = { a: vector(a), x: vector(x), y: vector(y) };
    math.gemv({ transA, m, n, alpha: 0.5, a, x, beta: 2, y });
    math.gemv({
      ...{ transA, m, n, alpha: 0.5, beta: 2 },
      ...{ a: on.a.gpuData, x: on.x.gpuData, y: on.y.mutableGpuData },
    });
    t.true(agree(on.y.cpuData, y));
  });
}

onGpu('random numbers on the GPU have the mean and spread that was asked for', (t) => {
  for (const count of [100_000, 100_001]) {
    const r = new Blob(count);
    const moments = (): [mean: number, deviation: number] => {
      const values = r.cpuData;
      const mean = values.reduce((a, b) => a + b, 0) / count;
      return [mean, Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count)];
    };
    math.rngUniform(-1, 3, r.mutableGpuData);
    t.true(r.cpuData.every((x) => x >= -1 && x <= 3));
    let [mean, deviation] = moments();
    // Ten times the standard error of each: 1.155 / sqrt(100,000) = 0.0037.
    t.true(Math.abs(mean - 1) < 0.037 && Math.abs(deviation - 4 / Math.sqrt(12)) < 0.037, `${mean} ${deviation}`);
    math.set(1000, r.mutableGpuData);
    math.rngGaussian(5, 2, r.mutableGpuData);
    [mean, deviation] = moments();
    t.true(Math.abs(mean - 5) < 0.064 && Math.abs(deviation - 2) < 0.064, `${mean} ${deviation}`);
    t.not(r.cpuData[count - 1], 1000); // cuRAND draws in pairs; an odd one is drawn too
  }
});

onGpu('arrays on two sides, overlaps and lengths that differ are refused', (t) => {
  const blob = vector([1, 2, 3, 4]);
  const all = blob.mutableGpuData;
  t.throws(
    () => {
      math.copy(new Float32Array(4), all);
    },
    { instanceOf: TypeError, message: /one side/ },
  );
  t.throws(
    () => {
      math.axpy(1, all, all);
    },
    { instanceOf: RangeError, message: /share memory/ },
  );
  t.throws(
    () => {
      math.add(all.subarray(0, 3), all.subarray(0, 3), all.subarray(1, 4));
    },
    { instanceOf: RangeError, message: /share memory/ },
  );
  t.throws(
    () => {
      math.copy(all.subarray(0, 3), all);
    },
    { instanceOf: RangeError, message: /4 elements/ },
  );
  t.throws(
    () => {
      math.rngBernoulli(0.5, all);
    },
    { instanceOf: TypeError, message: /no such function for the GPU/ },
  );
  t.deepEqual([...blob.cpuData], [1, 2, 3, 4]);
});
