import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'ava';
import { CaffeError, Detector, io, type DetectorOptions, type Window } from 'tscaffe';

interface Expected {
  filename: string;
  window: Window;
  prediction: number[];
  /** Every seventh value of the crop. */
  crop: { shape: number[]; sum: number; values: number[] };
}

/** What pycaffe computed; detector/generate.py writes it. */
const peer = JSON.parse(readFileSync(new URL('detector/peer.json', import.meta.url), 'utf8')) as {
  options: Omit<DetectorOptions, 'mean'> & { mean?: number[] | number[][][] };
  detections: Expected[];
}[];
const model = 'test/parity/classifier/deploy.prototxt';
const weights = 'test/parity/classifier/weights.caffemodel';

function detectorOf({ mean, ...options }: (typeof peer)[number]['options']): Detector {
  if (mean === undefined) return new Detector(model, weights, options);
  const numbers = mean.flat(2);
  const array = numbers.length === 3 ? numbers : { data: Float64Array.from(numbers), shape: [3, 10, 10] };
  return new Detector(model, weights, { ...options, mean: array });
}

for (const { options, detections } of peer) {
  const title = `${Object.keys(options).join(', ') || 'nothing'} set, context of ${options.contextPad ?? 0}`;
  test(`Detector cuts out what pycaffe cuts out, ${title}`, async (t) => {
    using detector = detectorOf(options);
    for (const { filename, window, crop } of detections) {
      const { data, shape } = detector.crop(await io.loadImage(filename), window);
      t.deepEqual(shape, crop.shape);
      for (const [i, expected] of crop.values.entries()) {
        t.true(Math.abs(data[7 * i] - expected) <= 1e-6, `${window.join()} [${7 * i}]: ${data[7 * i]}, ${expected}`);
      }
      const sum = data.reduce((total, x) => total + x, 0);
      t.true(Math.abs(sum - crop.sum) <= 1e-6 * data.length, `${window.join()}: sum ${sum}, pycaffe's ${crop.sum}`);
    }
  });

  test(`Detector says what pycaffe says, ${title}`, async (t) => {
    using detector = detectorOf(options);
    const files = [...new Set(detections.map(({ filename }) => filename))];
    const found = await detector.detectWindows(
      files.map((file) => [file, detections.flatMap(({ filename, window }) => (filename === file ? [window] : []))]),
    );
    t.is(found.length, detections.length);
    for (const [i, { filename, window, prediction }] of found.entries()) {
      const expected = detections[i];
      t.deepEqual({ filename, window }, { filename: expected.filename, window: expected.window });
      t.is(prediction.length, 5);
      for (const [c, x] of prediction.entries()) {
        t.true(Math.abs(x - expected.prediction[c]) <= 1e-6, `${i}: ${x}, pycaffe's ${expected.prediction[c]}`);
      }
    }
  });
}

test('detectSelectiveSearch looks at the windows that it is given', async (t) => {
  using detector = detectorOf({});
  const [{ filename, window, prediction }] = peer[0].detections;
  const asked: string[][] = [];
  const found = await detector.detectSelectiveSearch([filename], (files) => {
    asked.push(files);
    return Promise.resolve([[window]]);
  });
  t.deepEqual(asked, [[resolve(filename)]]);
  t.is(found.length, 1);
  t.deepEqual([found[0].filename, found[0].window], [resolve(filename), window]);
  t.true(Math.abs(found[0].prediction[0] - prediction[0]) <= 1e-6);
  await t.throwsAsync(detector.detectSelectiveSearch([filename], undefined as never), { instanceOf: TypeError });
  await t.throwsAsync(
    detector.detectSelectiveSearch([filename], () => []),
    { instanceOf: TypeError, message: /1 lists of windows/ },
  );
});

test('Detector refuses windows, files and contexts that do not fit', async (t) => {
  using detector = detectorOf({ contextPad: 2 });
  const image = { data: new Float32Array(15 * 20 * 3), shape: [15, 20, 3] };
  t.throws(() => detector.crop(image, [2, 3, 2, 9]), { instanceOf: RangeError, message: /nothing of the image/ });
  t.throws(() => detector.crop(image, [15, 0, 18, 9]), { instanceOf: RangeError, message: /15 x 20/ });
  t.throws(() => detector.crop(image, [-1, 0, 8, 9]), { instanceOf: RangeError, message: /window\[0\]/ });
  t.throws(() => detector.crop({ data: image.data, shape: [45, 20, 1] }, [0, 0, 8, 8]), {
    instanceOf: RangeError,
    message: /3 channels/,
  });
  t.throws(() => detector.crop(image, [0, 0, 8] as never), { instanceOf: RangeError, message: /4/ });
  t.throws(
    () => {
      detector.configureCrop(5);
    },
    { instanceOf: RangeError, message: /0 to 4 for contextPad/ },
  );
  t.is(detector.contextPad, 2);
  detector.configureCrop(0);
  t.deepEqual(detector.crop(image, [10, 10, 30, 30]).shape, [5, 10, 3]);
  await t.throwsAsync(detector.detectWindows([['missing.png', [[0, 0, 2, 2]]]]), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FILE',
  });
  t.deepEqual(await detector.detectWindows([]), []);
});
