import { readFileSync } from 'node:fs';
import test from 'ava';
import { io } from 'tscaffe';
import { distance, unpack, type Packed } from './packed-array.js';

interface Settings {
  transpose?: number[];
  channelSwap?: number[];
  rawScale?: number;
  mean?: Packed;
  inputScale?: number;
}

/** What pycaffe computed; io/generate.py writes it. */
const peer = JSON.parse(readFileSync(new URL('io/peer.json', import.meta.url), 'utf8')) as {
  loads: { file: string; color: boolean; result: Packed }[];
  resizes: { image: Packed; dims: [number, number]; order: 0 | 1; result: Packed }[];
  transforms: { shape: number[]; settings: Settings; image: Packed; preprocessed: Packed; deprocessed: Packed }[];
  oversamples: { images: Packed[]; dims: [number, number]; result: Packed }[];
  messages: Record<'values' | 'diff' | 'pixels', Packed> &
    Record<'blob' | 'blobWithDiff' | 'blobVector' | 'datum' | 'labelledDatum' | 'floatDatum', string>;
};

for (const { file, color, result } of peer.loads) {
  test(`loadImage gives the numbers of pycaffe for ${file}, ${color ? 'in colour' : 'in grey'}`, async (t) => {
    const image = await io.loadImage(`test/parity/io/images/${file}`, color);
    const apart = distance(image, unpack(result));
    t.true(apart <= 1e-7);
  });
}

for (const order of [0, 1] as const) {
  for (const squares of [true, false]) {
    test(`resizeImage gives the numbers of pycaffe, order ${order}, ${squares ? 'by scikit-image' : 'by scipy'}`, (t) => {
      const cases = peer.resizes.filter(
        ({ image, order: wanted }) => wanted === order && [1, 3].includes(image.shape[2]) === squares,
      );
      t.true(cases.length >= 16);
      for (const { image, dims, result } of cases) {
        const apart = distance(io.resizeImage(unpack(image), dims, order), unpack(result)) / 300;
        t.true(apart <= 2e-7, `(${image.shape.join(', ')}) to (${dims.join(', ')}): ${apart} of the range`);
      }
    });
  }
}

for (const [index, { shape, settings, image, preprocessed, deprocessed }] of peer.transforms.entries()) {
  const names = Object.entries(settings).map(([name, value]) =>
    name === 'mean' ? `mean (${(value as Packed).shape.join(', ')})` : name,
  );
  const title = `${names.join(', ') || 'nothing'} set, on (${image.shape.join(', ')})`;
  test(`Transformer gives the numbers of pycaffe with ${title} (${index})`, (t) => {
    const transformer = new io.Transformer({ data: shape });
    const { transpose, channelSwap, rawScale, mean, inputScale } = settings;
    if (transpose) transformer.setTranspose('data', transpose);
    if (channelSwap) transformer.setChannelSwap('data', channelSwap);
    if (rawScale !== undefined) transformer.setRawScale('data', rawScale);
    if (mean) transformer.setMean('data', mean.shape.length === 1 ? [...unpack(mean).data] : unpack(mean));
    if (inputScale !== undefined) transformer.setInputScale('data', inputScale);

    const given = unpack(image);
    if (!transpose) {
      // pycaffe gives H·W·K, which the input, K·H·W, would take for something else.
      t.throws(() => transformer.preprocess('data', given), {
        instanceOf: RangeError,
        message: /setTranspose\('data'/,
      });
      return;
    }
    const result = transformer.preprocess('data', given);
    const range = Math.max(1, rawScale ?? 0) * Math.max(1, inputScale ?? 0);
    const apart = distance(result, unpack(preprocessed)) / range;
    t.true(apart <= 1e-6, `preprocess: ${apart} of the range`);
    t.deepEqual(given, unpack(image), 'what is preprocessed stays as it is');

    const back = transformer.deprocess('data', unpack(preprocessed));
    const apartBack = distance(back, unpack(deprocessed));
    t.true(apartBack <= 1e-6, `deprocess: ${apartBack}`);
    const batched = { data: unpack(preprocessed).data, shape: [1, ...preprocessed.shape] };
    t.deepEqual(transformer.deprocess('data', batched), back, 'one image as a blob has it');
  });
}

test('oversample gives the very numbers of pycaffe', (t) => {
  for (const { images, dims, result } of peer.oversamples) {
    t.deepEqual(io.oversample(images.map(unpack), dims), unpack(result) as io.NdArray);
  }
});

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

test('arrays become the very BlobProtos of pycaffe, and come back', (t) => {
  const { blob, blobWithDiff, blobVector } = peer.messages;
  const values = unpack(peer.messages.values) as io.NdArray;
  const diff = unpack(peer.messages.diff) as io.NdArray;
  t.deepEqual(new Uint8Array(io.arrayToBlobproto(values)), bytes(blob));
  t.deepEqual(new Uint8Array(io.arrayToBlobproto(values, diff)), bytes(blobWithDiff));
  t.deepEqual(new Uint8Array(io.arraylistToBlobprotovectorStr([values, diff])), bytes(blobVector));
  t.deepEqual(io.blobprotoToArray(bytes(blob)), values);
  t.deepEqual(io.blobprotoToArray(bytes(blobWithDiff), true), diff);
  t.deepEqual(io.blobprotovectorStrToArraylist(bytes(blobVector)), [values, diff]);
});

test('arrays become the very Datums of pycaffe, and come back', (t) => {
  const { datum, labelledDatum, floatDatum } = peer.messages;
  const values = unpack(peer.messages.values) as io.NdArray;
  const pixels = unpack(peer.messages.pixels) as io.NdArray<Uint8Array>;
  t.deepEqual(new Uint8Array(io.arrayToDatum(pixels)), bytes(datum));
  t.deepEqual(new Uint8Array(io.arrayToDatum(pixels, 7)), bytes(labelledDatum));
  t.deepEqual(new Uint8Array(io.arrayToDatum(values, 300)), bytes(floatDatum));
  t.deepEqual(io.datumToArray(bytes(datum)), { ...pixels, label: 0 });
  t.deepEqual(io.datumToArray(bytes(labelledDatum)), { ...pixels, label: 7 });
  t.deepEqual(io.datumToArray(bytes(floatDatum)), { ...values, label: 300 });
});
