import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import test from 'ava';
import { Blob, CaffeError, Net } from 'tscaffe';

/** A blob of the given shape that holds 1, 2, 3 ... */
function counting(...shape: number[]): Blob {
  const blob = new Blob(...shape);
  blob.data.set(Array.from({ length: blob.count }, (_, i) => i + 1));
  return blob;
}

const ones = (axes: number): number[] => new Array<number>(axes).fill(1);

for (const { shape, count } of [
  { shape: [], count: 1 },
  { shape: [0], count: 0 },
  { shape: [3], count: 3 },
  { shape: [2, 3], count: 6 },
  { shape: [2, 0, 3], count: 0 },
  { shape: [0, 2 ** 31 - 1, 2 ** 31 - 1], count: 0 },
  { shape: [2, 3, 4, 5], count: 120 },
  { shape: [1, 2, 1, 2, 1, 2], count: 8 },
  { shape: [...ones(31), 7], count: 7 },
]) {
  const title = shape.length > 8 ? `${shape.length} axes` : `shape (${shape.join(', ')})`;
  test(`a blob of ${title} has ${count} elements, all of them 0`, (t) => {
    const blob = new Blob(...shape);
    t.deepEqual(blob.shape, shape);
    t.is(blob.count, count);
    for (const array of [blob.data, blob.diff, blob.cpuData, blob.cpuDiff]) {
      t.true(array instanceof Float32Array);
      t.deepEqual([...array], new Array<number>(count).fill(0));
    }
  });
}

test('a blob of 2^31 - 1 elements is made without asking for its 8 GB', (t) => {
  t.is(new Blob(2 ** 31 - 1).count, 2 ** 31 - 1);
});

for (const { what, shape, message } of [
  { what: '33 axes', shape: ones(33), message: /at most 32 axes .* received 33/ },
  {
    what: '2^31 elements',
    shape: [2 ** 16, 2 ** 15],
    message: /at most 2147483647 elements .*65536, 32768/,
  },
  {
    what: 'too many elements before an axis of 0',
    shape: [2 ** 16, 2 ** 15, 0],
    message: /at most 2147483647 elements/,
  },
  { what: 'a size below 0', shape: [2, -1], message: /from 0 to 2147483647 for shape\[1\] but received -1/ },
  { what: 'a size of 2^31', shape: [2 ** 31], message: /shape\[0\] but received 2147483648/ },
  { what: 'a fraction', shape: [1.5], message: /an integer .* shape\[0\] but received 1\.5/ },
  { what: 'NaN', shape: [NaN], message: /an integer .* shape\[0\] but received NaN/ },
  { what: 'Infinity', shape: [3, Infinity], message: /an integer .* shape\[1\] but received Infinity/ },
]) {
  test(`a shape with ${what} is a RangeError, for a new blob and for reshape`, (t) => {
    t.throws(() => new Blob(...shape), { instanceOf: RangeError, message });
    const blob = counting(2, 2);
    t.throws(
      () => {
        blob.reshape(...shape);
      },
      { instanceOf: RangeError, message },
    );
    t.deepEqual(blob.shape, [2, 2]);
    t.deepEqual([...blob.data], [1, 2, 3, 4]);
  });
}

for (const { what, size, received } of [
  { what: 'a string', size: '3', received: /"3" of type string/ },
  { what: 'null', size: null, received: /null/ },
  { what: 'undefined', size: undefined, received: /undefined/ },
  { what: 'a bigint', size: 3n, received: /bigint/ },
  { what: 'an object', size: {}, received: /an object of class Object/ },
  { what: 'an object without a prototype', size: Object.create(null) as unknown, received: /an object of class null/ },
  { what: 'a blob', size: new Blob(1), received: /an object of class Blob/ },
]) {
  test(`${what} in the place of a size is a TypeError, for a new blob and for reshape`, (t) => {
    const expected = {
      instanceOf: TypeError,
      message: new RegExp(`an integer for shape\\[\\d\\] .*${received.source}`),
    };
    t.throws(() => new Blob(size as never), expected);
    t.throws(() => new Blob(2, size as never), expected);
    t.throws(() => {
      new Blob(1).reshape(size as never);
    }, expected);
    t.throws(() => {
      new Blob(1).reshape(2, size as never);
    }, expected);
  });
}

test('reshape takes sizes one by one or as an array', (t) => {
  const blob = new Blob(1);
  blob.reshape(2, 3);
  t.deepEqual(blob.shape, [2, 3]);
  blob.reshape([3, 2, 1]);
  t.deepEqual(blob.shape, [3, 2, 1]);
  blob.reshape([]);
  t.deepEqual(blob.shape, []);
  t.is(blob.count, 1);
});

test('a blob that shrinks keeps its memory, and shows it all when it grows back', (t) => {
  const blob = counting(2, 3);
  blob.diff.set([6, 5, 4, 3, 2, 1]);
  blob.reshape(2);
  t.deepEqual([...blob.data], [1, 2]);
  t.deepEqual([...blob.diff], [6, 5]);
  blob.reshape(3, 2);
  t.deepEqual([...blob.data], [1, 2, 3, 4, 5, 6]);
  t.deepEqual([...blob.diff], [6, 5, 4, 3, 2, 1]);
});

test('a blob that grows beyond its memory gets new memory, filled with 0', (t) => {
  const blob = counting(2, 3);
  blob.diff.fill(9);
  blob.reshape(7);
  t.deepEqual([...blob.data], [0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual([...blob.diff], [0, 0, 0, 0, 0, 0, 0]);
});

test('data and diff are the same arrays at each access, and apart from each other', (t) => {
  const blob = new Blob(2);
  const { data, diff } = blob;
  t.is(blob.data, data);
  t.is(blob.diff, diff);
  t.is(blob.cpuData, data);
  t.is(blob.cpuDiff, diff);
  data.fill(1);
  diff.fill(2);
  t.deepEqual([...blob.data], [1, 1]);
  t.deepEqual([...blob.diff], [2, 2]);
});

test('a reshape to the same count keeps the arrays', (t) => {
  const blob = counting(2, 3);
  const { data } = blob;
  blob.reshape(3, 2);
  t.is(blob.data, data);
  t.is(data.length, 6);
});

for (const { change, shape } of [
  { change: 'shrinks', shape: [2] },
  { change: 'grows', shape: [100] },
  { change: 'becomes empty', shape: [0] },
]) {
  test(`views of a blob that ${change} have length 0 from then on`, (t) => {
    const blob = counting(2, 3);
    const { data, diff } = blob;
    const kept = data.slice();
    blob.reshape(...shape);
    t.is(data.length, 0);
    t.is(diff.length, 0);
    t.is(data[0], undefined as never);
    t.deepEqual([...kept], [1, 2, 3, 4, 5, 6], 'a slice is a copy');
    t.is(blob.data.length, blob.count);
    t.not(blob.data, data);
  });
}

test('a view outlives the blob that it came from', (t) => {
  const view = (() => counting(1000).data)();
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    new Blob(1000).data.fill(-1);
  }
  t.true(view.every((value, i) => value === i + 1));
});

test('the arrays of an empty blob have length 0, and it grows like any other', (t) => {
  const blob = new Blob(0, 3);
  t.is(blob.data.length, 0);
  t.is(blob.asumData(), 0);
  t.is(blob.sumsqDiff(), 0);
  blob.scaleData(2);
  blob.scaleDiff(2);
  blob.reshape(1, 3);
  blob.data.set([1, 2, 3]);
  t.is(blob.asumData(), 6);
});

test('a blob without axes holds one number', (t) => {
  const blob = new Blob();
  blob.data[0] = 42;
  t.is(blob.asumData(), 42);
  t.is(blob.num, 1);
});

for (const { shape, legacy } of [
  { shape: [], legacy: [1, 1, 1, 1] },
  { shape: [5], legacy: [5, 1, 1, 1] },
  { shape: [5, 6], legacy: [5, 6, 1, 1] },
  { shape: [5, 6, 7, 8], legacy: [5, 6, 7, 8] },
]) {
  test(`num, channels, height and width of shape (${shape.join(', ')}) are ${legacy.join(', ')}`, (t) => {
    const { num, channels, height, width } = new Blob(...shape);
    t.deepEqual([num, channels, height, width], legacy);
  });
}

test('num, channels, height and width of a blob with five axes are a CaffeError, not the end of the process', (t) => {
  const blob = new Blob(1, 2, 3, 4, 5);
  for (const name of ['num', 'channels', 'height', 'width'] as const) {
    const error = t.throws(() => blob[name], { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' });
    t.regex(error.message, /legacy accessors .* > 4 axes/);
  }
});

test('asum and sumsq are the sums of the magnitudes and of the squares', (t) => {
  const blob = new Blob(3);
  blob.data.set([1, -2, 3]);
  blob.diff.set([-4, 5, 0]);
  t.is(blob.asumData(), 1 + 2 + 3);
  t.is(blob.sumsqData(), 1 + 4 + 9);
  t.is(blob.asumDiff(), 4 + 5);
  t.is(blob.sumsqDiff(), 16 + 25);
});

test('asum and sumsq of a blob that was never written are 0', (t) => {
  const blob = new Blob(3);
  t.deepEqual([blob.asumData(), blob.asumDiff(), blob.sumsqData(), blob.sumsqDiff()], [0, 0, 0, 0]);
});

test('scale multiplies the data or the diff in place', (t) => {
  const blob = counting(3);
  const { data } = blob;
  blob.diff.set([1, 1, 2]);
  blob.scaleData(-2);
  blob.scaleDiff(0.5);
  t.deepEqual([...data], [-2, -4, -6]);
  t.is(blob.data, data);
  t.deepEqual([...blob.diff], [0.5, 0.5, 1]);
});

test('update takes the diff off the data', (t) => {
  const blob = counting(3);
  blob.diff.set([1, 0, -1]);
  blob.update();
  t.deepEqual([...blob.data], [0, 2, 4]);
});

test('reshapeLike takes the shape of another blob and nothing else', (t) => {
  const blob = counting(4);
  blob.reshapeLike(new Blob(2, 2));
  t.deepEqual(blob.shape, [2, 2]);
  t.deepEqual([...blob.data], [1, 2, 3, 4]);
});

test('copyFrom copies values, or gradients, of a blob of the same shape', (t) => {
  const source = counting(2, 2);
  source.diff.set([5, 6, 7, 8]);
  const blob = new Blob(2, 2);
  blob.copyFrom(source);
  t.deepEqual([...blob.data], [1, 2, 3, 4]);
  t.deepEqual([...blob.diff], [0, 0, 0, 0]);
  blob.copyFrom(source, { diff: true });
  t.deepEqual([...blob.diff], [5, 6, 7, 8]);
  source.data.fill(9);
  t.deepEqual([...blob.data], [1, 2, 3, 4], 'it is a copy');
});

test('copyFrom of another shape is an error, unless it may reshape', (t) => {
  const source = counting(3);
  const blob = counting(2, 2);
  const view = blob.data;
  t.throws(
    () => {
      blob.copyFrom(source);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK', message: /different sizes/ },
  );
  t.deepEqual([...view], [1, 2, 3, 4]);
  blob.copyFrom(source, { reshape: true });
  t.deepEqual(blob.shape, [3]);
  t.deepEqual([...blob.data], [1, 2, 3]);
  t.is(view.length, 0);
});

test('copyFrom of an empty blob empties this one', (t) => {
  const blob = counting(3);
  blob.copyFrom(new Blob(0, 2), { reshape: true });
  t.deepEqual(blob.shape, [0, 2]);
  blob.copyFrom(new Blob(0, 2));
  t.deepEqual(blob.shape, [0, 2]);
});

test('shareData makes one memory of two, and detaches the view of the other', (t) => {
  const source = counting(3);
  const blob = new Blob(3);
  const view = blob.data;
  blob.shareData(source);
  t.is(view.length, 0);
  t.deepEqual([...blob.data], [1, 2, 3]);
  blob.data[0] = 7;
  t.is(source.data[0], 7);
  source.data[1] = 8;
  t.is(blob.data[1], 8);
  blob.diff[0] = 1;
  t.is(source.diff[0], 0, 'gradients are not shared');
});

test('shareDiff makes one memory of the gradients of two blobs', (t) => {
  const source = new Blob(2);
  const blob = new Blob(2);
  blob.shareDiff(source);
  blob.diff.set([1, 2]);
  t.deepEqual([...source.diff], [1, 2]);
  blob.data[0] = 3;
  t.is(source.data[0], 0);
});

test('a blob keeps the memory that it shares when the other one grows away', (t) => {
  const source = counting(2);
  const blob = new Blob(2);
  blob.shareData(source);
  source.reshape(100);
  t.deepEqual([...blob.data], [1, 2]);
  t.is(source.data[0], 0);
});

test('shareData and shareDiff of blobs with another count are errors', (t) => {
  const blob = counting(3);
  t.throws(
    () => {
      blob.shareData(new Blob(4));
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
  t.throws(
    () => {
      blob.shareDiff(new Blob(4));
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
  t.deepEqual([...blob.data], [1, 2, 3]);
});

for (const shape of [[], [0, 2], [2, 3], [1, 2, 1, 2, 1]]) {
  test(`fromProto takes shape and values of (${shape.join(', ')}) from what toProto gave`, (t) => {
    const blob = counting(...shape);
    const copy = new Blob(7);
    copy.fromProto(blob.toProto());
    t.deepEqual(copy.shape, shape);
    t.deepEqual(copy.data, blob.data);
    t.true(copy.diff.every((x) => x === 0));
  });
}

test('toProto with diff carries the gradients too', (t) => {
  const blob = counting(3);
  blob.diff.set([7, 8, 9]);
  const copy = new Blob();
  copy.fromProto(blob.toProto({ diff: true }));
  t.deepEqual([...copy.data], [1, 2, 3]);
  t.deepEqual([...copy.diff], [7, 8, 9]);
});

test('toProto gives the bytes of protobuf: field 7 is the shape, field 5 the packed values', (t) => {
  const blob = new Blob(1, 2);
  blob.data.set([1, -2]);
  // BlobProto { data = 5 [packed float], shape = 7 { dim = 1 [packed int64] } }, in the order of the field numbers.
  // 0x2a: field 5, length-delimited; 1.0 is 00 00 80 3f and -2.0 is 00 00 00 c0. 0x3a: field 7; 0x0a: its field 1.
  t.deepEqual([...blob.toProto()], [0x2a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0x3a, 4, 0x0a, 2, 1, 2]);
});

test('fromProto reads the old four-axis format, num = 1 to width = 4', (t) => {
  const blob = new Blob();
  // num: 1, channels: 1, height: 1, width: 2, then the packed values 1 and -2.
  blob.fromProto(Uint8Array.of(0x08, 1, 0x10, 1, 0x18, 1, 0x20, 2, 0x2a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0));
  t.deepEqual(blob.shape, [1, 1, 1, 2]);
  t.deepEqual([...blob.data], [1, -2]);
});

test('fromProto of bytes that are no BlobProto is ERR_CAFFE_FORMAT and leaves the blob alone', (t) => {
  const blob = counting(2);
  t.throws(
    () => {
      blob.fromProto(Uint8Array.of(0xff, 0xff, 0xff));
    },
    {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_FORMAT',
      message: /3 bytes .*BlobProto/,
    },
  );
  t.deepEqual([...blob.data], [1, 2]);
});

test('fromProto of bytes whose values do not fill their shape is ERR_CAFFE_CHECK', (t) => {
  // shape (3), two values
  const bytes = Uint8Array.of(0x2a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0x3a, 3, 0x0a, 1, 3);
  t.throws(
    () => {
      new Blob().fromProto(bytes);
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
});

test('bad arguments of the methods are TypeErrors that name the argument', (t) => {
  const blob = new Blob(1);
  const none = {} as never;
  t.throws(
    () => {
      blob.copyFrom(none);
    },
    { instanceOf: TypeError, message: /a Blob for source but received an object of class Object/ },
  );
  t.throws(
    () => {
      blob.copyFrom(undefined as never);
    },
    { instanceOf: TypeError, message: /received undefined/ },
  );
  t.throws(
    () => {
      blob.shareData(none);
    },
    { instanceOf: TypeError, message: /a Blob for other/ },
  );
  t.throws(
    () => {
      blob.shareDiff(none);
    },
    { instanceOf: TypeError, message: /a Blob for other/ },
  );
  t.throws(
    () => {
      blob.reshapeLike(none);
    },
    { instanceOf: TypeError, message: /a Blob for other/ },
  );
  t.throws(
    () => {
      blob.fromProto('bytes' as never);
    },
    { instanceOf: TypeError, message: /a Uint8Array for bytes but received "bytes"/ },
  );
  t.throws(
    () => {
      blob.scaleData('2' as never);
    },
    { instanceOf: TypeError, message: /a number for factor/ },
  );
  t.throws(
    () => {
      blob.scaleDiff(undefined as never);
    },
    { instanceOf: TypeError, message: /a number for factor/ },
  );
});

test('a view that is handed over to structuredClone stays with Caffe: Node copies it, and since 22 refuses', (t) => {
  const blob = counting(3);
  const view = blob.data;
  const clone = (): Float32Array => structuredClone(view, { transfer: [view.buffer as ArrayBuffer] });
  if (parseInt(process.versions.node) < 22) clone().fill(9);
  else t.throws(clone, { name: 'DataCloneError' });
  t.is(blob.data, view);
  t.deepEqual([...view], [1, 2, 3]);
});

test('a blob whose view has been detached by its user gives out a new one with the same numbers', (t) => {
  const blob = counting(3);
  const view = blob.data;
  // What ArrayBuffer.prototype.transfer does, which Node 20 lacks.
  setFlagsFromString('--allow-natives-syntax');
  (runInThisContext('(buffer) => %ArrayBufferDetach(buffer)') as (buffer: ArrayBufferLike) => void)(view.buffer);
  t.is(view.length, 0);
  t.deepEqual([...blob.data], [1, 2, 3]);
  blob.reshape(1);
  t.deepEqual([...blob.data], [1]);
});

test('head says where the newest values are', (t) => {
  const blob = new Blob(1);
  t.is(blob.head, 'uninitialised');
  blob.data.fill(1);
  t.is(blob.head, 'cpu');
  t.is(new Blob(0).head, 'uninitialised');
});

test('among 40,000 blobs each still shows its own memory, and refuses to while its net runs', async (t) => {
  const blobs = Array.from({ length: 40_000 }, (_, i) => counting(1 + (i % 3)));
  t.true(blobs.every((blob, i) => blob.data.length === 1 + (i % 3) && blob.data[i % 3] === 1 + (i % 3)));
  using net = new Net({ text: 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }' }, 'test');
  const { x } = net.blobs;
  t.is(x.data.length, 2);
  const done = net.forwardAsync();
  t.throws(() => x.data, { code: 'ERR_CAFFE_BUSY' });
  await done;
  t.is(x.data.length, 2);
});

test('update of an empty blob does nothing', (t) => {
  t.notThrows(() => {
    new Blob(0, 3).update();
  });
});
