import test from 'ava';
import { Blob, createLayer, math, setRandomSeed } from 'tscaffe';

// The numbers beside numpy's names are numpy 1.19's own.

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const counting = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);

/** 2 x 3 x 2. */
const x = floats(3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5, 8);

test('sum, mean, max, min and argmax of all values are those of the array', (t) => {
  t.is(math.sum(x), 3 - 1 + 4 + 1 - 5 + 9 + 2 + 6 - 5 + 3 + 5 + 8);
  t.is(math.mean(x), 30 / 12);
  t.is(math.max(x), 9);
  t.is(math.min(x), -5);
  t.is(math.argmax(x), 5);
  const blob = new Blob(2, 6);
  blob.data.set(x);
  t.is(math.sum(blob), 30);
});

for (const { f, axis, expected } of [
  { f: 'sum', axis: 0, expected: [5, 5, -1, 4, 0, 17] },
  { f: 'sum', axis: 1, expected: [2, 9, 2, 17] },
  { f: 'sum', axis: 2, expected: [2, 5, 4, 8, -2, 13] },
  { f: 'mean', axis: 0, expected: [2.5, 2.5, -0.5, 2, 0, 8.5] },
  { f: 'max', axis: 0, expected: [3, 6, 4, 3, 5, 9] },
  { f: 'max', axis: 1, expected: [4, 9, 5, 8] },
  { f: 'max', axis: 2, expected: [3, 4, 9, 6, 3, 8] },
  { f: 'min', axis: 0, expected: [2, -1, -5, 1, -5, 8] },
  { f: 'min', axis: 1, expected: [-5, -1, -5, 3] },
  { f: 'min', axis: 2, expected: [-1, 1, -5, 2, -5, 5] },
  { f: 'argmax', axis: 0, expected: [0, 1, 0, 1, 1, 0] },
  { f: 'argmax', axis: 1, expected: [1, 2, 2, 2] },
  { f: 'argmax', axis: 2, expected: [0, 0, 1, 1, 1, 1] },
] as const) {
  test(`${f} along axis ${axis} is numpy’s`, (t) => {
    const y = new Float32Array(expected.length).fill(NaN);
    math[f](x, [2, 3, 2], axis, y);
    t.deepEqual([...y], expected);
  });
}

test('sums and the greatest of long rows and columns are those of a loop', (t) => {
  // Longer than a vector register and than the piece of an axis that is gathered at a time, and of no round size.
  const [rows, columns] = [37, 613];
  const long = Float32Array.from({ length: rows * columns }, (_, i) => (i * 7919) % 1009);
  const of = (row: number, column: number): number => long[row * columns + column] ?? NaN;
  for (const axis of [0, 1]) {
    const count = axis === 0 ? columns : rows;
    const line = (i: number): number[] =>
      Array.from({ length: axis === 0 ? rows : columns }, (_, j) => (axis === 0 ? of(j, i) : of(i, j)));
    const expected = Array.from({ length: count }, (_, i) => line(i));
    const y = new Float32Array(count);
    math.sum(long, [rows, columns], axis, y);
    t.deepEqual(
      [...y],
      expected.map((values) => values.reduce((sum, value) => sum + value, 0)),
    );
    math.max(long, [rows, columns], axis, y);
    t.deepEqual(
      [...y],
      expected.map((values) => Math.max(...values)),
    );
    math.min(long, [rows, columns], axis, y);
    t.deepEqual(
      [...y],
      expected.map((values) => Math.min(...values)),
    );
    const places = new Int32Array(count);
    math.argmax(long, [rows, columns], axis, places);
    t.deepEqual(
      [...places],
      expected.map((values) => values.indexOf(Math.max(...values))),
    );
  }
});

test('a sum keeps small numbers beside a large one', (t) => {
  t.is(math.sum(floats(2 ** 24, 1, 1, 1)), 2 ** 24 + 3);
});

test('a NaN is the greatest, the least and the first of the greatest, as in numpy', (t) => {
  for (const length of [3, 40]) {
    const values = counting(length);
    values[1] = NaN;
    t.is(math.max(values), NaN);
    t.is(math.min(values), NaN);
    t.is(math.argmax(values), 1);
    const y = floats(0, 0);
    math.argmax(Float32Array.from([...values, ...values]), [2, length], 1, y);
    t.deepEqual([...y], [1, 1]);
    const columns = new Float32Array(length);
    math.argmax(Float32Array.from([...values, ...values]), [2, length], 0, columns);
    t.true(columns.every((place) => place === 0));
  }
});

test('no values have the sum 0 and no greatest one', (t) => {
  const none = new Float32Array();
  t.is(math.sum(none), 0);
  t.is(math.mean(none), NaN);
  for (const f of ['max', 'min', 'argmax'] as const) {
    t.throws(() => math[f](none), { instanceOf: RangeError, message: /at least one value/ });
    t.throws(
      () => {
        math[f](none, [2, 0], 1, floats(0, 0));
      },
      { instanceOf: RangeError, message: /at least one value/ },
    );
  }
  const y = floats(7, 7);
  math.sum(none, [2, 0], 1, y);
  t.deepEqual([...y], [0, 0]);
});

test('argsort and topk give places in order, equal values as they came and NaN last', (t) => {
  const values = floats(2, NaN, -1, 2, 0, -0, -Infinity, 7);
  t.deepEqual([...math.argsort(values)], [6, 2, 4, 5, 0, 3, 7, 1]);
  t.deepEqual([...math.argsort(values, { descending: true })], [7, 0, 3, 4, 5, 2, 6, 1]);
  t.deepEqual([...math.topk(values, 3)], [7, 0, 3]);
  t.deepEqual([...math.topk(values, 0)], []);
  t.deepEqual([...math.argsort(new Float32Array())], []);
});

test('argsort and topk along an axis are those of each line', (t) => {
  const places = new Int32Array(12);
  math.argsort(x, [2, 3, 2], 1, places); // np.argsort(x, axis=1)
  t.deepEqual([...places], [2, 0, 0, 1, 1, 2, 1, 1, 0, 0, 2, 2]);
  const two = new Blob(2, 2, 2);
  math.topk(x, 2, [2, 3, 2], 1, two);
  t.deepEqual([...two.data], [1, 2, 0, 1, 2, 2, 0, 0]);
});

test('arithmetic with shapes broadcasts by numpy’s rule', (t) => {
  const y = new Float32Array(12);
  math.add(x, floats(10, 20, 30), y, [2, 3, 2], [3, 1]); // a bias for each channel
  t.deepEqual([...y], [13, 9, 24, 21, 25, 39, 12, 16, 15, 23, 35, 38]);
  math.sub(x, floats(1, 2), y, [6, 2], [2]); // a row
  t.deepEqual([...y], [2, -3, 3, -1, -6, 7, 1, 4, -6, 1, 4, 6]);
  math.mul(x, floats(1, 2, 3, 4, 5, 6), y, [6, 2], [6, 1]); // a column
  t.deepEqual([...y], [3, -1, 8, 2, -15, 27, 8, 24, -25, 15, 30, 48]);
  math.sub(x, floats(4, 9, 5, 8), y, [2, 3, 2], [2, 1, 2]); // what a reduction leaves
  t.deepEqual([...y], [-1, -10, 0, -8, -9, 0, -3, -2, -10, -5, 0, 0]);
  math.div(floats(12), floats(1, 2, 3, 4), y.subarray(0, 4), [1], [4]); // one number on the left
  t.deepEqual([...y.subarray(0, 4)], [12, 6, 4, 3]);
  math.sub(floats(10, 20), floats(1, 2, 3), y.subarray(0, 6), [2, 1], [3]); // each with each
  t.deepEqual([...y.subarray(0, 6)], [9, 8, 7, 19, 18, 17]);
});

test('a result may be the operand that is not repeated, and no other', (t) => {
  const a = floats(1, 2, 3, 4);
  const b = floats(10, 20);
  math.add(a, b, a, [2, 2], [2]);
  t.deepEqual([...a], [11, 22, 13, 24]);
  t.throws(
    () => {
      math.add(a, a.subarray(0, 2), a, [2, 2], [2]);
    },
    { instanceOf: RangeError, message: /b and y share memory/ },
  );
  t.deepEqual([...a], [11, 22, 13, 24]);
});

test('results that share memory with what is read again are RangeErrors, and nothing is written', (t) => {
  const memory = counting(12);
  const low = memory.subarray(0, 6);
  const calls = [
    () => {
      math.sum(low, [2, 3], 1, memory.subarray(4, 6));
    },
    () => {
      math.max(low, [2, 3], 0, memory.subarray(0, 3));
    },
    () => {
      math.argmax(low, [2, 3], 1, new Int32Array(memory.buffer, 0, 2));
    },
    () => {
      math.argsort(low, [2, 3], 1, low);
    },
    () => {
      math.transpose(low, [2, 3], [1, 0], low);
    },
    () => {
      math.softmax(low, [2, 3], 1, memory.subarray(3, 9));
    },
  ];
  for (const call of calls) t.throws(call, { instanceOf: RangeError, message: /share memory/ });
  t.deepEqual([...memory], [...counting(12)]);
});

/** By numpy's definition, one element at a time. */
function transposed(values: Float32Array, shape: number[], axes: number[]): number[] {
  const step = (axis: number): number => shape.slice(axis + 1).reduce((count, size) => count * size, 1);
  let places = [0];
  for (const axis of axes) {
    places = places.flatMap((place) => Array.from({ length: shape[axis] ?? 0 }, (_, i) => place + i * step(axis)));
  }
  return places.map((place) => values[place] ?? NaN);
}

test('transpose puts the axes of the result in the given order', (t) => {
  for (const [shape, axes] of [
    [
      [2, 3],
      [1, 0],
    ],
    [[3], [0]],
    [[], []],
    [
      [35, 41, 3],
      [2, 0, 1],
    ], // an image
    [
      [3, 35, 41],
      [1, 2, 0],
    ],
    [
      [2, 3, 5, 7],
      [0, 2, 3, 1],
    ],
    [
      [2, 3, 5, 7],
      [3, 2, 1, 0],
    ],
    [
      [2, 3, 5, 7],
      [0, 1, 2, 3],
    ],
    [
      [4, 1, 6, 1],
      [3, 2, 0, 1],
    ],
    [
      [70, 65],
      [1, 0],
    ],
    [
      [2, 0, 3],
      [2, 1, 0],
    ],
  ]) {
    const count = shape.reduce((product, size) => product * size, 1);
    const y = new Float32Array(count).fill(NaN);
    math.transpose(counting(count), shape, axes, y);
    t.deepEqual([...y], transposed(counting(count), shape, axes), `(${shape.join(', ')}) by (${axes.join(', ')})`);
  }
});

test('softmax is that of Caffe’s layer, along each axis', (t) => {
  const shape = [3, 37, 5];
  const bottom = new Blob(...shape);
  bottom.data.set(Float32Array.from({ length: bottom.count }, (_, i) => Math.sin(i * i) * 20));
  for (const axis of [0, 1, 2]) {
    using layer = createLayer({ type: 'Softmax', softmaxParam: { axis } });
    const top = new Blob();
    layer.setup([bottom], [top]);
    layer.reshape([bottom], [top]);
    layer.forward([bottom], [top]);
    const y = new Float32Array(bottom.count);
    math.softmax(bottom, shape, axis, y);
    for (const [i, value] of y.entries()) {
      const caffe = top.data[i] ?? NaN;
      t.true(Math.abs(value - caffe) <= 1e-6 * caffe + 1e-30, `${axis}, ${i}: ${value}, Caffe has ${caffe}`);
    }
  }
});

test('softmax works in place, with values that would overflow, and passes NaN on', (t) => {
  const values = floats(1000, 1000, -Infinity, 3, NaN, 1);
  math.softmax(values, [2, 3], 1, values);
  t.deepEqual([...values], [0.5, 0.5, 0, NaN, NaN, NaN]);
});

test('permutation and choice are those of numpy for the same seed', (t) => {
  setRandomSeed(7);
  t.deepEqual([...math.permutation(10)], [8, 5, 0, 2, 1, 9, 7, 3, 6, 4]);
  t.deepEqual([...math.choice(100, 6)], [42, 90, 8, 39, 68, 48]);
  t.deepEqual([...math.choice(8, 4, { replace: false })], [1, 5, 2, 6]);
  setRandomSeed(1701);
  t.deepEqual([...math.permutation(5)], [1, 0, 3, 2, 4]);
  t.deepEqual([...math.choice(1000, 5)], [451, 339, 485, 844, 480]);
  t.deepEqual([...math.permutation(0)], []);
  t.deepEqual([...math.choice(1, 3)], [0, 0, 0]);
});

const six = counting(6);
for (const { what, call, message, error = RangeError } of [
  {
    what: 'a shape of other elements',
    call: () => {
      math.sum(six, [2, 2], 0, floats(0, 0));
    },
    message: /4 elements .* x/,
  },
  {
    what: 'an axis that is not there',
    call: () => {
      math.max(six, [2, 3], 2, six);
    },
    message: /from 0 to 1 for axis/,
  },
  {
    what: 'a scalar’s axis',
    call: () => {
      math.min(floats(1), [], 0, six);
    },
    message: /a shape with axes/,
  },
  {
    what: 'a short result',
    call: () => {
      math.sum(six, [2, 3], 1, floats(0));
    },
    message: /2 elements .* for y but .* 1/,
  },
  { what: 'more than there are', call: () => math.topk(six, 7), message: /from 0 to 6 for k/ },
  {
    what: 'an axis twice',
    call: () => {
      math.transpose(six, [2, 3], [0, 0], floats());
    },
    message: /each of 0 to 1 once/,
  },
  {
    what: 'shapes that do not fit',
    call: () => {
      math.add(six, six, six, [2, 3], [3, 2]);
    },
    message: /equal, or 1/,
  },
  {
    what: 'a softmax of other length',
    call: () => {
      math.softmax(six, [2, 3], 1, floats(1));
    },
    message: /as many as x/,
  },
  { what: 'choosing too many', call: () => math.choice(3, 4, { replace: false }), message: /at most n = 3/ },
  { what: 'choosing of none', call: () => math.choice(0, 1), message: /from 1 to/ },
  {
    what: 'one shape',
    call: () => {
      math.add(six, six, six, [6]);
    },
    message: /bShape/,
    error: TypeError,
  },
  { what: 'a plain array', call: () => math.sum([1, 2] as never), message: /a Float32Array.* for x/, error: TypeError },
  {
    what: 'no result',
    call: () => {
      math.max(six, [6], 0, undefined as never);
    },
    message: /for y/,
    error: TypeError,
  },
  {
    what: 'a double result',
    call: () => {
      math.argmax(six, [6], 0, new Float64Array(1) as never);
    },
    message: /Int32Array/,
    error: TypeError,
  },
] as { what: string; call: () => unknown; message: RegExp; error?: typeof RangeError }[]) {
  test(`${what} is a ${error.name}`, (t) => {
    t.throws(call, { instanceOf: error, message });
    t.deepEqual([...six], [0, 1, 2, 3, 4, 5]);
  });
}
