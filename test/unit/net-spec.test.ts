import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  layers,
  layerTypes,
  Layer,
  Net,
  NetSpec,
  params,
  readNet,
  readSolver,
  registerLayer,
  toProto,
  toPrototxt,
  Top,
  type Blob,
  type LayerFields,
  type NetMessage,
} from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

declare module 'tscaffe' {
  interface LayerTypes {
    Doubler: LayerFields;
  }
}

class Doubler extends Layer {
  reshape([bottom]: [Blob], [top]: [Blob]): void {
    top.reshape(...bottom.shape);
  }
  forward([bottom]: [Blob], [top]: [Blob]): void {
    top.data.set(bottom.data.map((x) => 2 * x));
  }
}
registerLayer('Doubler', Doubler);

// -- The cases of pycaffe's test_net_spec.py --------------------------------------------------------------------------

type Lenet = 'data' | 'label' | 'conv1' | 'pool1' | 'conv2' | 'pool2' | 'ip1' | 'relu1' | 'ip2' | 'loss';

function lenet(n: Record<Lenet, Top>): void {
  const weightFiller = { type: 'xavier' } as const;
  [n.data, n.label] = layers.DummyData({ ntop: 2, shape: [{ dim: [50, 1, 28, 28] }, { dim: [50, 1, 1, 1] }] });
  n.conv1 = layers.Convolution(n.data, { kernelSize: 5, numOutput: 20, weightFiller });
  n.pool1 = layers.Pooling(n.conv1, { kernelSize: 2, stride: 2, pool: 'MAX' });
  n.conv2 = layers.Convolution(n.pool1, { kernelSize: 5, numOutput: 50, weightFiller });
  n.pool2 = layers.Pooling(n.conv2, { kernelSize: 2, stride: 2, pool: params.Pooling.MAX });
  n.ip1 = layers.InnerProduct(n.pool2, { numOutput: 500, weightFiller });
  n.relu1 = layers.ReLU(n.ip1, { inPlace: true });
  n.ip2 = layers.InnerProduct(n.relu1, { numOutput: 10, weightFiller });
  n.loss = layers.SoftmaxWithLoss(n.ip2, n.label);
}

test('test_lenet: LeNet has its nine layers, ReLU in place, with names given and with automatic ones', (t) => {
  const named = new NetSpec<Lenet>();
  lenet(named);
  const anonymous = {} as Record<Lenet, Top>;
  lenet(anonymous);
  for (const [message, relu, ip1] of [
    [named.toProto(), 'relu1', 'ip1'],
    [anonymous.loss.toProto(), 'ReLU1', 'InnerProduct1'],
  ] as const) {
    t.is(message.layer[6]?.name, relu);
    t.deepEqual(message.layer[6]?.bottom, [ip1]);
    t.deepEqual(message.layer[6]?.top, [ip1]);
    using net = new Net(message, 'test');
    t.is(net.layerNames.length, 9);
  }
});

test('test_zero_tops: layers without tops build, and forward gives nothing', (t) => {
  const n = new NetSpec<'data' | 'data2' | 'silence_data' | 'silence_data2'>();
  [n.data, n.data2] = layers.DummyData({ shape: { dim: 3 }, ntop: 2 });
  n.silence_data = layers.Silence(n.data, { ntop: 0 });
  n.silence_data2 = layers.Silence(n.data2, { ntop: 0 });
  using net = new Net(n, 'test');
  t.deepEqual(net.layerNames, ['data', 'silence_data', 'silence_data2']);
  t.deepEqual(net.forward(), {});
});

test('test_type_error: a bottom that is no Top is named with its place and type', (t) => {
  const data = layers.DummyData({ ntop: 2 });
  // @ts-expect-error it should be ...data
  t.throws(() => layers.Silence(data, { ntop: 0 }), {
    instanceOf: TypeError,
    message: 'Silence input 0 is not a Top (type is Array)',
  });
});

// -- Names ------------------------------------------------------------------------------------------------------------

const names = (message: NetMessage): (string | null | undefined)[] => message.layer.map(({ name }) => name);

test('Layers come in the order of the names, each after those it needs; automatic names count by type', (t) => {
  const n = new NetSpec<'a' | 'b'>();
  const input = layers.Input({ shape: { dim: 1 } });
  n.a = layers.TanH(layers.ReLU(input));
  n.b = layers.Eltwise(layers.ReLU(n.a), layers.ReLU(input));
  t.deepEqual(names(n.toProto()), ['Input1', 'ReLU1', 'a', 'ReLU2', 'ReLU3', 'b']);
  t.deepEqual(n.toProto().layer.at(-1)?.bottom, ['ReLU2', 'ReLU3']);
});

test('An automatic name passes over the names that were given, where pycaffe makes two blobs of one name', (t) => {
  const n = new NetSpec<'ReLU1' | 'end'>();
  n.ReLU1 = layers.Input({ shape: { dim: 1 } });
  n.end = layers.TanH(layers.ReLU(n.ReLU1));
  t.deepEqual(names(n.toProto()), ['ReLU1', 'ReLU2', 'end']);
  t.notThrows(() => new Net(n, 'test'));
});

test('A top with two names has the last, as in pycaffe; one that is deleted or replaced has none', (t) => {
  const n = new NetSpec<'a' | 'b' | 'c'>();
  n.a = layers.Input({ shape: { dim: 1 } });
  n.b = n.a;
  n.c = layers.ReLU(n.a);
  t.deepEqual(names(n.toProto()), ['b', 'c']);
  delete (n as Partial<typeof n>).b;
  t.deepEqual(names(n.toProto()), ['a', 'c']);
  n.a = layers.Input({ shape: { dim: 2 } });
  t.deepEqual(names(n.toProto()), ['a', 'Input1', 'c']);
});

test('A layer with several tops is named for its first, whatever `name` its blobs have', (t) => {
  const n = new NetSpec<'right'>();
  const [, right] = layers.Slice(layers.Input({ shape: { dim: [1, 2] } }), { ntop: 2 });
  n.right = right;
  const [, slice] = n.toProto().layer;
  t.like(slice, { name: 'Slice1', top: ['Slice1', 'right'] });
  t.like(toProto(layers.Input({ name: 'other' })).layer[0], { name: 'other', top: ['Input1'] });
});

test('A NetSpec knows its names: in, Object.keys, tops, delete', (t) => {
  const n = new NetSpec();
  n['conv1/7x7'] = layers.Input({ shape: { dim: 1 } });
  n['10'] = layers.Input({ shape: { dim: 1 } });
  t.deepEqual(Object.keys(n), ['conv1/7x7', '10']);
  t.deepEqual([...n.tops.keys()], ['conv1/7x7', '10']);
  t.true('10' in n && !('11' in n));
  t.true(n['10'] instanceof Top);
  t.true(n instanceof NetSpec);
});

test('A NetSpec passes through await, and prints in the console', async (t) => {
  const n = new NetSpec<'data'>();
  n.data = layers.Input({ shape: { dim: 1 } });
  t.is(await Promise.resolve(n), n);
  t.regex(inspect(n), /^NetSpec \{/);
});

// -- Messages ---------------------------------------------------------------------------------------------------------

test('A message is a fresh plain object each time', (t) => {
  const top = layers.ReLU(layers.Input({ shape: { dim: [1, 2] } }), { param: [{ lrMult: 1 }] });
  const message = toProto(top);
  for (const layer of message.layer) layer.param = [];
  t.deepEqual(toProto(top).layer[1], {
    name: 'ReLU1',
    type: 'ReLU',
    bottom: ['Input1'],
    top: ['ReLU1'],
    param: [{ lrMult: 1 }],
  });
});

test('Fields that are undefined are not there, nor is a message in which nothing is set', (t) => {
  const top = layers.Scale(layers.Input(), { axis: undefined, filler: {}, biasTerm: false, name: undefined });
  t.deepEqual(toProto(top).layer[1]?.scaleParam, { biasTerm: false });
  // An entry of a repeated field counts even if it is empty: here a rule that always holds.
  t.deepEqual(toProto(layers.Input({ include: {} })).layer[0]?.include, [{}]);
});

test("A layer's own fields, its parameter message and other messages are put together", (t) => {
  const top = layers.Convolution(layers.Input(), {
    kernelSize: 3,
    convolutionParam: { numOutput: 2, kernelSize: [4], weightFiller: { type: 'xavier' } },
    weightFiller: { std: 1 },
    poolingParam: { pool: 'AVE' },
  });
  t.like(toProto(top).layer[1], {
    convolutionParam: { kernelSize: [3, 4], numOutput: 2, weightFiller: { type: 'xavier', std: 1 } },
    poolingParam: { pool: 1 },
  });
});

test('Enum values are the numbers of the schema', (t) => {
  // As pycaffe's params: P.Pooling.AVE is 1, P.Data.LMDB 1, P.Eltwise.MAX 2, P.HingeLoss.L2 2.
  t.is(params.Pooling.AVE, 1);
  t.is(params.Data.LMDB, 1);
  t.is(params.Eltwise.MAX, 2);
  t.is(params.HingeLoss.L2, 2);
  t.deepEqual(Object.keys(params.Eltwise), ['PROD', 'SUM', 'MAX']);
});

test('Bottoms and tops may be named too, for blobs that are made elsewhere', (t) => {
  const spec = toProto(layers.Concat(layers.Input({ shape: { dim: [1, 1] } }), { bottom: ['given'], axis: 0 }));
  t.deepEqual(spec.layer[1]?.bottom, ['Input1', 'given']);
});

test('A net has its own fields, and its text is what Caffe reads', (t) => {
  const n = new NetSpec<'data'>({ name: 'small', forceBackward: true, state: { phase: 'TRAIN', stage: 'one' } });
  n.data = layers.Input({ shape: { dim: [2, 3] } });
  const lines = ['name: "small"', 'force_backward: true', 'state {', '  phase: TRAIN', '  stage: "one"', '}'];
  const layer = ['layer {', '  name: "data"', '  type: "Input"', '  top: "data"', '  input_param {', '    shape {'];
  const text = [...lines, ...layer, '      dim: 2', '      dim: 3', '    }', '  }', '}', ''].join('\n');
  t.is(String(n), text);
  t.is(toPrototxt(readNet({ text })), text);
  using net = new Net({ text: String(n) }, 'train');
  t.is(net.name, 'small');
});

test('readNet gives the message of a prototxt, and what is wrong in one', (t) => {
  const message = readNet({ text: 'layer { name: "x" type: "Pooling" top: "y" pooling_param { pool: AVE } }' });
  t.is(message.layer[0]?.poolingParam?.pool, 1);
  t.is(message.layer[0]?.poolingParam?.stride, 1); // by default
  const file = fileURLToPath(new URL('../parity/net-spec/lenet.prototxt', import.meta.url));
  t.deepEqual(readNet(file), readNet({ text: readFileSync(file, 'utf8') }));
  t.throws(() => readNet({ text: 'layer {\n nmae: "x" }' }), { code: 'ERR_CAFFE_PROTOTXT', message: /nmae/ });
});

test('readSolver and toPrototxt do the same for a solver', (t) => {
  const text = 'base_lr: 0.5\nlr_policy: "step"\nsolver_mode: CPU\nnet: "lenet.prototxt"\nstepvalue: 1\nstepvalue: 2\n';
  const message = readSolver({ text });
  t.is(message.baseLr, 0.5);
  t.is(message.testInitialization, true); // by default
  t.is(toPrototxt(message, 'SolverParameter'), text);
  t.is(readSolver({ text: 'solver_type: ADAM' }).type, 'Adam'); // the old way
  t.throws(() => readSolver({ text: 'base_rl: 1' }), { code: 'ERR_CAFFE_PROTOTXT', message: /base_rl/ });
  t.throws(() => toPrototxt({ ['baseRl' as 'baseLr']: 1 }, 'SolverParameter'), {
    instanceOf: TypeError,
    message: /baseRl/,
  });
  t.throws(() => toPrototxt({}, 'solver' as never), { instanceOf: TypeError, message: /kind/ });
});

// -- Nets -------------------------------------------------------------------------------------------------------------

test('Weights may be part of a program', (t) => {
  const n = new NetSpec<'data' | 'ip'>();
  n.data = layers.DummyData({ shape: { dim: [1, 2] }, dataFiller: { value: 3 } });
  const weights = { shape: { dim: [2, 2] }, data: new Float32Array([1, 2, 3, 4]) };
  n.ip = layers.InnerProduct(n.data, { numOutput: 2, biasTerm: false, blobs: weights });
  using net = new Net(n, 'test');
  t.deepEqual([...(net.forward()['ip'] ?? [])], [9, 21]); // 3·1 + 3·2, 3·3 + 3·4
});

test('A layer class given to registerLayer has its function', (t) => {
  const n = new NetSpec<'data' | 'twice'>();
  n.data = layers.DummyData({ shape: { dim: 2 }, dataFiller: { value: 21 } });
  n.twice = layers.Doubler(n.data, { name: 'doubler' });
  using net = new Net(n, 'test');
  t.is(net.layerDict['doubler']?.type, 'Doubler');
  t.deepEqual([...(net.forward()['twice'] ?? [])], [42, 42]);
});

test('A Python layer names its module, class and parameters', (t) => {
  const folder = scratchFolder(t);
  const source = `exports.Adder = class {
    reshape([bottom], [top]) { top.reshape(...bottom.shape); }
    forward([bottom], [top]) { top.data.set(bottom.data.map((x) => x + Number(this.paramStr))); }
  };`;
  writeFileSync(join(folder, 'adders.cjs'), source);
  const n = new NetSpec<'data' | 'sum'>();
  n.data = layers.DummyData({ shape: { dim: 1 }, dataFiller: { value: 1 } });
  n.sum = layers.Python(n.data, { module: 'adders', layer: 'Adder', paramStr: '41' });
  using net = new Net({ text: String(n), file: join(folder, 'net.prototxt') }, 'test');
  t.deepEqual([...(net.forward()['sum'] ?? [])], [42]);
});

test('layers has a function for each layer type, the same one each time', (t) => {
  t.deepEqual(Object.keys(layers), layerTypes());
  t.true('Doubler' in layers && 'Convolution' in layers && !('Convolutoin' in layers));
  t.is(layers.Convolution, layers.Convolution);
});

test('A chain of twenty thousand layers without names is no problem', (t) => {
  let top: Top = layers.Input({ shape: { dim: 1 } });
  for (let i = 0; i < 20_000; ++i) top = layers.ReLU(top, { inPlace: true });
  t.is(toProto(top).layer.at(-1)?.name, 'ReLU20000');
});

test('two layers of one name for the two phases come from two specs', (t) => {
  const filled = (value: number, phase: 'TRAIN' | 'TEST') =>
    layers.DummyData({ shape: { dim: [2] }, dataFiller: { type: 'constant', value }, include: { phase } });
  const n = new NetSpec();
  n['data'] = filled(1, 'TRAIN');
  n['twice'] = layers.Power(n['data'], { scale: 2 });
  const forTests = new NetSpec();
  forTests['data'] = filled(5, 'TEST');
  const message = { ...n.toProto(), layer: [...forTests.toProto().layer, ...n.toProto().layer] };
  t.deepEqual(
    message.layer.map(({ name }) => name),
    ['data', 'data', 'twice'],
  );
  t.deepEqual([...new Net(message, 'train').forward()['twice']], [2, 2]);
  t.deepEqual([...new Net(message, 'test').forward()['twice']], [10, 10]);
});

test('a filler may be kept in a variable, whose type is a string; a wrong one is an error in the call', (t) => {
  const filler = { type: 'constant', value: 3 };
  const n = new NetSpec();
  n['data'] = layers.DummyData({ shape: { dim: [1, 2] }, dataFiller: filler });
  t.deepEqual([...new Net(n, 'train').forward()['data']], [3, 3]);
  filler.type = 'constan';
  t.throws(() => layers.DummyData({ shape: { dim: [1, 2] }, dataFiller: filler }), {
    instanceOf: TypeError,
    message: /no filler constan; did you mean constant\?/,
  });
});
