import test from 'ava';
import { Net, onnx, SGDSolver } from 'tscaffe';
import { constantsOf } from './model.js';

const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }';

function product(name: string, bottom: string, shared: boolean): string {
  const params = shared ? 'param { name: "w" } param { name: "b" }' : '';
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${params}
                  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }`;
}

test('weights that layers share by name are in the file once', (t) => {
  const constants = (shared: boolean): Record<string, number> =>
    constantsOf(
      onnx.fromNet(
        new Net({ text: `${input} ${product('left', 'x', shared)} ${product('right', 'left', shared)}` }, 'test'),
      ),
    );
  t.deepEqual(constants(false), { 'left.blobs[0]': 9, 'left.blobs[1]': 3, 'right.blobs[0]': 9, 'right.blobs[1]': 3 });
  t.deepEqual(constants(true), { 'left.blobs[0]': 9, 'left.blobs[1]': 3 });
});

test('layers of one name each have their own weights', (t) => {
  const net = new Net(
    { text: `${input} ${product('fc', 'x', false)} ${product('fc', 'fc', false).replace('top: "fc"', 'top: "y"')}` },
    'test',
  );
  t.deepEqual(Object.values(constantsOf(onnx.fromNet(net))).sort(), [3, 3, 9, 9]);
});

test('the weights are copied: a net that trains on does not change them', (t) => {
  const target = 'layer { name: "y" type: "DummyData" top: "y" dummy_data_param { shape { dim: 2 dim: 3 } } }';
  const loss = 'layer { name: "loss" type: "EuclideanLoss" bottom: "fc" bottom: "y" top: "loss" }';
  const data = input
    .replace('Input', 'DummyData')
    .replace('input_param {', 'dummy_data_param { data_filler { value: 1 }');
  const solver = new SGDSolver({
    text: `net_param { ${data} ${target} ${product('fc', 'x', false)} ${loss} } test_iter: 1 test_interval: 1000
           base_lr: 0.1 lr_policy: "fixed"`,
  });
  const [net] = solver.testNets;
  const options = { outputs: ['fc'] };
  const model = onnx.fromNet(net, options);
  const before = model.slice();
  t.deepEqual(onnx.fromNet(net, options), before);
  solver.step(1);
  t.deepEqual(model, before);
  t.notDeepEqual(onnx.fromNet(net, options), before);
});

test('the bytes of a small model have a buffer of their own', (t) => {
  const model = onnx.fromNet(new Net({ text: `${input} ${product('fc', 'x', false)}` }, 'test'));
  t.is(Object.getPrototypeOf(model), Uint8Array.prototype);
  t.is(model.buffer.byteLength, model.length);
});
