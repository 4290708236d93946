import { join } from 'node:path';
import test from 'ava';
import { Net, Weights } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const text = (outputs: number, last = 'two'): string => `
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "one" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 2 weight_filler { type: "constant" value: 4 } } }
layer { name: "${last}" type: "InnerProduct" bottom: "a" top: "b" inner_product_param { num_output: ${outputs} weight_filler { type: "constant" value: 5 } } }`;

test('Weights of a net are its layers with their blobs, copied', (t) => {
  using net = new Net({ text: text(3) }, 'test');
  const weights = Weights.from(net);
  t.deepEqual(
    weights.layers.map(({ name, type, blobs }) => [name, type, blobs.map(({ shape }) => shape)]),
    [
      ['one', 'InnerProduct', [[2, 3], [2]]],
      ['two', 'InnerProduct', [[3, 2], [3]]],
    ],
  );
  net.params['one']?.[0]?.data.fill(0);
  t.deepEqual([...(weights.layer('one')?.blobs[0]?.data ?? [])], [4, 4, 4, 4, 4, 4]);
});

test('copyTo copies what fits and reports what does not', (t) => {
  using net = new Net({ text: text(3) }, 'test');
  const weights = Weights.from(net);
  weights.layer('one')?.blobs[0]?.data.fill(7);
  using narrower = new Net({ text: text(1) }, 'test');
  t.deepEqual(weights.copyTo(narrower), {
    matched: ['one'],
    skipped: [],
    missing: [],
    mismatched: [{ layer: 'two', reason: 'blobs[0] is (3, 2), the net has (1, 2)' }],
  });
  t.deepEqual([...(narrower.params['one']?.[0]?.data ?? [])], [7, 7, 7, 7, 7, 7]);
  t.deepEqual([...(narrower.params['two']?.[0]?.data ?? [])], [5, 5]);
});

test('Layers can be renamed and removed', (t) => {
  using net = new Net({ text: text(3) }, 'test');
  using renamed = new Net({ text: text(3, 'last') }, 'test');
  const weights = Weights.from(net);
  t.deepEqual(weights.copyTo(renamed), { matched: ['one'], skipped: ['two'], missing: ['last'], mismatched: [] });
  t.is(weights.rename('two', 'last'), 1);
  t.is(weights.remove(/^one$/), 1);
  t.deepEqual(weights.copyTo(renamed), { matched: ['last'], skipped: [], missing: ['one'], mismatched: [] });
});

test('Saved weights load into a net', (t) => {
  const path = join(scratchFolder(t), 'w.caffemodel');
  using net = new Net({ text: text(3) }, 'test');
  const weights = Weights.from(net);
  weights.layer('two')?.blobs[1]?.data.set([1, 2, 3]);
  weights.save(path);
  net.copyFrom(path);
  t.deepEqual([...(net.params['two']?.[1]?.data ?? [])], [1, 2, 3]);
  t.deepEqual([...(Weights.from(path).layer('two')?.blobs[1]?.data ?? [])], [1, 2, 3]);
});

test('Bytes that are no weights are refused', (t) => {
  t.throws(() => Weights.from(Uint8Array.of(255, 255)), { code: 'ERR_CAFFE_FORMAT' });
  t.throws(() => Weights.from({} as never), { instanceOf: TypeError });
});

test('Weights of an HDF5 file come through its net, and the error says so', (t) => {
  const path = join(scratchFolder(t), 'w.caffemodel.h5');
  using net = new Net({ text: text(3) }, 'test');
  net.saveHDF5(path);
  t.throws(() => Weights.from(path), {
    code: 'ERR_CAFFE_FORMAT',
    message: /w\.caffemodel\.h5: is HDF5.*Weights\.from\(net\)/,
  });
  using loaded = new Net({ text: text(3) }, 'test', { weights: path });
  t.deepEqual(
    Weights.from(loaded).layers.map(({ name }) => name),
    ['one', 'two'],
  );
});

/** A field of a protobuf message: a number, or bytes. */
function field(number: number, value: number | Uint8Array | string): Buffer {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  if (typeof value === 'number') return Buffer.from([...varint(number << 3), ...varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
}

/** A caffemodel as Caffe wrote it before 2015: each blob has four axes, in fields of their own. */
function legacy(layers: Record<string, { axes: [number, number, number, number]; data: number[] }[]>): Buffer {
  const blobOf = ({ axes, data }: { axes: number[]; data: number[] }): Buffer =>
    Buffer.concat([
      ...axes.map((size, axis) => field(axis + 1, size)),
      field(5, new Uint8Array(Float32Array.from(data).buffer)),
    ]);
  return Buffer.concat(
    Object.entries(layers).map(([name, blobs]) =>
      field(
        100,
        Buffer.concat([field(1, name), field(2, 'InnerProduct'), ...blobs.map((blob) => field(7, blobOf(blob)))]),
      ),
    ),
  );
}

/** Weights and biases of layers of one and two outputs. */
const old = legacy({
  one: [
    { axes: [1, 1, 2, 3], data: [1, 2, 3, 4, 5, 6] },
    { axes: [1, 1, 1, 2], data: [7, 8] },
  ],
  two: [
    { axes: [1, 1, 1, 2], data: [9, 10] },
    { axes: [1, 1, 1, 1], data: [11] },
  ],
});

function loaded(net: Net): number[] {
  return Object.values(net.params).flatMap((blobs) => blobs.flatMap(({ data }) => [...data]));
}

test('copyTo takes from files of old Caffe what copyFrom takes', (t) => {
  const expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  using copied = new Net({ text: text(1) }, 'test');
  copied.copyFrom(old);
  t.deepEqual(loaded(copied), expected);
  using net = new Net({ text: text(1) }, 'test');
  const weights = Weights.from(old);
  t.deepEqual(weights.copyTo(net), { matched: ['one', 'two'], skipped: [], missing: [], mismatched: [] });
  t.deepEqual(loaded(net), expected);
  t.deepEqual(net.params['two'][0].shape, [1, 2]);
  using again = new Net({ text: text(1) }, 'test');
  again.copyFrom(weights.toProto());
  t.deepEqual(loaded(again), expected);
});

test('neither takes what only looks like it', (t) => {
  using net = new Net({ text: text(2) }, 'test');
  const before = loaded(net);
  t.deepEqual(Weights.from(old).copyTo(net).mismatched, [
    { layer: 'two', reason: 'blobs[0] is (1, 1, 1, 2), the net has (2, 2)' },
  ]);
  using strict = new Net({ text: text(2) }, 'test');
  t.throws(
    () => {
      strict.copyFrom(old);
    },
    { code: 'ERR_CAFFE_CHECK', message: /Cannot copy param 0 weights from layer 'two'/ },
  );
  t.deepEqual(loaded(strict), before);
  // Four axes in the form of today are four axes.
  using today = new Net({ text: text(1) }, 'test');
  const weights = Weights.from(today);
  weights.layer('two')?.blobs[0].reshape(1, 1, 1, 2);
  t.deepEqual(weights.copyTo(today).mismatched, [
    { layer: 'two', reason: 'blobs[0] is (1, 1, 1, 2), the net has (1, 2)' },
  ]);
  t.throws(
    () => {
      today.copyFrom(weights.toProto());
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
});
