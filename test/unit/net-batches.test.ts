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
    { message: /first layer is no MemoryData layer/ },
  );
});
