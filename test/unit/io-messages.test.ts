import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Blob, CaffeError, io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const zeros = new Array<number>(100).fill(0);

// The five cases of pycaffe's test_io.

test('test_old_format: the four sizes of an old BlobProto are its shape', (t) => {
  const array = io.blobprotoToArray({ data: zeros, num: 1, channels: 1, height: 10, width: 10 });
  t.deepEqual(array.shape, [1, 1, 10, 10]);
});

test('test_new_format: the shape of a BlobProto is taken as it is', (t) => {
  t.deepEqual(io.blobprotoToArray({ data: zeros, shape: { dim: [10, 10] } }).shape, [10, 10]);
});

test('test_no_shape: a BlobProto of 100 values without a shape is refused', (t) => {
  t.throws(() => io.blobprotoToArray({ data: zeros }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /100 values without a shape/,
  });
});

test('test_scalar: one value without a shape is a scalar', (t) => {
  t.deepEqual(io.blobprotoToArray({ data: [123] }), { data: Float32Array.of(123), shape: [] });
});

test('test_label_none_size: a Datum without a label is smaller than one with', (t) => {
  const ones = { data: new Float32Array(300).fill(1), shape: [10, 10, 3] };
  t.true(io.arrayToDatum(ones, 1).length > io.arrayToDatum(ones).length);
});

test('a BlobProto is read by Caffe, and one that Caffe wrote is read', (t) => {
  const array = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 3, 2] };
  const diff = { data: Float32Array.of(6, 5, 4, 3, 2, 1), shape: [1, 3, 2] };
  const blob = new Blob();
  blob.fromProto(io.arrayToBlobproto(array, diff));
  t.deepEqual(blob.shape, array.shape);
  t.deepEqual(blob.cpuData.slice(), array.data);
  t.deepEqual(blob.cpuDiff.slice(), diff.data);
  t.deepEqual(io.blobprotoToArray(blob.toProto()), array);
  t.deepEqual(io.blobprotoToArray(blob.toProto({ diff: true }), true), diff);
});

test('a BlobProto in double precision is read', (t) => {
  const array = io.blobprotoToArray({ doubleData: [0.5, -2], shape: { dim: [2] } });
  t.deepEqual(array, { data: Float32Array.of(0.5, -2), shape: [2] });
});

test('a BlobProto with fewer values than its shape says is refused', (t) => {
  t.throws(() => io.blobprotoToArray({ data: [1, 2, 3], shape: { dim: [2, 2] } }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /shape \(2, 2\) with 3 values/,
  });
  t.throws(() => io.blobprotoToArray({ data: [1], shape: { dim: [1] } }, true), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /0 values of diff/,
  });
  t.throws(() => io.blobprotoToArray(Uint8Array.of(255, 255)), { instanceOf: CaffeError, code: 'ERR_CAFFE_FORMAT' });
});

test('arrays are checked before they are written', (t) => {
  const data = new Float32Array(6);
  t.throws(() => io.arrayToBlobproto({ data, shape: [2, 2] }), {
    instanceOf: RangeError,
    message: /Expected 4 values/,
  });
  t.throws(() => io.arrayToBlobproto({ data, shape: [2, 3] }, { data, shape: [3, 2] }), {
    instanceOf: RangeError,
    message: /Expected a diff of shape \(2, 3\)/,
  });
  t.throws(() => io.arrayToBlobproto([1, 2] as never), { instanceOf: TypeError, message: /\{ data, shape \}/ });
  t.throws(() => io.arrayToBlobproto({ data: [1], shape: [1] } as never), {
    instanceOf: TypeError,
    message: /array\.data/,
  });
  t.throws(() => io.arrayToDatum({ data, shape: [2, 3] }), { instanceOf: RangeError, message: /3 axes/ });
  t.throws(() => io.arrayToDatum({ data, shape: [1, 2, 3] }, 1.5), { instanceOf: RangeError, message: /label/ });
  t.throws(() => io.arrayToDatum({ data, shape: [1, -2, 3] }), { instanceOf: RangeError, message: /shape\[1\]/ });
});

test('a Datum of another size than it says is refused', (t) => {
  t.throws(() => io.datumToArray({ channels: 1, height: 2, width: 2, data: Uint8Array.of(1, 2, 3) }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /shape \(1, 2, 2\) with 3 values/,
  });
});

test('a Datum holds an encoded image, which decodeDatum reads in the order B, G, R', async (t) => {
  const file = new Uint8Array(readFileSync('test/parity/io/images/color.png'));
  const datum = io.imageToDatum(file, 4);
  t.throws(() => io.datumToArray(datum), { instanceOf: CaffeError, message: /decodeDatum/ });
  const { data, shape, label } = await io.decodeDatum(datum);
  const image = await io.loadImage(file);
  t.is(label, 4);
  t.deepEqual(shape, [3, ...image.shape.slice(0, 2)]);
  const size = data.length / 3;
  for (let pixel = 0; pixel < size; pixel++) {
    for (const [channel, colour] of [2, 1, 0].entries()) {
      if (data[channel * size + pixel] !== Math.round(image.data[pixel * 3 + colour] * 255)) t.fail(`pixel ${pixel}`);
    }
  }
  const raw = { data: Uint8Array.of(1, 2), shape: [2, 1, 1] };
  t.deepEqual(await io.decodeDatum(io.arrayToDatum(raw, 3)), { ...raw, label: 3 });
  await t.throwsAsync(io.decodeDatum(io.imageToDatum(Uint8Array.of(1, 2, 3))), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FILE',
  });
});

// Caffe's Data layer leaves an image as it lies, whatever orientation its file says.
for (const name of ['color.png', 'grey.png', 'color.jpg', 'orientation6.jpg']) {
  test(`decodeDatum gives the numbers of Caffe's Data layer for ${name}`, async (t) => {
    const folder = scratchFolder(t);
    const datum = io.imageToDatum(readFileSync(`test/parity/io/images/${name}`), 9);
    using database = io.Database.create(join(folder, 'encoded'));
    database.put('0', datum);
    database.close();
    const text = `layer { name: "data" type: "Data" top: "data" top: "label"
      data_param { source: "${join(folder, 'encoded')}" backend: LMDB batch_size: 1 } }`;
    using net = new Net({ text }, 'test');
    net.forward();
    const { data, shape, label } = await io.decodeDatum(datum);
    t.deepEqual(net.blobs['data'].shape, [1, ...shape]);
    t.deepEqual(net.blobs['data'].cpuData.slice(), Float32Array.from(data));
    t.is(net.blobs['label'].cpuData[0], label);
  });
}

test('a mean file is written, read, and subtracted by a Data layer', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'mean.binaryproto');
  const mean = { data: Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40), shape: [2, 2, 2] };
  io.writeMean(path, mean);
  t.deepEqual(io.readMean(path), mean);

  using database = io.Database.create(join(folder, 'data'));
  database.put('0', io.arrayToDatum({ data: new Uint8Array(8).fill(100), shape: [2, 2, 2] }));
  database.close();
  const text = `layer { name: "data" type: "Data" top: "data" transform_param { mean_file: "${path}" }
    data_param { source: "${join(folder, 'data')}" backend: LMDB batch_size: 1 } }`;
  using net = new Net({ text }, 'test');
  const { data } = net.forward();
  t.deepEqual([...data], [99, 98, 97, 96, 90, 80, 70, 60]);
});

test('a mean file that is not there, or holds something else, is an error that names it', (t) => {
  const path = join(scratchFolder(t), 'mean.binaryproto');
  t.throws(() => io.readMean(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE', message: /mean\.binaryproto/ });
  writeFileSync(path, 'no message at all');
  t.throws(() => io.readMean(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FORMAT', message: /mean\.binaryproto/ });
});
