import test from 'ava';
import { Blob, io, Layer, Net, registerLayer } from 'tscaffe';

/** A blob of the given shape that holds 0, 1, 2 ... */
function counting(...shape: number[]): Blob {
  const blob = new Blob(...shape);
  blob.set(Array.from({ length: blob.count }, (_, i) => i));
  return blob;
}

test('a shape is frozen, and the same array until the blob has another', (t) => {
  const blob = new Blob(2, 3);
  const { shape } = blob;
  t.true(Object.isFrozen(shape));
  t.throws(() => (shape as number[]).push(4), { instanceOf: TypeError });
  blob.reshape(2, 3);
  t.is(blob.shape, shape);
  blob.reshape(3, 5);
  t.deepEqual(blob.shape, [3, 5]);
  t.deepEqual([blob.count, blob.num, blob.channels, blob.height, blob.width], [15, 3, 5, 1, 1]);
  t.deepEqual(shape, [2, 3]);
});

test('shapes and counts are right after whatever gives a blob another shape', (t) => {
  const net = new Net(
    {
      text: `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
      layer { name: "power" type: "Power" bottom: "data" top: "power" }`,
    },
    'test',
  );
  const { data, power } = net.blobs;
  t.deepEqual([power.shape, power.count, power.num], [[2, 3], 6, 2]);
  data.reshape(4, 5);
  t.deepEqual([power.shape, power.count, power.num], [[2, 3], 6, 2]);
  net.reshape();
  t.deepEqual([power.shape, power.count, power.num], [[4, 5], 20, 4]);
  data.reshape(7, 1);
  net.forward();
  t.deepEqual([power.shape, power.count, power.num], [[7, 1], 7, 7]);
  const other = new Blob(1);
  t.is(other.count, 1);
  other.copyFrom(power, { reshape: true });
  t.deepEqual([other.shape, other.count], [[7, 1], 7]);
  other.fromProto(new Blob(6).toProto());
  t.deepEqual([other.shape, other.count], [[6], 6]);
  other.reshapeLike(data);
  t.deepEqual(other.shape, [7, 1]);
});

test('a layer sees the shapes that it gives, and those of the blobs below', (t) => {
  const seen: unknown[] = [];
  registerLayer(
    'Doubled',
    class extends Layer {
      override reshape([bottom]: Blob[], [top]: Blob[]): void {
        seen.push(bottom.num);
        top.reshape(2 * bottom.num, 3);
        seen.push(top.num, top.count);
      }
      override forward([bottom]: Blob[], [top]: Blob[]): void {
        seen.push(bottom.shape, top.shape);
      }
    },
  );
  const net = new Net(
    {
      text: `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 } } }
      layer { name: "twice" type: "Doubled" bottom: "data" top: "twice" }`,
    },
    'test',
  );
  seen.length = 0;
  net.blobs['data'].reshape(5);
  net.forward();
  t.deepEqual(seen, [5, 10, 30, [5], [10, 3]]);
});

test('the shapes of a running net are refused, and right again afterwards', async (t) => {
  const net = new Net(
    {
      text: `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 } } }
      layer { name: "power" type: "Power" bottom: "data" top: "power" }`,
    },
    'test',
  );
  const { power } = net.blobs;
  t.deepEqual(power.shape, [2]);
  const running = net.forwardAsync({ data: [1, 2] });
  for (const read of [() => power.shape, () => power.count, () => power.num])
    t.throws(read, { code: 'ERR_CAFFE_BUSY' });
  await running;
  t.deepEqual([power.shape, power.count, power.num], [[2], 2, 2]);
});

test('offset, at and row find elements as Caffe’s offset does', (t) => {
  const blob = counting(2, 3, 4, 5);
  t.is(blob.offset(1, 2, 3, 4), ((1 * 3 + 2) * 4 + 3) * 5 + 4);
  t.is(blob.offset(1, 2), (1 * 3 + 2) * 4 * 5);
  t.is(blob.offset(), 0);
  t.is(blob.at(1, 0, 2, 3), 60 + 13);
  t.is(counting().at(), 0);
  t.is(counting(1, 1, 2, 1, 1, 3).at(0, 0, 1, 0, 0, 2), 5);
  t.deepEqual([...counting(3, 2).row(1)], [2, 3]);
  t.deepEqual([...counting(3).row(2)], [2]);
  blob.row(1).fill(7);
  t.is(blob.at(1, 2, 3, 4), 7);
  t.is(blob.at(0, 2, 3, 4), 59);
  blob.row(1, { diff: true }).fill(2);
  t.is(blob.diff[59], 0);
  t.is(blob.diff[60], 2);
});

for (const { what, call, message } of [
  {
    what: 'an index beyond its axis',
    call: (blob: Blob) => blob.offset(0, 3),
    message: /index of axis 1 from 0 to 2 but received 3/,
  },
  { what: 'a negative index', call: (blob: Blob) => blob.at(-1, 0), message: /axis 0/ },
  { what: 'a fraction', call: (blob: Blob) => blob.offset(0.5), message: /axis 0/ },
  { what: 'too many indices', call: (blob: Blob) => blob.offset(0, 0, 0), message: /at most 2 indices/ },
  { what: 'too few indices for at', call: (blob: Blob) => blob.at(1), message: /2 indices/ },
  // It has no text, either.
  {
    what: 'an object for all indices',
    call: (blob: Blob) => blob.at(Object.create(null) as never),
    message: /2 indices/,
  },
  { what: 'a row that is not there', call: (blob: Blob) => blob.row(2), message: /from 0 to 1 for index/ },
  { what: 'a row of a scalar', call: () => new Blob().row(0), message: /a blob with axes/ },
]) {
  test(`${what} is a RangeError`, (t) => {
    t.throws(() => call(new Blob(2, 3)), { instanceOf: RangeError, message });
  });
}

test('set takes a number, an array of all values, and arrays that it repeats', (t) => {
  const blob = new Blob(2, 2, 3);
  const values = (): number[] => [...blob.data];
  blob.set(7);
  t.deepEqual(values(), new Array<number>(12).fill(7));
  blob.set(Float64Array.from({ length: 12 }, (_, i) => i));
  t.deepEqual(
    values(),
    Array.from({ length: 12 }, (_, i) => i),
  );
  blob.set([1, 2, 3]);
  t.deepEqual(values(), [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  blob.set([1, 2, 3, 4, 5, 6]);
  t.deepEqual(values(), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  blob.set({ data: Float32Array.of(8, 9), shape: [2, 1] }); // a value for each of the middle axis
  t.deepEqual(values(), [8, 8, 8, 9, 9, 9, 8, 8, 8, 9, 9, 9]);
  blob.set({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 1, 3] });
  t.deepEqual(values(), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
  t.deepEqual([...blob.diff], new Array<number>(12).fill(0));
  blob.set(3, { diff: true });
  t.deepEqual([...blob.diff], new Array<number>(12).fill(3));
  t.is(blob.at(0, 0, 0), 1);
  blob.set({ data: blob.row(1), shape: [2, 3] });
  t.deepEqual(values(), [4, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6]);
});

for (const { what, values, error, message } of [
  {
    what: 'an array that fills in part',
    values: [1, 2],
    error: RangeError,
    message: /6 or 3 or 1 values .*received 2/,
  },
  { what: 'an array that is too long', values: new Float32Array(7), error: RangeError, message: /received 7/ },
  {
    what: 'a shape that does not fit',
    values: { data: new Float32Array(2), shape: [2] },
    error: RangeError,
    message: /\(2, 3\).*\(2\)/,
  },
  {
    what: 'a shape of another count',
    values: { data: new Float32Array(2), shape: [3] },
    error: RangeError,
    message: /3 values/,
  },
  { what: 'a string in the array', values: [1, '2', 3], error: TypeError, message: /a number for values\[1\]/ },
  { what: 'nothing', values: undefined, error: TypeError, message: /for values/ },
]) {
  test(`to set ${what} is a ${error.name}, and nothing is written`, (t) => {
    const blob = counting(2, 3);
    t.throws(
      () => {
        blob.set(values as never);
      },
      { instanceOf: error, message },
    );
    t.deepEqual([...blob.data], [0, 1, 2, 3, 4, 5]);
  });
}

const twice = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
  layer { name: "twice" type: "Power" bottom: "data" top: "twice" power_param { scale: 2 } }`;

test('forward takes what preprocess returns', (t) => {
  const net = new Net({ text: twice }, 'test');
  const transformer = new io.Transformer({ data: net.blobs['data'].shape });
  transformer.setTranspose('data', [2, 0, 1]);
  const image = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 2, 3] };
  const { twice: doubled } = net.forward({ data: transformer.preprocess('data', image) });
  t.deepEqual([...doubled], [0, 6, 12, 18, 2, 8, 14, 20, 4, 10, 16, 22]);
  t.deepEqual(
    [...net.forwardAll({ data: { data: new Float32Array(24).fill(1), shape: [2, 3, 2, 2] } })['twice']],
    new Array<number>(24).fill(2),
  );
});

test('forward refuses an array of another shape, though it has as many values', (t) => {
  const net = new Net({ text: twice }, 'test');
  const image = { data: new Float32Array(12), shape: [2, 2, 3] };
  t.throws(() => net.forward({ data: image }), {
    instanceOf: RangeError,
    message: /\(1, 3, 2, 2\) for data .*\(2, 2, 3\)/,
  });
});
