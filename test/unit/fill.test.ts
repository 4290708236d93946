import test from 'ava';
import { Blob, createLayer, fill, setRandomSeed, type FillerParameter } from 'tscaffe';

const random: FillerParameter[] = [
  { type: 'uniform', min: -2, max: 3 },
  { type: 'gaussian', mean: 1, std: 0.5 },
  { type: 'gaussian', sparse: 2 },
  { type: 'positive_unitball' },
  { type: 'xavier', varianceNorm: 'AVERAGE' },
  { type: 'msra', varianceNorm: 'FAN_OUT' },
];

for (const filler of random) {
  test(`fill by ${JSON.stringify(filler)} gives the numbers that Caffe's own layers get with the same seed`, (t) => {
    setRandomSeed(7);
    const layer = createLayer({ type: 'InnerProduct', innerProductParam: { numOutput: 5, weightFiller: filler } });
    layer.setup([new Blob(1, 6)], [new Blob()]);
    setRandomSeed(7);
    const blob = new Blob(5, 6);
    fill(blob, filler);
    t.deepEqual([...blob.data], [...layer.blobs[0].data]);
    t.true(new Set(blob.data).size > 5);
  });
}

test('fill by a constant and by bilinear weights gives the numbers of hand arithmetic', (t) => {
  const blob = new Blob(2, 1, 2, 2);
  fill(blob, { type: 'constant', value: 1.5 });
  t.true(blob.data.every((value) => value === 1.5));
  // f = 1, c = 1 / 2: (1 - |x - 1 / 2|) (1 - |y - 1 / 2|) for x and y of 0 and 1
  fill(blob, { type: 'bilinear' });
  t.true(blob.data.every((value) => value === 0.25));
});

test('fill refuses what Caffe does not know, and what does not fit the shape', (t) => {
  const blob = new Blob(3);
  t.throws(
    () => {
      fill(blob, { type: 'xaver' });
    },
    { instanceOf: TypeError, message: /no filler xaver/ },
  );
  t.throws(
    () => {
      fill(blob, { type: 'constant', values: 1 } as never);
    },
    { instanceOf: TypeError, message: /did you mean value\?/ },
  );
  t.throws(
    () => {
      fill(blob, { type: 'bilinear' });
    },
    { code: 'ERR_CAFFE_CHECK', message: /Blob must be 4 dim/ },
  );
  t.throws(
    () => {
      fill(new Blob(0), { type: 'uniform' });
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
  for (const bounds of [{ min: -Infinity }, { max: 1e39 }, { min: 3, max: 2 }, { max: NaN }]) {
    t.throws(
      () => {
        fill(blob, { type: 'uniform', ...bounds });
      },
      { instanceOf: RangeError },
    );
  }
  t.throws(
    () => {
      fill([1, 2] as never, { type: 'uniform' });
    },
    { instanceOf: TypeError, message: /a Blob for blob/ },
  );
  t.throws(
    () => {
      fill(blob, 'uniform' as never);
    },
    { instanceOf: TypeError },
  );
});
