import test from 'ava';
import { CaffeError, Net, onnx } from 'tscaffe';
import { decode, run, shapesOf } from './model.js';

const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }';
const values = [-1, 2, -3, 4];
const netOf = (text: string): Net => new Net({ text: input + text }, 'test');

const layer = (type: string, bottom: string, top: string, fields = ''): string =>
  `layer { name: "${top}_${type}" type: "${type}" bottom: "${bottom}" top: "${top}" ${fields} }`;

/** What Caffe computes, by blob. */
function forward(net: Net): Record<string, number[]> {
  net.forward({ x: values });
  return Object.fromEntries(Object.entries(net.blobs).map(([name, { data }]) => [name, [...data]]));
}

test('in-place layers: the last value has the name of the blob, those before have names of their own', async (t) => {
  const net = netOf(
    layer('AbsVal', 'x', 'y') + layer('Power', 'y', 'y', 'power_param { scale: -1 }') + layer('ReLU', 'y', 'y'),
  );
  const model = onnx.fromNet(net);
  const nodes = decode(model).graph?.node ?? [];
  t.deepEqual(
    nodes.map(({ opType, output }) => [opType, ...(output ?? [])]),
    [
      ['Abs', 'y_AbsVal/Abs'],
      ['Mul', 'y_Power/Mul'],
      ['Relu', 'y'],
    ],
  );
  t.deepEqual(await run(model, { x: values }), { y: forward(net)['y'] });
});

test('an input that a layer works on in place keeps its name, and what comes of it has another', async (t) => {
  const net = netOf(layer('ReLU', 'x', 'x'));
  const model = onnx.fromNet(net);
  t.deepEqual(shapesOf(model, 'input'), { x: [1, 4] });
  t.deepEqual(shapesOf(model, 'output'), { 'x/Identity': [1, 4] });
  t.deepEqual(await run(model, { x: values }), { 'x/Identity': [0, 2, 0, 4] });

  const above = netOf(layer('ReLU', 'x', 'x') + layer('Power', 'x', 'y', 'power_param { scale: 2 }'));
  t.deepEqual(await run(onnx.fromNet(above), { x: values }), { y: [0, 4, 0, 8] });
});

/** Layers whose top has the memory of their bottom. */
const sharing: Record<string, string> = {
  Split: layer('Split', 'x', 'r'),
  Reshape: layer('Reshape', 'x', 'r', 'reshape_param { shape { dim: 2 dim: 2 } }'),
  Flatten: layer('Flatten', 'x', 'r', 'flatten_param { axis: 0 }'),
  Concat: layer('Concat', 'x', 'r'),
  Slice: layer('Slice', 'x', 'r'),
};

for (const [type, text] of Object.entries(sharing)) {
  test(`a layer in place over the memory of a ${type} is refused where it matters`, async (t) => {
    const after = netOf(text + layer('ReLU', 'r', 'r') + layer('AbsVal', 'x', 'y'));
    const { y } = forward(after);
    // |x| would be 1, 2, 3, 4.
    t.deepEqual(y, [0, 2, 0, 4], 'Caffe reads what the ReLU has written over x');
    t.throws(() => onnx.fromNet(after), {
      instanceOf: CaffeError,
      message: /"y_AbsVal" \(AbsVal\): reads ".*", which layer "r_ReLU" has written over/,
    });
    t.deepEqual(await run(onnx.fromNet(after, { outputs: ['r'] }), { x: values }), { r: [0, 2, 0, 4] });

    const before = netOf(text + layer('AbsVal', 'x', 'y') + layer('ReLU', 'r', 'r'));
    t.deepEqual(forward(before)['y'], [1, 2, 3, 4], 'here it reads before that');
    t.deepEqual(await run(onnx.fromNet(before), { x: values }), { r: [0, 2, 0, 4], y: [1, 2, 3, 4] });
  });
}

test('an output that a layer writes over in place is refused, and what that layer makes of it is not', async (t) => {
  const net = netOf(
    layer('Power', 'x', 'c', 'power_param { scale: 2 }') +
      sharing['Reshape'].replaceAll('"x"', '"c"') +
      layer('ReLU', 'r', 'r'),
  );
  t.deepEqual(forward(net)['c'], [0, 4, 0, 8], 'in Caffe the output c holds what the ReLU has written');
  t.throws(() => onnx.fromNet(net, { outputs: ['c', 'r'] }), {
    message: /"c_Power" \(Power\): a layer above works in place on the memory of its top, which is an output$/m,
  });
  t.deepEqual(await run(onnx.fromNet(net, { outputs: ['r'] }), { x: values }), { r: [0, 4, 0, 8] });
});

test('a layer in place over a copy is exported', async (t) => {
  const net = netOf(layer('Power', 'x', 'r') + layer('ReLU', 'r', 'r') + layer('AbsVal', 'x', 'y'));
  t.deepEqual(forward(net)['y'], [1, 2, 3, 4]);
  t.deepEqual(await run(onnx.fromNet(net), { x: values }), { r: [0, 2, 0, 4], y: [1, 2, 3, 4] });
});
