import test from 'ava';
import { CaffeError, Net } from 'tscaffe';

// Batches of 2 items of 3 values; y = 2x + 1, so dx = 2 dy.
const text = `force_backward: true
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "double" type: "Power" bottom: "x" top: "y" power_param { scale: 2 shift: 1 } }`;

test('forwardAll computes any number of items and drops what the last batch was filled up with', (t) => {
  using net = new Net({ text }, 'test');
  const x = Array.from({ length: 5 * 3 }, (_, i) => i);
  const { y } = net.forwardAll({ x });
  t.deepEqual(
    [...(y ?? [])],
    x.map((value) => 2 * value + 1),
  );
});

test('forwardAll returns copies, and further blobs on request', (t) => {
  using net = new Net({ text }, 'test');
  const all = net.forwardAll({ x: [1, 2, 3] }, { blobs: ['x'] });
  net.forward({ x: [0, 0, 0, 0, 0, 0] });
  t.deepEqual([...(all['y'] ?? [])], [3, 5, 7]);
  t.deepEqual([...(all['x'] ?? [])], [1, 2, 3]);
});

test('forwardBackwardAll gives the data and the diffs of all items', (t) => {
  using net = new Net({ text }, 'train');
  const { blobs, diffs } = net.forwardBackwardAll(
    { x: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { y: [1, 1, 1, 2, 2, 2, 3, 3, 3] },
  );
  t.deepEqual([...(blobs['y'] ?? [])], [3, 5, 7, 9, 11, 13, 15, 17, 19]);
  t.deepEqual([...(diffs['x'] ?? [])], [2, 2, 2, 4, 4, 4, 6, 6, 6]);
});

test('forwardAll refuses an array that holds no whole number of items', (t) => {
  using net = new Net({ text }, 'test');
  t.throws(() => net.forwardAll({ x: [1, 2, 3, 4] }), {
    instanceOf: RangeError,
    message: 'Expected a multiple of 3 values for x but received 4',
  });
});

test('forwardAll refuses other names than those of the inputs before anything is computed', (t) => {
  using net = new Net({ text }, 'test');
  let runs = 0;
  net.beforeForward(() => runs++);
  for (const [inputs, received] of [
    [{ typo: [1, 2, 3] }, 'typo'],
    [{ x: [1, 2, 3], typo: [1] }, 'x, typo'],
    [{ x: [1, 2, 3], y: [1, 2, 3] }, 'x, y'],
    [{}, ''],
  ] as [Record<string, number[]>, string][]) {
    t.throws(() => net.forwardAll(inputs), {
      instanceOf: TypeError,
      message: `Expected data for exactly (x) but received (${received})`,
    });
    t.throws(() => net.forwardBackwardAll(inputs), { instanceOf: TypeError });
  }
  t.throws(() => net.forwardAll({ x: ['1', 2, 3] as never }), { instanceOf: TypeError, message: /for x\[0\]/ });
  t.throws(() => net.forwardAll({ x: [1, 2, 3] }, { blobs: ['z'] }), {
    instanceOf: RangeError,
    message: 'The net has no blob "z"; it has (x, y)',
  });
  t.is(runs, 0);
});

test('forwardBackwardAll refuses diffs of other names or another number of items before anything is computed', (t) => {
  using net = new Net({ text }, 'train');
  let runs = 0;
  net.beforeForward(() => runs++);
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (const y of [[1, 1, 1], [1, 1, 1, 1, 1, 1], Array<number>(12).fill(1), []]) {
    t.throws(() => net.forwardBackwardAll({ x }, { y }), {
      instanceOf: RangeError,
      message: `Expected 9 values for y, 3 for each of 3 items, but received ${y.length}`,
    });
  }
  t.throws(() => net.forwardBackwardAll({ x }, { typo: x }), {
    instanceOf: TypeError,
    message: 'Expected diff for exactly (y) but received (typo)',
  });
  t.throws(() => net.forwardBackwardAll({ x }, undefined, { diffs: ['z'] }), {
    instanceOf: RangeError,
    message: 'The net has no blob "z"; it has (x, y)',
  });
  t.is(runs, 0);
});

test('No items give no values', async (t) => {
  using net = new Net({ text }, 'train');
  const empty = new Float32Array();
  t.deepEqual(net.forwardAll({ x: [] }, { blobs: ['x'] }), { y: empty, x: empty });
  t.deepEqual(await net.forwardAllAsync({ x: [] }), { y: empty });
  t.deepEqual(net.forwardBackwardAll({ x: [] }, { y: [] }), { blobs: { y: empty }, diffs: { x: empty } });
});

test('A net without inputs, or whose first input has no room for values, cannot be run for all items', async (t) => {
  using net = new Net(
    { text: 'layer { name: "in" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 } } }' },
    'test',
  );
  const none = { instanceOf: RangeError, message: /^Expected a net with inputs but this one has none/ };
  t.throws(() => net.forwardAll({}), none);
  t.throws(() => net.forwardAll({ x: [1] }), none);
  await t.throwsAsync(() => net.forwardAllAsync({}), none);
  using hollow = new Net(
    { text: 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 0 } } }' },
    'test',
  );
  t.throws(() => hollow.forwardAll({ x: [] }), {
    instanceOf: RangeError,
    message: 'Expected a blob with values for x but its shape is (2, 0)',
  });
});

// sum = a + b over batches of 2 items of 2 values; twice = 2 bias, whose first axis is not the batch.
const mixed = `force_backward: true
layer { name: "in" type: "Input" top: "a" top: "b" top: "bias" input_param { shape { dim: [2, 2] } shape { dim: [2, 2] } shape { dim: 1 } } }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" }
layer { name: "twice" type: "Power" bottom: "bias" top: "twice" power_param { scale: 2 } }`;

test('Inputs must have the same number of items; one whose first axis is not the batch has its values for each batch', (t) => {
  using net = new Net({ text: mixed }, 'test');
  const a = [1, 2, 3, 4, 5, 6];
  const b = [10, 20, 30, 40, 50, 60];
  const { sum, twice } = net.forwardAll({ a, b, bias: [7, 8] });
  t.deepEqual([...sum], [11, 22, 33, 44, 55, 66]);
  t.deepEqual([...twice], [14, 16]);
  const { diffs } = net.forwardBackwardAll({ a, b, bias: [7, 8] }, { sum: a, twice: [1, 2] });
  t.deepEqual([...diffs['a']], a);
  t.deepEqual([...diffs['bias']], [2, 4]);
  t.throws(() => net.forwardAll({ a, b: [1, 2, 3, 4], bias: [7, 8] }), {
    instanceOf: RangeError,
    message: 'Expected 6 values for b, 2 for each of 3 items, but received 4',
  });
  t.throws(() => net.forwardAll({ a, b, bias: [7] }), {
    instanceOf: RangeError,
    message: 'Expected 2 values for bias, 1 for each of 2 batches, but received 1',
  });
  t.throws(() => net.forwardAll({ a, b }), {
    instanceOf: TypeError,
    message: 'Expected data for exactly (a, b, bias) but received (a, b)',
  });
});

test('forwardAllAsync gives the same with the net on the thread of Caffe, and refuses the same', async (t) => {
  using net = new Net({ text }, 'test');
  const x = Float32Array.from({ length: 5 * 3 }, (_, i) => i);
  const running = net.forwardAllAsync({ x }, { blobs: ['x'] });
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_BUSY' });
  const all = await running;
  t.deepEqual(
    all['y'],
    x.map((value) => 2 * value + 1),
  );
  t.deepEqual(all['x'], x);
  await t.throwsAsync(() => net.forwardAllAsync({ typo: x }), { instanceOf: TypeError });
  await t.throwsAsync(() => net.forwardAllAsync({ x: [1] }), { instanceOf: RangeError });
  await t.throwsAsync(() => net.forwardAllAsync({ x }, 5 as never), { instanceOf: TypeError });
});

const memory = `layer { name: "data" type: "MemoryData" top: "x" top: "label"
  memory_data_param { batch_size: 2 channels: 1 height: 1 width: 2 } }
layer { name: "copy" type: "Power" bottom: "x" top: "y" power_param { scale: 1 } }
layer { name: "quiet" type: "Silence" bottom: "label" }`;

test('setInputArrays feeds a MemoryData layer batch after batch and begins anew after the last', (t) => {
  using net = new Net({ text: memory }, 'test');
  net.setInputArrays([1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 2, 3]);
  const batch = (): number[] => [...(net.forward()['y'] ?? [])];
  t.deepEqual(batch(), [1, 2, 3, 4]);
  t.deepEqual([...(net.blobs['label']?.data ?? [])], [0, 1]);
  t.deepEqual(batch(), [5, 6, 7, 8]);
  t.deepEqual(batch(), [1, 2, 3, 4]);
});

test('Other input arrays take the place of those before, whose batch stays readable until the next forward', (t) => {
  using net = new Net({ text: memory }, 'test');
  net.setInputArrays([1, 2, 3, 4], [0, 1]);
  net.forward();
  net.setInputArrays([9, 9, 9, 9], [2, 2]);
  t.deepEqual([...(net.blobs['x']?.data ?? [])], [1, 2, 3, 4]);
  net.forward();
  t.deepEqual([...(net.blobs['x']?.data ?? [])], [9, 9, 9, 9]);
});

test('setInputArrays names what it expected', (t) => {
  using net = new Net({ text: memory }, 'test');
  const error = t.throws(
    () => {
      net.setInputArrays([1, 2, 3], [0, 1]);
    },
    { instanceOf: CaffeError },
  );
  t.is(error.code, 'ERR_CAFFE_LAYER');
  t.regex(error.message, /n x 1 x 1 x 2 values, n a multiple of the batch size 2, but received 2 labels and 3 values/);
  using other = new Net({ text }, 'test');
  t.throws(
    () => {
      other.setInputArrays([1], [1]);
    },
    { message: /first layer is not a MemoryData layer/ },
  );
});
