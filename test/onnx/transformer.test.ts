import test from 'ava';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { io, Net, onnx } from 'tscaffe';

const prototxt = `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 5 } } }
  layer {
    name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } }
  }`;

/** An image as io.loadImage gives it: rows, columns, then red, green and blue, from 0 to 1. */
const image = { data: Float32Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) / 60), shape: [4, 5, 3] };

function meanImage(): { data: Float64Array; shape: number[] } {
  return { data: Float64Array.from({ length: 60 }, (_, i) => 100 + (i % 7)), shape: [3, 4, 5] };
}

async function run(bytes: Uint8Array, shape: readonly number[], data: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes);
  const { conv } = await session.run({ data: new Tensor('float32', data, shape) });
  return conv?.data as Float32Array;
}

function compare(
  t: { true(value: boolean, message?: string): unknown },
  actual: Float32Array,
  expected: Float32Array,
): void {
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN))));
  t.true(difference <= 1e-5 * largest, `${difference} of ${largest}`);
}

for (const [title, mean] of [
  ['a mean for each channel', [104, 117, 123]],
  ['a mean image', meanImage()],
] as const) {
  test(`a model with a transformer takes an RGB image: ${title}`, async (t) => {
    const net = new Net({ text: prototxt }, 'test');
    const transformer = new io.Transformer({ data: [1, 3, 4, 5] });
    transformer.setTranspose('data', [2, 0, 1]);
    transformer.setChannelSwap('data', [2, 1, 0]);
    transformer.setRawScale('data', 255);
    transformer.setMean('data', mean);
    transformer.setInputScale('data', 0.017);
    const actual = await run(onnx.fromNet(net, { transformer }), [1, 4, 5, 3], image.data);
    const { conv = new Float32Array() } = net.forward({ data: transformer.preprocess('data', image).data });
    compare(t, actual, conv);
  });
}

test('a transformer that only scales leaves the axes as they are', async (t) => {
  const net = new Net({ text: prototxt }, 'test');
  const transformer = new io.Transformer({ data: [1, 3, 4, 5] });
  transformer.setRawScale('data', 2);
  const actual = await run(onnx.fromNet(net, { transformer }), [1, 3, 4, 5], image.data);
  const { conv = new Float32Array() } = net.forward({ data: image.data.map((value) => 2 * value) });
  compare(t, actual, conv);
});

test('with dynamicBatch, a transformer takes any number of images', async (t) => {
  const net = new Net({ text: prototxt }, 'test');
  const transformer = new io.Transformer({ data: [1, 3, 4, 5] });
  transformer.setTranspose('data', [2, 0, 1]);
  const twice = Float32Array.from([...image.data, ...image.data]);
  const actual = await run(onnx.fromNet(net, { transformer, dynamicBatch: true }), [2, 4, 5, 3], twice);
  const { conv = new Float32Array() } = net.forward({ data: transformer.preprocess('data', image).data });
  compare(t, actual, Float32Array.from([...conv, ...conv]));
});

test('a transformer for another input, or for another shape, is refused', (t) => {
  const net = new Net({ text: prototxt }, 'test');
  const forInput = (name: string, shape: number[]): (() => void) => {
    const transformer = new io.Transformer({ [name]: shape });
    return () => onnx.fromNet(net, { transformer });
  };
  t.throws(forInput('image', [1, 3, 4, 5]), { instanceOf: RangeError, message: /no input "image"; it has \(data\)/ });
  t.throws(forInput('data', [1, 3, 8, 8]), { instanceOf: RangeError, message: /"data" is \(1, 3, 4, 5\) in the net/ });
  t.throws(() => onnx.fromNet(net, { transformer: {} as io.Transformer }), { instanceOf: TypeError });
});
