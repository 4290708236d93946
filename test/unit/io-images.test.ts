import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CaffeError, io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const ramp = (...shape: number[]): io.NdArray => ({
  data: Float32Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, i) => i),
  shape,
});

test('loadImage says which file cannot be read', async (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'cat.png');
  await t.throwsAsync(io.loadImage(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE', message: /cat\.png/ });
  writeFileSync(path, 'a text');
  await t.throwsAsync(io.loadImage(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE', message: /cat\.png/ });
  await t.throwsAsync(io.loadImage(7 as never), { instanceOf: TypeError, message: /a path or bytes/ });
});

test('resizeImage by hand: two pixels become four, linear between their middles', (t) => {
  // Pixels are squares: the new middles lie at -0.25, 0.25, 0.75, 1.25 of the old. Outside of the image is its least
  // value, 1.
  const image = { data: Float32Array.of(1, 5), shape: [1, 2, 1] };
  const { data, shape } = io.resizeImage(image, [1, 4]);
  t.deepEqual(shape, [1, 4, 1]);
  t.deepEqual([...data], [1, 2, 4, 4]);
  t.deepEqual([...io.resizeImage(image, [1, 4], 0).data], [1, 1, 5, 5]);
});

test('resizeImage keeps two channels apart, and their corners in place', (t) => {
  const image = { data: Float32Array.of(0, 10, 2, 20), shape: [1, 2, 2] };
  t.deepEqual([...io.resizeImage(image, [1, 3]).data], [0, 10, 1, 15, 2, 20]);
});

test('resizeImage never leaves a border of zeros, as scipy does for some sizes', (t) => {
  // 7 / 25 * 25 is more than 7 in floating point: scipy 1.6 puts a 0 there.
  const ones = { data: new Float32Array(8 * 2).fill(1), shape: [8, 1, 2] };
  t.true(io.resizeImage(ones, [26, 1]).data.every((x) => x === 1));
});

test('resizeImage refuses what it cannot resize', (t) => {
  t.throws(() => io.resizeImage(ramp(4, 4), [2, 2]), { instanceOf: RangeError, message: /3 axes/ });
  t.throws(() => io.resizeImage(ramp(4, 4, 3), [0, 2]), { instanceOf: RangeError, message: /not empty/ });
  t.throws(() => io.resizeImage(ramp(4, 4, 3), [1.5, 2]), { instanceOf: RangeError, message: /dims\[0\]/ });
  t.throws(() => io.resizeImage(ramp(4, 4, 3), [2, 2], 3 as never), { instanceOf: TypeError, message: /0 or 1/ });
});

test('oversample takes corners, middle and their mirrors', (t) => {
  const { data, shape } = io.oversample([ramp(3, 3, 1)], [1, 2]);
  t.deepEqual(shape, [10, 1, 2, 1]);
  // 0 1 2 / 3 4 5 / 6 7 8; the middle of what does not come out even is towards the top left.
  const parts = [0, 1, 1, 2, 6, 7, 7, 8, 3, 4];
  const mirrored = [1, 0, 2, 1, 7, 6, 8, 7, 4, 3];
  t.deepEqual([...data], [...parts, ...mirrored]);
});

test('oversample refuses images of several shapes, and parts larger than the image', (t) => {
  t.throws(() => io.oversample([ramp(3, 3, 1), ramp(3, 4, 1)], [2, 2]), {
    instanceOf: RangeError,
    message: /images\[1\] \(3, 4, 1\)/,
  });
  t.throws(() => io.oversample([ramp(3, 3, 1)], [4, 2]), { instanceOf: RangeError, message: /at most \(3, 3\)/ });
});

test('deprocess gives back what preprocess was given, where nothing was resized', (t) => {
  const transformer = new io.Transformer({ data: [1, 1, 2, 3] });
  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setRawScale('data', 2);
  transformer.setMean('data', [8]);
  transformer.setInputScale('data', 0.5);
  const image = ramp(2, 3, 1);
  const input = transformer.preprocess('data', image);
  // (2x - 8) / 2
  t.deepEqual(input, { data: Float32Array.of(-4, -3, -2, -1, 0, 1), shape: [1, 2, 3] });
  // One channel: pycaffe's squeeze takes that axis away and then fails to transpose.
  t.deepEqual(transformer.deprocess('data', { ...input, shape: [1, 1, 2, 3] }), image);
});

test('a mean of H x W is that of each channel', (t) => {
  const transformer = new io.Transformer({ data: [1, 2, 1, 2] });
  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setMean('data', { data: Float64Array.of(1, 2), shape: [1, 2] });
  const { data } = transformer.preprocess('data', { data: Uint8Array.of(5, 6, 7, 8), shape: [1, 2, 2] });
  // Channels (5, 7) and (6, 8), less (1, 2) each.
  t.deepEqual([...data], [4, 5, 5, 6]);
});

test('a mean image that is the same everywhere stays so when it is resized', (t) => {
  const transformer = new io.Transformer({ data: [1, 3, 2, 2] });
  transformer.setTranspose('data', [2, 0, 1]);
  // pycaffe divides by its range, which is 0.
  transformer.setMean('data', { data: new Float32Array(3 * 5 * 5).fill(7), shape: [3, 5, 5] });
  const { data } = transformer.preprocess('data', { data: new Float32Array(12).fill(10), shape: [2, 2, 3] });
  t.true(data.every((x) => x === 3));
});

test('Transformer refuses settings that do not fit the input', (t) => {
  const transformer = new io.Transformer({ data: [1, 3, 4, 4] });
  t.throws(
    () => {
      transformer.setRawScale('date', 2);
    },
    { instanceOf: RangeError, message: /no input "date".*\(data\)/ },
  );
  t.throws(
    () => {
      transformer.setTranspose('data', [0, 1]);
    },
    { instanceOf: RangeError, message: /each of 0 to 2 once/ },
  );
  t.throws(
    () => {
      transformer.setChannelSwap('data', [2, 1, 1]);
    },
    {
      instanceOf: RangeError,
      message: /each of 0 to 2 once/,
    },
  );
  t.throws(
    () => {
      transformer.setMean('data', [1, 2]);
    },
    { instanceOf: RangeError, message: /3 numbers/ },
  );
  t.throws(
    () => {
      transformer.setMean('data', ramp(2, 4, 4));
    },
    {
      instanceOf: RangeError,
      message: /3 channels.*\(2, 4, 4\)/,
    },
  );
  t.throws(
    () => {
      transformer.setInputScale('data', '2' as never);
    },
    { instanceOf: TypeError, message: /scale/ },
  );
  t.throws(() => transformer.preprocess('data', ramp(4, 4)), { instanceOf: RangeError, message: /3 axes/ });
  t.throws(() => transformer.deprocess('data', ramp(2, 3, 4, 4)), { instanceOf: RangeError, message: /3 axes/ });
});

test('preprocess refuses an image that does not come out in the shape of the input', (t) => {
  const transformer = new io.Transformer({ data: [1, 3, 32, 32], vector: [2, 5] });
  // pycaffe takes 6 and 32 for the height and the width, and gives (32, 32, 32).
  t.throws(() => transformer.preprocess('data', ramp(6, 32, 32)), {
    instanceOf: RangeError,
    message:
      "Expected an image that becomes (3, 32, 32) for data but (6, 32, 32) becomes (32, 32, 32); setTranspose('data', " +
      '[2, 0, 1]) takes H·W·K',
  });
  t.throws(() => transformer.preprocess('data', ramp(32, 32, 3)), { instanceOf: RangeError, message: /setTranspose/ });
  // K·H·W that fits needs no transpose, and is not resized.
  t.deepEqual(transformer.preprocess('data', ramp(3, 32, 32)), ramp(3, 32, 32));
  t.throws(() => transformer.preprocess('vector', ramp(4)), { instanceOf: RangeError, message: /becomes \(5\)/ });
  t.deepEqual(transformer.preprocess('vector', ramp(5)), ramp(5));

  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setChannelSwap('data', [2, 1, 0]);
  for (const shape of [
    [32, 32, 6],
    [40, 50, 1],
    [3, 32, 32],
  ]) {
    t.throws(() => transformer.preprocess('data', ramp(...shape)), {
      instanceOf: RangeError,
      message: /becomes \(3, 32, 32\) for data but .* becomes \((6|1|32), 32, 32\)$/,
    });
  }
  t.deepEqual(transformer.preprocess('data', ramp(40, 50, 3)).shape, [3, 32, 32]);
});

test('deprocess refuses another number of channels, and takes another size', (t) => {
  const transformer = new io.Transformer({ data: [1, 3, 4, 4] });
  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setChannelSwap('data', [2, 1, 0]);
  // The swap of three channels would leave zeros in the others.
  t.throws(() => transformer.deprocess('data', ramp(4, 4, 3)), { instanceOf: RangeError, message: /3 channels/ });
  const { data, shape } = transformer.deprocess('data', ramp(3, 1, 2));
  t.deepEqual(shape, [1, 2, 3]);
  t.deepEqual([...data], [4, 2, 0, 5, 3, 1]);
  transformer.setMean('data', ramp(3, 4, 4));
  t.throws(() => transformer.deprocess('data', ramp(3, 1, 2)), { instanceOf: RangeError, message: /4 x 4/ });
});

test('Transformer says what has been set, by input, in copies', (t) => {
  const transformer = new io.Transformer({ data: [1, 3, 4, 5], other: [2, 1, 2, 2] });
  t.deepEqual(transformer.inputs, { data: [1, 3, 4, 5], other: [2, 1, 2, 2] });
  const { transpose, channelSwap, rawScale, mean, inputScale } = transformer;
  t.deepEqual([transpose, channelSwap, rawScale, mean, inputScale], [{}, {}, {}, {}, {}]);
  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setChannelSwap('data', [2, 1, 0]);
  transformer.setRawScale('data', 255);
  transformer.setMean('data', [1, 2, 3]);
  transformer.setInputScale('other', 0.5);
  t.deepEqual(transformer.transpose, { data: [2, 0, 1] });
  t.deepEqual(transformer.channelSwap, { data: [2, 1, 0] });
  t.deepEqual(transformer.rawScale, { data: 255 });
  t.deepEqual(transformer.mean, { data: { data: Float64Array.of(1, 2, 3), shape: [3, 1, 1] } });
  t.deepEqual(transformer.inputScale, { other: 0.5 });
  transformer.mean['data'].data[0] = 7;
  t.is(transformer.mean['data'].data[0], 1);
});
