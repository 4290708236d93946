import test from 'ava';
import { Blob, math, setRandomSeed } from 'tscaffe';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

/** 2 x 3 and 3 x 2, row by row. */
const a = floats(1, 2, 3, 4, 5, 6);
const b = floats(7, 8, 9, 10, 11, 12);
// [1 2 3; 4 5 6] [7 8; 9 10; 11 12] = [7 + 18 + 33, 8 + 20 + 36; 28 + 45 + 66, 32 + 50 + 72]
const product = [58, 64, 139, 154];
const transposed = (matrix: Float32Array, rows: number): Float32Array => {
  const columns = matrix.length / rows;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);
};

test('gemm multiplies matrices, whichever of them are given transposed', (t) => {
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      const c = new Float32Array(4).fill(NaN);
      math.gemm({
        transA,
        transB,
        m: 2,
        n: 2,
        k: 3,
        a: transA ? transposed(a, 2) : a,
        b: transB ? transposed(b, 3) : b,
        c,
      });
      t.deepEqual([...c], product, `${transA} ${transB}`);
    }
  }
});

test('gemm scales the product by alpha and adds beta times what was there', (t) => {
  const c = floats(1, 2, 3, 4);
  math.gemm({ m: 2, n: 2, k: 3, alpha: 2, a, b, beta: 10, c });
  t.deepEqual([...c], [2 * 58 + 10, 2 * 64 + 20, 2 * 139 + 30, 2 * 154 + 40]);
});

test('gemm of other than square sizes takes m, n and k in that order', (t) => {
  const c = new Float32Array(3);
  math.gemm({ m: 1, n: 3, k: 2, a: floats(1, 10), b: floats(1, 2, 3, 4, 5, 6), c });
  t.deepEqual([...c], [41, 52, 63]);
});

test('gemv multiplies a matrix, or its transposed, with a vector', (t) => {
  const y = floats(NaN, NaN);
  math.gemv({ m: 2, n: 3, a, x: floats(1, 0, 2), y });
  t.deepEqual([...y], [7, 16]);
  const z = floats(1, 1, 1);
  math.gemv({ transA: true, m: 2, n: 3, alpha: 2, a, x: floats(1, 10), beta: 3, y: z });
  t.deepEqual([...z], [2 * 41 + 3, 2 * 52 + 3, 2 * 63 + 3]);
});

test('vector functions of BLAS do what their names say', (t) => {
  const x = floats(1, -2, 3);
  const y = floats(10, 20, 30);
  math.axpy(2, x, y);
  t.deepEqual([...y], [12, 16, 36]);
  math.axpby(1, x, 0.5, y);
  t.deepEqual([...y], [7, 6, 21]);
  math.scal(2, y);
  t.deepEqual([...y], [14, 12, 42]);
  math.scale(-1, x, y);
  t.deepEqual([...y], [-1, 2, -3]);
  t.is(math.dot(x, floats(4, 5, 6)), 4 - 10 + 18);
  t.is(math.asum(x), 6);
  // x[0] * y[0] + x[2] * y[1]
  t.is(math.stridedDot(2, x, 2, floats(5, 7), 1), 5 + 21);
});

test('loops over elements do what their names say', (t) => {
  const x = floats(1, 4, 9);
  const y = floats(2, 8, 3);
  const z = new Float32Array(3);
  const result = (f: () => void): number[] => {
    z.fill(NaN);
    f();
    return [...z];
  };
  t.deepEqual(
    result(() => {
      math.set(7, z);
    }),
    [7, 7, 7],
  );
  t.deepEqual(
    result(() => {
      math.copy(x, z);
    }),
    [1, 4, 9],
  );
  t.deepEqual(
    result(() => {
      math.add(x, y, z);
    }),
    [3, 12, 12],
  );
  t.deepEqual(
    result(() => {
      math.sub(x, y, z);
    }),
    [-1, -4, 6],
  );
  t.deepEqual(
    result(() => {
      math.mul(x, y, z);
    }),
    [2, 32, 27],
  );
  t.deepEqual(
    result(() => {
      math.div(x, y, z);
    }),
    [0.5, 0.5, 3],
  );
  t.deepEqual(
    result(() => {
      math.sqr(x, z);
    }),
    [1, 16, 81],
  );
  t.deepEqual(
    result(() => {
      math.sqrt(x, z);
    }),
    [1, 2, 3],
  );
  t.deepEqual(
    result(() => {
      math.powx(x, 1.5, z);
    }),
    [1, 8, 27],
  );
  t.deepEqual(
    result(() => {
      math.exp(floats(0, 1, -1), z);
    }),
    [0, 1, -1].map((v) => Math.fround(Math.exp(v))),
  );
  t.deepEqual(
    result(() => {
      math.log(floats(1, 2, 0.5), z);
    }),
    [1, 2, 0.5].map((v) => Math.fround(Math.log(v))),
  );
  t.deepEqual(
    result(() => {
      math.abs(floats(-1.5, 0, 2), z);
    }),
    [1.5, 0, 2],
  );
  t.deepEqual(
    result(() => {
      math.sign(floats(-1.5, 0, 2), z);
    }),
    [-1, 0, 1],
  );
  t.deepEqual(
    result(() => {
      math.signbit(floats(-1.5, -0, 2), z);
    }),
    [1, 1, 0],
  );
  math.addScalar(0.5, x);
  t.deepEqual([...x], [1.5, 4.5, 9.5]);
});

test('a loop over elements works in place, on pieces of arrays, and on blobs', (t) => {
  const x = floats(1, 2, 3, 4, 5);
  math.mul(x, x, x);
  t.deepEqual([...x], [1, 4, 9, 16, 25]);
  math.sqrt(x.subarray(1, 3), x.subarray(1, 3));
  t.deepEqual([...x], [1, 2, 3, 16, 25]);
  const blob = new Blob(2, 2);
  math.copy(x.subarray(1), blob);
  math.axpy(1, blob, x.subarray(0, 4));
  t.deepEqual([...blob.data], [2, 3, 16, 25]);
  t.deepEqual([...x], [3, 5, 19, 41, 25]);
});

test('random numbers are those of the seed and of the distribution that was asked for', (t) => {
  const draw = (f: (r: Float32Array) => void): Float32Array => {
    const r = new Float32Array(20_000);
    setRandomSeed(5);
    f(r);
    return r;
  };
  const mean = (r: Float32Array): number => r.reduce((sum, v) => sum + v, 0) / r.length;
  const uniform = draw((r) => {
    math.rngUniform(-2, 4, r);
  });
  t.true(uniform.every((v) => v >= -2 && v <= 4));
  t.true(Math.abs(mean(uniform) - 1) < 0.05);
  t.deepEqual(
    draw((r) => {
      math.rngUniform(-2, 4, r);
    }),
    uniform,
  );
  const gaussian = draw((r) => {
    math.rngGaussian(3, 2, r);
  });
  t.true(Math.abs(mean(gaussian) - 3) < 0.06);
  t.true(Math.abs(mean(gaussian.map((v) => (v - 3) ** 2)) - 4) < 0.2);
  const bernoulli = draw((r) => {
    math.rngBernoulli(0.25, r);
  });
  t.true(bernoulli.every((v) => v === 0 || v === 1));
  t.true(Math.abs(mean(bernoulli) - 0.25) < 0.015);
});

test('a matrix of another size than m, n and k say is refused with the size that they say', (t) => {
  const c = new Float32Array(4);
  t.throws(
    () => {
      math.gemm({ m: 2, n: 2, k: 2, a, b, c });
    },
    {
      instanceOf: RangeError,
      message: 'Expected 4 elements (m * k = 2 * 2) for a but received 6',
    },
  );
  t.throws(
    () => {
      math.gemm({ m: 2, n: 2, k: 3, a, b, c: new Float32Array(6) });
    },
    {
      instanceOf: RangeError,
      message: 'Expected 4 elements (m * n = 2 * 2) for c but received 6',
    },
  );
  t.throws(
    () => {
      math.gemm({ m: 0, n: 2, k: 3, a, b, c });
    },
    { instanceOf: RangeError, message: /from 1 to/ },
  );
  t.throws(
    () => {
      math.gemv({ transA: true, m: 2, n: 3, a, x: floats(1, 2, 3), y: floats(1, 2, 3) });
    },
    {
      instanceOf: RangeError,
      message: 'Expected 2 elements (m) for x but received 3',
    },
  );
});

test('arrays of different lengths are refused, and a stale view is told from a short array', (t) => {
  t.throws(
    () => {
      math.axpy(1, floats(1, 2), floats(1, 2, 3));
    },
    {
      instanceOf: RangeError,
      message: 'Expected 3 elements (as many as y) for x but received 2',
    },
  );
  t.throws(
    () => {
      math.add(floats(1, 2), floats(1), floats(1, 2));
    },
    { instanceOf: RangeError, message: /for b/ },
  );
  t.throws(() => math.stridedDot(3, floats(1, 2, 3, 4), 2, floats(1, 2, 3), 1), {
    instanceOf: RangeError,
    message: 'Expected at least 5 elements (3 in steps of 2) for x but received 4',
  });
  const blob = new Blob(2);
  const stale = blob.data;
  blob.reshape(100);
  t.throws(
    () => {
      math.scale(1, stale, floats(1, 2));
    },
    { instanceOf: RangeError, message: /received 0; .*take it anew/ },
  );
});

test('results that share memory with an operand are refused where they would be wrong', (t) => {
  const x = floats(1, 2, 3, 4, 5, 6);
  t.throws(
    () => {
      math.gemm({ m: 2, n: 1, k: 1, a: x.subarray(0, 2), b: x.subarray(2, 3), c: x.subarray(1, 3) });
    },
    {
      instanceOf: RangeError,
      message: 'a and c share memory; the result needs an array of its own',
    },
  );
  t.throws(
    () => {
      math.axpy(1, x, x);
    },
    { instanceOf: RangeError },
  );
  t.throws(
    () => {
      math.add(x.subarray(0, 4), x.subarray(2, 6), x.subarray(1, 5));
    },
    { instanceOf: RangeError },
  );
  // Two blobs on one memory have two views on two buffers: only the addresses tell.
  const blob = new Blob(3);
  const twin = new Blob(3);
  twin.shareData(blob);
  t.not(twin.data.buffer, blob.data.buffer);
  t.throws(
    () => {
      math.scale(2, blob.data, twin.data);
    },
    { instanceOf: RangeError },
  );
  t.deepEqual([...x], [1, 2, 3, 4, 5, 6]);
});

test('wrong types and parameters of distributions are refused', (t) => {
  const x = new Float32Array(2);
  t.throws(
    () => {
      math.set('1' as never, x);
    },
    { instanceOf: TypeError, message: /Expected a number for alpha/ },
  );
  t.throws(
    () => {
      math.set(1, [1, 2] as never);
    },
    { instanceOf: TypeError, message: /a Float32Array, a Blob or a DevicePointer for x/ },
  );
  t.throws(
    () => {
      math.exp(new Float64Array(2) as never, x);
    },
    { instanceOf: TypeError },
  );
  const mostFloat = 3.4028234663852886e38;
  const bounds = [[2, 1], [-Infinity, 1], [0, 1e39], [mostFloat, mostFloat], [NaN, 1]]; // prettier-ignore
  for (const [a = 0, b = 0] of bounds) {
    t.throws(
      () => {
        math.rngUniform(a, b, x);
      },
      { instanceOf: RangeError },
    );
  }
  t.throws(
    () => {
      math.rngGaussian(0, 0, x);
    },
    { instanceOf: RangeError },
  );
  t.throws(
    () => {
      math.rngBernoulli(1.5, x);
    },
    { instanceOf: RangeError },
  );
});

test('empty arrays are no work and no error', (t) => {
  const none = new Float32Array();
  math.exp(none, none);
  math.axpy(1, none, none);
  math.set(1, none);
  math.rngGaussian(0, 1, none);
  t.is(math.dot(none, none), 0);
  t.is(math.asum(new Blob(0)), 0);
});

test('scale takes bytes, such as pixels', (t) => {
  const y = floats(9, 9, 9, 9, 9);
  math.scale(0.5, Uint8Array.of(0, 1, 2, 127, 255), y);
  t.deepEqual([...y], [0, 0.5, 1, 63.5, 127.5]);
  t.throws(
    () => {
      math.scale(1, new Uint8Array(4), y);
    },
    { instanceOf: RangeError, message: /5 elements/ },
  );
  t.throws(
    () => {
      math.scale(1, new Uint8Array(y.buffer, 0, 5), y);
    },
    { instanceOf: RangeError, message: /share memory/ },
  );
});

test('loops over elements of any length give each element the float32 of its arithmetic', (t) => {
  const { fround } = Math;
  for (const length of [1, 3, 4, 7, 8, 31, 67]) {
    const a = Float32Array.from({ length }, (_, i) => Math.sin(i + 1) * 3);
    const b = Float32Array.from({ length }, (_, i) => Math.cos(i) - 1.1);
    const result = (f: (y: Float32Array) => void): number[] => {
      const y = new Float32Array(length);
      f(y);
      return [...y];
    };
    const expected = (f: (x: number, y: number) => number): number[] => Array.from(a, (x, i) => fround(f(x, b[i])));
    const label = `${length} elements`;
    t.deepEqual(result((y) => { math.add(a, b, y); }), expected((x, y) => x + y), label); // prettier-ignore
    t.deepEqual(result((y) => { math.sub(a, b, y); }), expected((x, y) => x - y), label); // prettier-ignore
    t.deepEqual(result((y) => { math.mul(a, b, y); }), expected((x, y) => x * y), label); // prettier-ignore
    t.deepEqual(result((y) => { math.div(a, b, y); }), expected((x, y) => x / y), label); // prettier-ignore
    t.deepEqual(result((y) => { math.sqr(a, y); }), expected((x) => x * x), label); // prettier-ignore
    t.deepEqual(result((y) => { math.abs(a, y); }), expected((x) => Math.abs(x)), label); // prettier-ignore
    t.deepEqual(result((y) => { math.scale(0.7, a, y); }), expected((x) => fround(0.7) * x), label); // prettier-ignore
    // prettier-ignore
    t.deepEqual(result((y) => { y.set(a); math.addScalar(0.7, y); }), expected((x) => x + fround(0.7)), label);
  }
});

test('scale by 0 is 0 whatever is scaled, as copy and scal make it', (t) => {
  const x = floats(NaN, Infinity, -Infinity, -1, 2);
  const y = floats(9, 9, 9, 9, 9);
  math.scale(0, x, y);
  const z = new Float32Array(5);
  math.copy(x, z);
  math.scal(0, z);
  t.deepEqual([...y], [0, 0, 0, 0, 0]);
  t.deepEqual([...y], [...z]);
});
