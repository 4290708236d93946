import { join } from 'node:path';
import { Classifier, io, Net } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [folder] = process.argv.slice(2);

/** An image that follows from its size alone. */
function picture(height: number, width: number): io.NdArray {
  const data = Float32Array.from({ length: height * width * 3 }, (_, i) => ((i * 7919) % 256) / 255);
  return { data, shape: [height, width, 3] };
}

const net = new Net(join(folder, 'scale.prototxt'), 'test');
const batch = new Float32Array(4 * 3 * 227 * 227).fill(0.5);

const transformer = new io.Transformer({ data: [4, 3, 227, 227] });
transformer.setTranspose('data', [2, 0, 1]);
transformer.setChannelSwap('data', [2, 1, 0]);
transformer.setRawScale('data', 255);
transformer.setMean('data', [104, 117, 123]);
const fitting = picture(227, 227);
const photo = picture(360, 480);

const classifier = new Classifier(join(folder, 'means.prototxt'), join(folder, 'means.caffemodel'), {
  imageDims: [256, 256],
  mean: [104, 117, 123],
  rawScale: 255,
  channelSwap: [2, 1, 0],
});

await takeRounds((stopwatch) => {
  for (const [quantity, work, repetitions] of [
    ['forwardAll', () => net.forwardAll({ data: batch }), 60],
    ['preprocess', () => transformer.preprocess('data', fitting), 200],
    ['preprocess with a resize', () => transformer.preprocess('data', photo), 15],
    ['predict, ten crops', () => classifier.predict([photo]), 8],
  ] as const) {
    stopwatch.measure(quantity, repetitions, () => {
      for (let i = 0; i < repetitions; i++) work();
    });
  }
});
