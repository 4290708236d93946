import test from 'ava';
import { Net, onnx } from 'tscaffe';
import { decode, run } from './model.js';

const input = (name: string, ...dims: number[]): string =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} } } }\n`;
const product = `layer {
  name: "f" type: "InnerProduct" bottom: "d" top: "f"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } }
}`;

test('a net whose input has been reshaped since its last forward is exported for the new shape', async (t) => {
  // The mean of 16 ones is 1; by the shapes from before it would be their sum by 4.
  const text = `${input('d', 1, 1, 2, 2)}
    layer {
      name: "a" type: "Convolution" bottom: "d" top: "a"
      convolution_param { num_output: 1 kernel_size: 1 weight_filler { type: "constant" value: 1 } }
    }
    layer { name: "m" type: "Reduction" bottom: "a" top: "m" reduction_param { operation: MEAN axis: 1 } }`;
  const net = new Net({ text }, 'test');
  net.blobs['d'].reshape(1, 1, 4, 4);
  const { m } = await run(onnx.fromNet(net), { d: new Array<number>(16).fill(1) });
  t.deepEqual(m, [1]);
});

test('an input of a size that Caffe refuses is refused with its error', (t) => {
  const net = new Net({ text: input('d', 2, 3) + product }, 'test');
  net.blobs['d'].reshape(2, 4);
  t.throws(() => onnx.fromNet(net), { code: 'ERR_CAFFE_CHECK', message: /"f" reshape/ });
});

test('a learnable blob that somebody has reshaped is refused, or taken as Caffe takes it', (t) => {
  const net = new Net({ text: input('d', 2, 3) + product }, 'test');
  net.params['f'][0].reshape(3, 2);
  t.deepEqual(decode(onnx.fromNet(net)).graph?.initializer?.[0].dims?.map(Number), [2, 3]);
  net.params['f'][1].reshape(5);
  const message = /"f" \(InnerProduct\): has a learnable blob 1 of the shape \(5\), but needs \(2\)/;
  t.throws(() => onnx.fromNet(net), { code: 'ERR_CAFFE_LAYER', message });
});

test('a top without a name is refused', (t) => {
  const net = new Net({ text: input('d', 2, 3) + product.replace('top: "f"', 'top: ""') }, 'test');
  t.throws(() => onnx.fromNet(net), { code: 'ERR_CAFFE_LAYER', message: /has a top without a name/ });
});

test('an LSTM of one step, whose state and top are one memory, is refused where a layer writes over one', (t) => {
  const lstm = (steps: number): Net =>
    new Net(
      {
        text: `${input('x', steps, 1, 2)}${input('cont', steps, 1)}${input('h0', 1, 1, 2)}${input('c0', 1, 1, 2)}
          layer {
            name: "l" type: "LSTM" bottom: "x" bottom: "cont" bottom: "h0" bottom: "c0" top: "y" top: "h1" top: "c1"
            recurrent_param { num_output: 2 expose_hidden: true weight_filler { type: "uniform" } }
          }
          layer { name: "r" type: "Power" bottom: "y" top: "y" power_param { scale: -3 } }`,
      },
      'test',
    );
  t.throws(() => onnx.fromNet(lstm(1)), { code: 'ERR_CAFFE_LAYER', message: /"l" \(LSTM\): .* works in place/ });
  t.notThrows(() => onnx.fromNet(lstm(3)));
});
