import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CaffeError, io, Layer, Net, onnx, registerLayer, SGDSolver, type Blob } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { decode, shapesOf } from './model.js';

const input = (name: string, ...shape: number[]): string =>
  `layer { name: "${name}" type: "Input" top: "${name}"
           input_param { shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} } } }`;
const product = (name: string, bottom: string): string =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}"
           inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }`;
const text = `${input('data', 2, 3)} ${product('fc', 'data')} layer { name: "relu" type: "ReLU" bottom: "fc" top: "fc" }`;
const netOf = (prototxt: string): Net => new Net({ text: prototxt }, 'test');

class Twice extends Layer {
  static during: (() => void) | undefined;

  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    Twice.during?.();
    bottom.cpuData.forEach((value, i) => (top.data[i] = 2 * value));
  }
}
registerLayer('Twice', Twice);

/** Fails unless `body` throws a CaffeError; gives it. */
function failure(body: () => unknown): CaffeError {
  try {
    body();
  } catch (error) {
    if (error instanceof CaffeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const wrongArguments: [title: string, args: unknown[], type: ErrorConstructor, message: string][] = [
  ['nothing', [], TypeError, 'Expected a Net for net but received undefined'],
  ['an object', [{}], TypeError, 'Expected a Net for net but received an object of class Object'],
  ['options that are none', [null], TypeError, 'Expected an object of options for options but received null'],
  [
    'an unknown option',
    [{ opsets: 13 }],
    TypeError,
    'options: there is no opsets; did you mean opset?; there are opset, name, dynamicBatch, outputs, transformer',
  ],
  ['an old opset', [{ opset: 12 }], RangeError, 'Expected an integer from 13 to 18 for opset but received 12'],
  ['a new opset', [{ opset: 19 }], RangeError, 'Expected an integer from 13 to 18 for opset but received 19'],
  ['half an opset', [{ opset: 13.5 }], RangeError, 'Expected an integer from 13 to 18 for opset but received 13.5'],
  [
    'an opset in quotes',
    [{ opset: '13' }],
    TypeError,
    'Expected an integer for opset but received "13" of type string',
  ],
  ['a name of another type', [{ name: 5 }], TypeError, 'Expected a string for name but received 5 of type number'],
  ['an empty name', [{ name: '' }], RangeError, 'Expected a name that is not empty for name'],
  [
    'a number of items',
    [{ dynamicBatch: 1 }],
    TypeError,
    'Expected true or false for dynamicBatch but received 1 of type number',
  ],
  [
    'an output without a list',
    [{ outputs: 'fc' }],
    TypeError,
    'Expected an array of strings for outputs but received "fc" of type string',
  ],
  ['null outputs', [{ outputs: null }], TypeError, 'Expected an array of strings for outputs but received null'],
  [
    'the number of an output',
    [{ outputs: [1] }],
    TypeError,
    'Expected a string for outputs[0] but received 1 of type number',
  ],
  ['a misspelt output', [{ outputs: ['fd'] }], RangeError, 'outputs: the net has no blob "fd"; did you mean fc?'],
  [
    'an output of another net',
    [{ outputs: ['fc', 'probabilities'] }],
    RangeError,
    'outputs: the net has no blob "probabilities"; it has (data, fc)',
  ],
  [
    'no outputs',
    [{ outputs: [] }],
    RangeError,
    'Expected at least one blob in outputs, or a net with outputs of its own; the net has (data, fc)',
  ],
];

for (const [title, args, instanceOf, message] of wrongArguments) {
  test(`an export refuses ${title}`, (t) => {
    const fromNet = onnx.fromNet as (...args: unknown[]) => unknown;
    const save = onnx.save as (...args: unknown[]) => unknown;
    const file = join(scratchFolder(t), 'net.onnx');
    const isNet = title === 'nothing' || title === 'an object';
    const [net, ...options] = isNet ? args : [netOf(text), ...args];
    t.throws(() => fromNet(net, ...options), { instanceOf, message });
    t.throws(() => save(net, file, ...options), { instanceOf, message });
    t.false(existsSync(file));
  });
}

test('an export to no path is refused', (t) => {
  const save = onnx.save as (...args: unknown[]) => unknown;
  t.throws(() => save(netOf(text)), {
    instanceOf: TypeError,
    message: 'Expected a string for path but received undefined',
  });
});

test('an option that is undefined is not given', (t) => {
  const net = netOf(text);
  const options = { opset: undefined, name: undefined, dynamicBatch: undefined, outputs: undefined } as object;
  t.deepEqual(onnx.fromNet(net, options), onnx.fromNet(net));
});

test('an output that is named twice is there once', (t) => {
  t.deepEqual(shapesOf(onnx.fromNet(netOf(text), { outputs: ['fc', 'fc'] }), 'output'), { fc: [2, 2] });
});

test('a net without a name has one in the model, as the format wants it', (t) => {
  t.is(decode(onnx.fromNet(netOf(text))).graph?.name, 'net');
  t.is(decode(onnx.fromNet(netOf(`name: "LeNet" ${text}`))).graph?.name, 'LeNet');
  t.is(decode(onnx.fromNet(netOf(text), { name: 'digits' })).graph?.name, 'digits');
});

test('a net in the train phase says how to get one in the test phase, and that works', (t) => {
  const train = new Net({ text }, 'train');
  t.throws(() => onnx.fromNet(train), {
    instanceOf: RangeError,
    message: /^Expected a net in the test phase .* new Net\(source, 'test'\), then call shareWith\(net\)/,
  });
  const net = netOf(text);
  net.shareWith(train);
  const constants = decode(onnx.fromNet(net)).graph?.initializer ?? [];
  const { rawData } = constants.find(({ name }) => name === 'fc.blobs[0]') ?? {};
  t.deepEqual(Buffer.from(rawData ?? []), Buffer.from(train.params['fc'][0].data.slice().buffer));
});

test('a net without outputs of its own lists its blobs', (t) => {
  const net = netOf(`${text} layer { name: "silence" type: "Silence" bottom: "fc" }`);
  t.throws(() => onnx.fromNet(net), {
    instanceOf: RangeError,
    message: 'Expected at least one blob in outputs, or a net with outputs of its own; the net has (data, fc)',
  });
  t.deepEqual(shapesOf(onnx.fromNet(net, { outputs: ['fc'] }), 'output'), { fc: [2, 2] });
});

test('a disposed net is ERR_CAFFE_DISPOSED', (t) => {
  const net = netOf(text);
  net.dispose();
  t.is(failure(() => onnx.fromNet(net)).code, 'ERR_CAFFE_DISPOSED');
});

test('a net whose blobs are being computed is ERR_CAFFE_BUSY, and can be exported after that', async (t) => {
  const net = netOf(text);
  const before = onnx.fromNet(net);
  const running = net.forwardAsync();
  t.is(failure(() => onnx.fromNet(net)).code, 'ERR_CAFFE_BUSY');
  await running;
  t.deepEqual(onnx.fromNet(net), before);
});

test('a test net is ERR_CAFFE_BUSY while its solver trains, since its weights change', async (t) => {
  const labels = 'layer { name: "label" type: "DummyData" top: "label" dummy_data_param { shape { dim: 2 } } }';
  const loss = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }';
  const solver = new SGDSolver({
    text: `net_param { ${text} ${labels} ${loss} } test_iter: 1 test_interval: 1000 base_lr: 0.1 lr_policy: "fixed"`,
  });
  const running = solver.stepAsync(2);
  const [net] = solver.testNets;
  t.is(failure(() => onnx.fromNet(net, { outputs: ['fc'] })).code, 'ERR_CAFFE_BUSY');
  await running;
  t.deepEqual(shapesOf(onnx.fromNet(net, { outputs: ['fc'] }), 'output'), { fc: [2, 2] });
});

test.serial(
  'a layer in TypeScript may export the net that is running: Caffe waits, and weights do not change',
  async (t) => {
    const net = netOf(`${text} layer { name: "twice" type: "Twice" bottom: "fc" top: "twice" }`);
    const before = onnx.fromNet(net, { outputs: ['fc'] });
    const exports: Uint8Array[] = [];
    Twice.during = () => exports.push(onnx.fromNet(net, { outputs: ['fc'] }));
    t.teardown(() => (Twice.during = undefined));
    net.forward();
    await net.forwardAsync();
    t.deepEqual(exports, [before, before]);
  },
);

/** Layers that ONNX has no words for, from line 5 on, and above them one that it has. */
const refused = [
  'name: "refused"',
  input('data', 2, 3),
  input('label', 2),
  product('fc', 'data'),
  'layer { name: "twice" type: "Twice" bottom: "fc" top: "twice" }',
  'layer { name: "abs" type: "AbsVal" bottom: "twice" top: "abs" }',
  'layer { name: "accuracy" type: "Accuracy" bottom: "abs" bottom: "label" top: "accuracy" }',
  'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }',
]
  .map((layer) => layer.replaceAll(/\s+/g, ' '))
  .join('\n');

/** Two of the layers of the net are Split layers that Caffe adds, after "label" and "fc". */
const list = (file: string): string => `3 layers that ONNX cannot express:
  ${file}:5: net.layer[5] "twice" (Twice): is written in TypeScript
  ${file}:7: net.layer[7] "accuracy" (Accuracy): has no counterpart in ONNX (Accuracy)
  ${file}:8: net.layer[8] "loss" (SoftmaxWithLoss): has no counterpart in ONNX (SoftmaxWithLoss)
To export what is below, name it: { outputs: ["fc"] }`;

test('all layers that ONNX cannot express are in one error, each with its file and line', (t) => {
  const file = join(scratchFolder(t), 'refused.prototxt');
  writeFileSync(file, refused);
  const net = new Net(file, 'test');
  const error = failure(() => onnx.fromNet(net));
  t.is(error.code, 'ERR_CAFFE_LAYER');
  t.is(error.message, list(file));
  t.deepEqual(shapesOf(onnx.fromNet(net, { outputs: ['fc'] }), 'output'), { fc: [2, 2] });
});

test('they are also with their lines for a net of a solver, and for a text without a file', (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'refused.prototxt');
  writeFileSync(file, refused);
  const solver = new SGDSolver({ text: `net: "${file}" test_iter: 1 test_interval: 1 base_lr: 1 lr_policy: "fixed"` });
  t.is(failure(() => onnx.fromNet(solver.testNets[0])).message, list(file));
  t.is(failure(() => onnx.fromNet(netOf(refused))).message, list('prototxt'));
});

test('layers that come from bytes have no line, and are listed all the same', (t) => {
  const net = new Net(netOf(refused).toProto(), 'test');
  t.is(failure(() => onnx.fromNet(net)).message, list('').replaceAll(/ {2}:\d+: /g, '  '));
});

const noWords: [layer: string, why: RegExp][] = [
  ['type: "Filter" bottom: "label" top: "y"', /\(Filter\): has no counterpart in ONNX \(Filter\)$/],
  ['type: "Pooling" top: "y" pooling_param { pool: STOCHASTIC kernel_size: 2 }', /draws at random$/],
  ['type: "Dropout" top: "y" phase: TRAIN', /is in the train phase, by its own phase field$/],
  ['type: "EuclideanLoss" bottom: "data" top: "y"', /has no counterpart in ONNX \(EuclideanLoss\)$/],
];

for (const [layer, why] of noWords) {
  test(`a layer that ONNX cannot express says why: ${layer}`, (t) => {
    const net = netOf(`${input('data', 2, 2, 4, 4)} ${input('label', 2)} layer { name: "y" bottom: "data" ${layer} }`);
    const { code, message } = failure(() => onnx.fromNet(net, { outputs: ['y'] }));
    t.is(code, 'ERR_CAFFE_LAYER');
    t.regex(message, why);
  });
}

test('with dynamicBatch, inputs of two batch sizes are refused, and each alone is taken', (t) => {
  const net = netOf(`${input('a', 2, 3)} ${input('b', 4, 3)} ${product('x', 'a')} ${product('y', 'b')}`);
  t.throws(() => onnx.fromNet(net, { dynamicBatch: true }), {
    instanceOf: RangeError,
    message: 'dynamicBatch: expected inputs whose first axis is the same batch, but "b" is (4, 3), and "a" (2, 3)',
  });
  for (const [outputs, a] of [
    ['x', 'a'],
    ['y', 'b'],
  ]) {
    const model = onnx.fromNet(net, { dynamicBatch: true, outputs: [outputs] });
    t.deepEqual(shapesOf(model, 'input'), { [a]: ['N', 3] });
    t.deepEqual(shapesOf(model, 'output'), { [outputs]: ['N', 2] });
  }
});

test('with dynamicBatch, an input without axes is refused', (t) => {
  const scaled = 'layer { name: "y" type: "Scale" bottom: "x" bottom: "factor" top: "y" scale_param { axis: 0 } }';
  const net = netOf(`${input('x', 2, 3)} ${input('factor')} ${scaled}`);
  t.throws(() => onnx.fromNet(net, { dynamicBatch: true }), { message: /^dynamicBatch: .* "factor" is \(\)/ });
  t.deepEqual(shapesOf(onnx.fromNet(net), 'input'), { x: [2, 3], factor: [] });
});

test('with dynamicBatch, a layer across the items of a batch says that it is one', (t) => {
  const softmax = 'layer { name: "y" type: "Softmax" bottom: "x" top: "y" softmax_param { axis: 0 } }';
  const { message } = failure(() => onnx.fromNet(netOf(`${input('x', 2, 3)} ${softmax}`), { dynamicBatch: true }));
  t.regex(message, /"y" \(Softmax\): works across the items of a batch; export the net without dynamicBatch$/);
});

/**
 * A net whose learnable blobs have `bytes` bytes, but not as much memory: they share that of one blob. A Parameter
 * layer writes nothing into its own.
 */
function large(bytes: number): Net {
  const pieces = Math.ceil(bytes / 2 ** 26);
  const lengths = Array.from({ length: pieces }, (_, i) => Math.min(2 ** 26, bytes - i * 2 ** 26) / 4);
  const net = netOf(
    lengths
      .map(
        (length, i) =>
          `layer { name: "p${i}" type: "Parameter" top: "p${i}" parameter_param { shape { dim: ${length} } } }`,
      )
      .join(' '),
  );
  const [first, ...others] = net.layers.map(({ blobs: [blob] }) => blob);
  for (const blob of others) if (blob.count === first.count) blob.shareData(first);
  return net;
}

for (const [title, bytes] of [
  ['3 GB of weights', 3 * 2 ** 30],
  ['weights of 2 GB less 8 bytes, which the rest of the model does not fit into', 2 ** 31 - 8],
] as const) {
  test.serial(`${title}: ERR_CAFFE_TOO_LARGE before they are copied, and no file`, (t) => {
    const net = large(bytes);
    const before = process.memoryUsage().rss;
    const { code, message } = failure(() => onnx.fromNet(net));
    t.is(code, 'ERR_CAFFE_TOO_LARGE');
    t.regex(message, /^the model takes \d+ bytes, and an ONNX file ends at 2 GB$/);
    t.true(Number(/\d+/.exec(message)?.[0]) > bytes);
    const file = join(scratchFolder(t), 'net.onnx');
    t.is(
      failure(() => {
        onnx.save(net, file);
      }).code,
      'ERR_CAFFE_TOO_LARGE',
    );
    t.false(existsSync(file));
    t.true(process.memoryUsage().rss - before < 2 ** 29);
  });
}

test('a file that cannot be written is ERR_CAFFE_FILE', (t) => {
  const folder = scratchFolder(t);
  mkdirSync(join(folder, 'folder'));
  for (const path of [join(folder, 'none', 'net.onnx'), join(folder, 'folder')]) {
    const { code, message } = failure(() => {
      onnx.save(netOf(text), path);
    });
    t.is(code, 'ERR_CAFFE_FILE');
    t.true(message.startsWith(`${path}: cannot be `), message);
  }
  t.deepEqual(readdirSync(folder), ['folder']);
});

test('a net that cannot be exported leaves the old file, and nothing beside it', (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'net.onnx');
  onnx.save(netOf(text), file);
  const before = readFileSync(file);
  t.is(
    failure(() => {
      onnx.save(netOf(refused), file);
    }).code,
    'ERR_CAFFE_LAYER',
  );
  t.deepEqual(readFileSync(file), before);
  t.deepEqual(readdirSync(folder), ['net.onnx']);
});

test('a transformer for an input that the net does not have, or of another class, is refused', (t) => {
  const net = netOf(input('data', 1, 3, 4, 4));
  const transformer = new io.Transformer({ image: [1, 3, 4, 4] });
  t.throws(() => onnx.fromNet(net, { transformer }), { instanceOf: RangeError, message: /no input "image"/ });
  t.throws(() => onnx.fromNet(net, { transformer: {} as never }), {
    instanceOf: TypeError,
    message: 'Expected an io.Transformer for transformer but received an object of class Object',
  });
});
