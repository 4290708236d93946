import { readFileSync } from 'node:fs';
import test from 'ava';
import { Classifier, io, type ClassifierOptions } from 'tscaffe';

/** What pycaffe computed; classifier/generate.py writes it. */
const peer = JSON.parse(readFileSync(new URL('classifier/peer.json', import.meta.url), 'utf8')) as {
  images: string[];
  cases: { options: ClassifierOptions; oversample: boolean; predictions: number[][] }[];
};
const model = 'test/parity/classifier/deploy.prototxt';
const weights = 'test/parity/classifier/weights.caffemodel';

for (const { options, oversample, predictions } of peer.cases) {
  const title = `${JSON.stringify(options)}, ${oversample ? 'ten parts' : 'the middle'}`;
  test(`Classifier predicts what pycaffe predicts, ${title}`, async (t) => {
    const images = await Promise.all(peer.images.map((file) => io.loadImage(file)));
    using classifier = new Classifier(model, weights, options);
    const { data, shape } = classifier.predict(images, oversample);
    t.deepEqual(shape, [3, 5]);
    for (const [i, expected] of predictions.flat().entries()) {
      t.true(Math.abs(data[i] - expected) <= 1e-6, `[${i}]: ${data[i]}, pycaffe's ${expected}`);
    }
    t.deepEqual(await classifier.predictAsync(images, oversample), { data, shape });
  });
}

test('the predictions differ from image to image and from setting to setting', (t) => {
  const firsts = peer.cases.flatMap(({ predictions }) => predictions.map(([first]) => first));
  t.is(new Set(firsts.map((first) => first.toFixed(5))).size, firsts.length);
});

test('Classifier refuses images and nets that it cannot classify', (t) => {
  t.throws(() => new Classifier(model, weights, { imageDims: [8, 12] }), {
    instanceOf: RangeError,
    message: /at least \(10, 10\) but received \(8, 12\)/,
  });
  t.throws(() => new Classifier(model, weights, { mean: [1, 2] }), { instanceOf: RangeError, message: /3 numbers/ });
  const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }`;
  t.throws(() => new Classifier({ text }, weights), { instanceOf: RangeError, message: /N·K·H·W but x has \(2, 3\)/ });
  const inputless = `layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 } } }`;
  t.throws(() => new Classifier({ text: inputless }, weights), { instanceOf: RangeError, message: /no input/ });

  using classifier = new Classifier(model, weights);
  const image = (channels: number): io.NdArray => ({
    data: new Float32Array(100 * channels),
    shape: [10, 10, channels],
  });
  t.throws(() => classifier.predict(image(3) as never), { instanceOf: TypeError, message: /array of images/ });
  t.throws(() => classifier.predict([{ data: new Float32Array(9), shape: [3, 3] }]), {
    instanceOf: RangeError,
    message: /images\[0\]/,
  });
  t.throws(() => classifier.predict([image(1)]), { instanceOf: RangeError, message: /3 channels/ });
  t.deepEqual(classifier.predict([]).shape, [0, 5]);
});
