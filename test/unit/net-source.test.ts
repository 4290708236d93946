import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CaffeError, Net, onLog, readNet, type CaffeErrorCode, type Source } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const text = `
name: "affine"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer {
  name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "constant" value: 1 } bias_filler { value: 0.5 } }
}`;

const message = {
  name: 'affine',
  layer: [
    { name: 'data', type: 'Input', top: ['data'], inputParam: { shape: [{ dim: [2, 3] }] } },
    {
      name: 'ip',
      type: 'InnerProduct',
      bottom: ['data'],
      top: ['ip'],
      innerProductParam: { numOutput: 4, weightFiller: { type: 'constant', value: 1 }, biasFiller: { value: 0.5 } },
    },
  ],
};

// Caffe warns that it has read an old format.
onLog(() => undefined);

function failure(t: ExecutionContext, build: () => Net, code: CaffeErrorCode): CaffeError {
  return t.throws<CaffeError>(build, { instanceOf: CaffeError, code });
}

const sources: { what: string; source: (folder: string) => Source }[] = [
  {
    what: 'the path of a prototxt',
    source: (folder) => {
      const path = join(folder, 'net.prototxt');
      writeFileSync(path, text);
      return path;
    },
  },
  { what: 'prototxt text', source: () => ({ text }) },
  { what: 'a message object', source: () => message },
  { what: 'the bytes of a message', source: () => new Net({ text }, 'test').toProto() },
  { what: 'an object whose toProto gives a message', source: () => ({ toProto: () => message }) },
  {
    what: 'an object whose toProto gives bytes',
    source: () => ({ toProto: () => new Net(message, 'test').toProto() }),
  },
  { what: 'another net', source: () => new Net({ text }, 'test') },
  {
    what: 'text in the V1 format of 2014',
    source: () => ({
      text: `
        name: "affine"
        input: "data" input_shape { dim: 2 dim: 3 }
        layers {
          name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip"
          inner_product_param { num_output: 4 weight_filler { type: "constant" value: 1 } bias_filler { value: 0.5 } }
        }`,
    }),
  },
  {
    what: 'text in the V0 format of 2013',
    source: () => ({
      text: `
        name: "affine"
        input: "data" input_dim: 2 input_dim: 3 input_dim: 1 input_dim: 1
        layers {
          layer {
            name: "ip" type: "innerproduct" num_output: 4
            weight_filler { type: "constant" value: 1 } bias_filler { value: 0.5 }
          }
          bottom: "data" top: "ip"
        }`,
    }),
  },
];

for (const { what, source } of sources) {
  test(`a net is built from ${what}`, (t) => {
    using net = new Net(source(scratchFolder(t)), 'test');
    t.is(net.name, 'affine');
    t.is(net.layerDict['ip'].type, 'InnerProduct');
    const { ip } = net.forward({ data: [1, 2, 3, 4, 5, 6] });
    // 1 + 2 + 3 + 0.5 and 4 + 5 + 6 + 0.5, for each of the 4 outputs
    t.deepEqual([...ip], [6.5, 6.5, 6.5, 6.5, 15.5, 15.5, 15.5, 15.5]);
  });
}

test('a path is relative to the working folder', (t) => {
  const path = join(scratchFolder(t), 'net.prototxt');
  writeFileSync(path, text);
  t.is(new Net(relative(process.cwd(), path), 'test').name, 'affine');
});

test('the bytes of a net carry its weights', (t) => {
  using net = new Net({ text }, 'test');
  net.params['ip'][0].data[5] = 42;
  using copy = new Net(net.toProto(), 'test');
  t.deepEqual(copy.params['ip'][0].data, net.params['ip'][0].data);
  t.is(copy.params['ip'][0].data[5], 42);
});

const phased = `
layer { name: "always" type: "DummyData" top: "always" dummy_data_param { shape { dim: 1 } } }
layer { name: "train" type: "DummyData" top: "train" include { phase: TRAIN } dummy_data_param { shape { dim: 1 } } }
layer { name: "test" type: "DummyData" top: "test" exclude { phase: TRAIN } dummy_data_param { shape { dim: 1 } } }
layer { name: "level1" type: "DummyData" top: "level1" include { min_level: 1 } dummy_data_param { shape { dim: 1 } } }
layer { name: "level3" type: "DummyData" top: "level3" include { min_level: 3 } dummy_data_param { shape { dim: 1 } } }
layer { name: "A" type: "DummyData" top: "A" include { stage: "a" } dummy_data_param { shape { dim: 1 } } }
layer { name: "AB" type: "DummyData" top: "AB" include { stage: "a" stage: "b" } dummy_data_param { shape { dim: 1 } } }
layer { name: "notB" type: "DummyData" top: "notB" include { not_stage: "b" } dummy_data_param { shape { dim: 1 } } }`;

for (const { phase, options, layers } of [
  { phase: 'train', options: {}, layers: ['always', 'train', 'notB'] },
  { phase: 'test', options: {}, layers: ['always', 'test', 'notB'] },
  { phase: 'test', options: { level: 1 }, layers: ['always', 'test', 'level1', 'notB'] },
  { phase: 'train', options: { level: 3 }, layers: ['always', 'train', 'level1', 'level3', 'notB'] },
  { phase: 'train', options: { level: -1 }, layers: ['always', 'train', 'notB'] },
  { phase: 'test', options: { stages: ['a'] }, layers: ['always', 'test', 'A', 'notB'] },
  { phase: 'test', options: { stages: ['b', 'a'] }, layers: ['always', 'test', 'A', 'AB'] },
  { phase: 'test', options: { level: 1, stages: ['b'] }, layers: ['always', 'test', 'level1'] },
] as const) {
  test(`phase ${phase} with ${JSON.stringify(options)} keeps the layers ${layers.join(', ')}`, (t) => {
    t.deepEqual(
      new Net({ text: phased }, phase, { ...options, stages: [...('stages' in options ? options.stages : [])] })
        .layerNames,
      layers,
    );
  });
}

test("stages are added to those of the net's own state", (t) => {
  t.deepEqual(new Net({ text: `state { stage: "a" } ${phased}` }, 'test', { stages: ['b'] }).layerNames, [
    'always',
    'test',
    'A',
    'AB',
  ]);
});

for (const { what, source, message } of [
  { what: 'undefined', source: undefined, message: /a path, .* for source but received undefined/ },
  { what: 'null', source: null, message: /for source but received null/ },
  { what: 'a number', source: 5, message: /for source but received 5 of type number/ },
  { what: 'a function', source: () => text, message: /for source but received function/ },
  { what: 'an array', source: [text], message: /for source but received an object of class Array/ },
  { what: 'an array of numbers', source: [1, 2], message: /for source but received an object of class Array/ },
  { what: 'floats', source: new Float32Array(0), message: /for source but received an object of class Float32Array/ },
  { what: 'a promise', source: Promise.resolve({ text }), message: /received an object of class Promise/ },
  { what: 'a map', source: new Map([['name', 'affine']]), message: /received an object of class Map/ },
  { what: 'a solver', source: { baseLr: 0.1 }, message: /NetParameter has no field baseLr/ },
  { what: 'text that is no string', source: { text: 5 }, message: /NetParameter has no field text/ },
]) {
  test(`${what} in the place of a source is a TypeError`, (t) => {
    t.throws(() => new Net(source as never, 'test'), { instanceOf: TypeError, message });
  });
}

test('a message without fields is a net without layers, also as readNet gives it', (t) => {
  class Described {
    readonly name = 'described';
  }
  t.deepEqual(new Net({}, 'test').layerNames, []);
  t.deepEqual(new Net(Object.create(null) as Source, 'test').layerNames, []);
  t.deepEqual(new Net(readNet({}), 'test').layerNames, []);
  t.is(new Net(new Described(), 'test').name, 'described');
});

for (const { what, phase, message } of [
  { what: 'no phase', phase: undefined, message: /'train' or 'test' for phase but received undefined/ },
  { what: 'a phase that there is not', phase: 'TEST', message: /'train' or 'test' for phase but received "TEST"/ },
  { what: 'a phase by its number', phase: 1, message: /'train' or 'test' for phase but received 1/ },
]) {
  test(`${what} is a TypeError`, (t) => {
    t.throws(() => new Net({ text }, phase as never), { instanceOf: TypeError, message });
  });
}

for (const { what, options, instanceOf, message } of [
  {
    what: 'a level that is no number',
    options: { level: '1' },
    instanceOf: TypeError,
    message: /an integer for level/,
  },
  {
    what: 'a fraction of a level',
    options: { level: 0.5 },
    instanceOf: RangeError,
    message: /an integer .* for level/,
  },
  {
    what: 'stages that are no array',
    options: { stages: 'a' },
    instanceOf: TypeError,
    message: /an array of strings for stages/,
  },
  {
    what: 'a stage that is no string',
    options: { stages: [1] },
    instanceOf: TypeError,
    message: /a string for stages\[0\]/,
  },
  {
    what: 'weights that are a number',
    options: { weights: 1 },
    instanceOf: TypeError,
    message: /for weights but received 1/,
  },
] as const) {
  test(`${what} is a ${instanceOf.name}`, (t) => {
    t.throws(() => new Net({ text }, 'test', options as never), { instanceOf, message });
  });
}

test('a file that is not there is ERR_CAFFE_FILE with its path', (t) => {
  const error = failure(t, () => new Net('no/such/net.prototxt', 'test'), 'ERR_CAFFE_FILE');
  t.is(error.file, 'no/such/net.prototxt');
  t.regex(error.message, /^no\/such\/net\.prototxt: cannot be read: ENOENT/);
});

test('a folder in the place of a prototxt is ERR_CAFFE_FILE', (t) => {
  t.throws(() => new Net(scratchFolder(t), 'test'), { code: 'ERR_CAFFE_FILE', message: /EISDIR/ });
});

test('bytes that are no message are ERR_CAFFE_FORMAT', (t) => {
  t.throws(() => new Net(Uint8Array.of(0xff, 0xff), 'test'), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /2 bytes .*NetParameter/,
  });
});

for (const { what, wrong, column, message } of [
  {
    what: 'an unknown field',
    wrong: '  nmae: "ip"',
    column: 3,
    message: /"caffe.LayerParameter" has no field named "nmae"/,
  },
  { what: 'a value of another type', wrong: '  name: 5', column: 9, message: /Expected string, got: 5/ },
  {
    what: 'an enum value that there is not',
    wrong: '  include { phase: TESTING }',
    column: 20,
    message: /"TESTING" for field "phase"/,
  },
  {
    what: 'a word at the end of its line',
    wrong: '  include { phase: TESTING # }',
    column: 20,
    message: /"TESTING" for field "phase"/,
  },
  {
    what: 'a string without an end',
    wrong: '  name: "input',
    column: 15,
    message: /String literals cannot cross line/,
  },
  {
    what: 'a field that is there twice',
    wrong: '  name: "a" name: "b"',
    column: 13,
    message: /Non-repeated field "name"/,
  },
  { what: 'a missing value', wrong: '  name: }', column: 9, message: /Expected string, got: }/ },
]) {
  test(`${what} is ERR_CAFFE_PROTOTXT with file, line, column and the line itself`, (t) => {
    const path = join(scratchFolder(t), 'wrong.prototxt');
    writeFileSync(path, ['name: "wrong"', 'layer {', '  type: "Input"', wrong, '}'].join('\n'));
    const error = failure(t, () => new Net(path, 'test'), 'ERR_CAFFE_PROTOTXT');
    t.like(error, { file: path, line: 4, column });
    t.regex(error.message, message);
    t.true(error.message.startsWith(`${path}:4:${column}: `), error.message);
    t.true(error.message.endsWith(`\n${wrong}\n${' '.repeat(column - 1)}^`), error.message);
  });
}

test('text that ends too early is ERR_CAFFE_PROTOTXT at its end', (t) => {
  const error = failure(t, () => new Net({ text: 'layer {\n  name: "a"' }, 'test'), 'ERR_CAFFE_PROTOTXT');
  t.like(error, { file: 'prototxt', line: 2, column: 12 });
});

test('text with the name of a file has that name in its errors', (t) => {
  const error = failure(t, () => new Net({ text: 'oops: 1', file: 'made/up.prototxt' }, 'test'), 'ERR_CAFFE_PROTOTXT');
  t.like(error, { file: 'made/up.prototxt', line: 1, column: 1 });
});

for (const { what, layer, expected, check } of [
  {
    what: 'a layer type that there is not',
    layer: 'name: "wrong" type: "Innerproduct" bottom: "data" top: "wrong"',
    expected: { layer: 'wrong', during: 'setup' },
    check: /Unknown layer type: Innerproduct \(known types: .*InnerProduct/,
  },
  {
    what: 'a bottom that there is not',
    layer: 'name: "wrong" type: "ReLU" bottom: "dta" top: "wrong"',
    expected: {},
    check: /Unknown bottom blob 'dta' \(layer 'wrong', bottom index 0\)/,
  },
  {
    what: 'a top that is there already',
    layer: 'name: "wrong" type: "ReLU" bottom: "data" top: "other"',
    expected: { layer: 'wrong', during: 'setup' },
    check: /Top blob 'other' produced by multiple sources/,
  },
  {
    what: 'a layer with too many bottoms',
    layer: 'name: "wrong" type: "ReLU" bottom: "data" bottom: "other" top: "wrong"',
    expected: { layer: 'wrong', during: 'setup' },
    check: /ReLU Layer takes 1 bottom blob/,
  },
  {
    what: 'a layer without what it needs',
    layer: 'name: "wrong" type: "Convolution" bottom: "other" top: "wrong"',
    expected: { layer: 'wrong', during: 'setup' },
    check: /num_output_ > 0/,
  },
] as const) {
  test(`${what} is ERR_CAFFE_CHECK with the place of the layer in its file`, (t) => {
    const path = join(scratchFolder(t), 'wrong.prototxt');
    const good =
      'layer { name: "data" type: "Input" top: "data" top: "other" input_param { shape { dim: 2 dim: 3 } } }';
    writeFileSync(path, [good, '', 'layer {', `  ${layer}`, '}'].join('\n'));
    const error = failure(t, () => new Net(path, 'test'), 'ERR_CAFFE_CHECK');
    t.like(error, { file: path, line: 3, ...expected });
    t.regex(error.check ?? '', check);
    t.regex(error.source ?? '', /^\w+\.[ch]pp:\d+$/);
    t.true(error.message.startsWith(`${path}:3: `), error.message);
  });
}

test('a layer with include and exclude rules is ERR_CAFFE_CHECK in its file', (t) => {
  const path = join(scratchFolder(t), 'wrong.prototxt');
  writeFileSync(path, 'layer { name: "a" type: "Input" include { phase: TEST } exclude { phase: TEST } }');
  const error = failure(t, () => new Net(path, 'test'), 'ERR_CAFFE_CHECK');
  t.is(error.file, path);
  t.regex(error.check ?? '', /Specify either include rules or exclude rules; not both/);
});

test('an error of a layer names the line of the layer that the phase keeps', (t) => {
  const path = join(scratchFolder(t), 'wrong.prototxt');
  const lines = [
    'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }',
    'layer { name: "ip" type: "ReLU" bottom: "data" top: "ip" include { phase: TRAIN } }',
    'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" include { phase: TEST } }',
  ];
  writeFileSync(path, lines.join('\n'));
  t.is(new Net(path, 'train').layerDict['ip'].type, 'ReLU');
  const error = failure(t, () => new Net(path, 'test'), 'ERR_CAFFE_CHECK');
  t.like(error, { line: 3, layer: 'ip' });
});

test('a hundred nets that Caffe refuses leave a process in which the next one works', (t) => {
  for (let i = 0; i < 100; i++) {
    const error = failure(
      t,
      () => new Net({ text: 'layer { name: "a" type: "NoSuchLayer" }' }, 'test'),
      'ERR_CAFFE_CHECK',
    );
    t.regex(error.check ?? '', /Unknown layer type: NoSuchLayer \(known types: AbsVal, /);
  }
  t.is(new Net({ text }, 'test').layerNames.length, 2);
});
