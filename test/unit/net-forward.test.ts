import test from 'ava';
import { CaffeError, Layer, Net, registerLayer, type Arrays, type Blob } from 'tscaffe';

/** y = 2 x, z = y + 1, sum = Σ z: small enough for the head. */
const text = `
force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 3 } } }
layer { name: "double" type: "Power" bottom: "x" top: "y" power_param { scale: 2 } }
layer { name: "next" type: "Power" bottom: "y" top: "z" power_param { shift: 1 } }
layer { name: "sum" type: "Reduction" bottom: "z" top: "sum" }`;

/** Two inputs a and b, and their product and difference. */
const twoInputs = `
force_backward: true
layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 2 } shape { dim: 2 } } }
layer { name: "product" type: "Eltwise" bottom: "a" bottom: "b" top: "product" eltwise_param { operation: PROD } }
layer {
  name: "difference" type: "Eltwise" bottom: "a" bottom: "b" top: "difference"
  eltwise_param { coeff: 1 coeff: -1 }
}`;

/** Plain numbers of what forward and backward give. */
function values(arrays: Record<string, Float32Array>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, [...array]]));
}

test('forward copies the inputs in and returns the outputs', (t) => {
  using net = new Net({ text }, 'test');
  // 2·1+1 + 2·2+1 + 2·3+1
  t.deepEqual(values(net.forward({ x: [1, 2, 3] })), { sum: [15] });
});

for (const { kind, x } of [
  { kind: 'an array', x: [1, 2, 3] },
  { kind: 'a Float32Array', x: Float32Array.of(1, 2, 3) },
  { kind: 'a Float64Array', x: Float64Array.of(1, 2, 3) },
  { kind: 'a Uint8Array', x: Uint8Array.of(1, 2, 3) },
  { kind: 'an array-like object', x: { length: 3, 0: 1, 1: 2, 2: 3 } },
]) {
  test(`inputs may come as ${kind}`, (t) => {
    using net = new Net({ text }, 'test');
    t.deepEqual(values(net.forward({ x })), { sum: [15] });
    t.deepEqual([...net.blobs['x'].data], [1, 2, 3]);
  });
}

test('forward without inputs takes what is in the blobs', (t) => {
  using net = new Net({ text }, 'test');
  net.blobs['x'].data.set([1, 0, 0]);
  t.deepEqual(values(net.forward()), { sum: [5] });
});

for (const { options, expected } of [
  { options: { end: 'double' }, expected: { y: [2, 4, 6] } },
  { options: { end: 'next' }, expected: { z: [3, 5, 7] } },
  { options: { end: 'next', blobs: ['y', 'x'] }, expected: { z: [3, 5, 7], y: [2, 4, 6], x: [1, 2, 3] } },
  { options: { blobs: ['z'] }, expected: { sum: [15], z: [3, 5, 7] } },
  { options: { start: 'x', end: 'x' }, expected: { x: [1, 2, 3] } },
]) {
  test(`forward with ${JSON.stringify(options)} returns ${Object.keys(expected).join(', ')}`, (t) => {
    using net = new Net({ text }, 'test');
    t.deepEqual(values(net.forward({ x: [1, 2, 3] }, options)), expected);
  });
}

test('forward with end computes no layer after it', (t) => {
  using net = new Net({ text }, 'test');
  net.forward({ x: [1, 1, 1] });
  net.forward({ x: [2, 2, 2] }, { end: 'double' });
  t.deepEqual([...net.blobs['y'].data], [4, 4, 4]);
  t.deepEqual([...net.blobs['z'].data], [3, 3, 3], 'of the first forward');
});

test('forward with start takes the blobs below it as they are', (t) => {
  using net = new Net({ text }, 'test');
  net.forward({ x: [1, 1, 1] });
  net.blobs['y'].data.set([10, 20, 30]);
  t.deepEqual(values(net.forward(undefined, { start: 'next' })), { sum: [63] });
  t.deepEqual([...net.blobs['x'].data], [1, 1, 1]);
});

test('backward gives the gradients of the inputs', (t) => {
  using net = new Net({ text }, 'test');
  net.forward({ x: [1, 2, 3] });
  // d sum / d x = 2, for a d sum of 5
  t.deepEqual(values(net.backward({ sum: [5] })), { x: [10, 10, 10] });
});

for (const { options, expected } of [
  { options: { end: 'sum' }, expected: { z: [5, 5, 5] } },
  { options: { end: 'double' }, expected: { x: [10, 10, 10] } },
  { options: { end: 'next', blobs: ['sum', 'z'] }, expected: { y: [5, 5, 5], sum: [5], z: [5, 5, 5] } },
]) {
  test(`backward with ${JSON.stringify(options)} returns the gradients of ${Object.keys(expected).join(', ')}`, (t) => {
    using net = new Net({ text }, 'test');
    net.forward({ x: [1, 2, 3] });
    t.deepEqual(values(net.backward({ sum: [5] }, options)), expected);
  });
}

test('backward with start takes the gradients above it as they are', (t) => {
  using net = new Net({ text }, 'test');
  net.forward({ x: [1, 2, 3] });
  net.blobs['y'].diff.set([1, 2, 3]);
  t.deepEqual(values(net.backward(undefined, { start: 'double' })), { x: [2, 4, 6] });
});

test('backward of two outputs adds up in their common inputs', (t) => {
  using net = new Net({ text: twoInputs }, 'test');
  t.deepEqual(values(net.forward({ a: [2, 3], b: [5, 7] })), { difference: [-3, -4], product: [10, 21] });
  // d a = b · d product + d difference, d b = a · d product - d difference
  t.deepEqual(values(net.backward({ product: [1, 10], difference: [100, 1000] })), {
    a: [5 + 100, 70 + 1000],
    b: [2 - 100, 30 - 1000],
  });
});

test('the arrays that come out are views: the next forward writes to them', (t) => {
  using net = new Net({ text }, 'test');
  const first = net.forward({ x: [1, 2, 3] });
  const { x } = net.blobs;
  const view = x.data;
  const kept = first['sum'].slice();
  const second = net.forward({ x: [0, 0, 0] });
  t.is(second['sum'], first['sum']);
  t.is(net.blobs['sum'].data, first['sum']);
  t.is(first['sum'][0], 3);
  t.is(kept[0], 15);
  t.is(x.data, view, 'a forward of the same shape keeps the views');
});

test('after a reshape of an input, forward gives the other blobs their new shapes', (t) => {
  using net = new Net({ text }, 'test');
  const { y } = net.forward({ x: [1, 2, 3] }, { blobs: ['y'] });
  net.blobs['x'].reshape(5);
  t.deepEqual(net.blobs['y'].shape, [3]);
  t.deepEqual(values(net.forward({ x: [1, 1, 1, 1, 1] })), { sum: [15] });
  t.deepEqual(net.blobs['y'].shape, [5]);
  t.is(y.length, 0, 'the view of the smaller blob');
});

test('reshape gives all blobs their shapes without computing', (t) => {
  using net = new Net({ text }, 'test');
  net.forward({ x: [1, 2, 3] });
  net.blobs['x'].reshape(2, 2);
  net.reshape();
  t.deepEqual(net.blobs['z'].shape, [2, 2]);
  t.is(net.blobs['sum'].data[0], 15);
});

for (const { what, inputs, instanceOf, message } of [
  {
    what: 'an input too few',
    inputs: { a: [1, 2] },
    instanceOf: TypeError,
    message: /exactly \(a, b\) but received \(a\)/,
  },
  {
    what: 'an input that the net does not have',
    inputs: { a: [1, 2], b: [1, 2], c: [1, 2] },
    instanceOf: TypeError,
    message: /exactly \(a, b\) but received \(a, b, c\)/,
  },
  {
    what: 'an input with too few values',
    inputs: { a: [1, 2], b: [1] },
    instanceOf: RangeError,
    message: /Expected 2 values for b, whose shape is \(2\), but received 1/,
  },
  {
    what: 'an input with too many values',
    inputs: { a: [1, 2], b: [1, 2, 3] },
    instanceOf: RangeError,
    message: /Expected 2 values for b, .* received 3/,
  },
  {
    what: 'a number as an input',
    inputs: { a: [1, 2], b: 5 },
    instanceOf: TypeError,
    message: /an array of numbers for b but received 5/,
  },
  {
    what: 'null as an input',
    inputs: { a: [1, 2], b: null },
    instanceOf: TypeError,
    message: /an array of numbers for b but received null/,
  },
  {
    what: 'a string as an input',
    inputs: { a: [1, 2], b: '12' },
    instanceOf: TypeError,
    message: /an array of numbers for b but received "12"/,
  },
  {
    what: 'null as inputs',
    inputs: null,
    instanceOf: TypeError,
    message: /an object of arrays for inputs but received null/,
  },
] as const) {
  test(`${what} is a ${instanceOf.name}, and nothing is written`, (t) => {
    using net = new Net({ text: twoInputs }, 'test');
    net.forward({ a: [8, 8], b: [9, 9] });
    t.throws(() => net.forward(inputs as unknown as Arrays), { instanceOf, message });
    t.deepEqual([...net.blobs['a'].data], [8, 8]);
    t.deepEqual([...net.blobs['b'].data], [9, 9]);
  });
}

test('diffs must be those of all outputs', (t) => {
  using net = new Net({ text: twoInputs }, 'test');
  t.throws(() => net.backward({ product: [1, 2] }), {
    instanceOf: TypeError,
    message: /diff for exactly \(difference, product\) but received \(product\)/,
  });
  t.throws(() => net.backward({ product: [1, 2], difference: [1] }), { instanceOf: RangeError });
});

for (const { what, options, message } of [
  { what: 'start', options: { start: 'nothing' }, message: /no layer "nothing"; it has \(x, double, next, sum\)/ },
  { what: 'end', options: { end: 'nothing' }, message: /no layer "nothing"; it has \(x, double, next, sum\)/ },
  { what: 'blobs', options: { blobs: ['y', 'nothing'] }, message: /no blob "nothing"; it has \(x, y, z, sum\)/ },
  {
    what: 'start that is a name of Object.prototype',
    options: { start: 'constructor' },
    message: /no layer "constructor"/,
  },
  { what: 'blobs that is a name of Object.prototype', options: { blobs: ['toString'] }, message: /no blob "toString"/ },
]) {
  test(`a ${what} that the net does not have is a RangeError with the names that it has, and nothing is written`, (t) => {
    using net = new Net({ text }, 'test');
    t.throws(() => net.forward({ x: [1, 2, 3] }, options), { instanceOf: RangeError, message });
    t.throws(() => net.backward({ sum: [1] }, options), { instanceOf: RangeError, message });
    t.deepEqual([...net.blobs['x'].data], [0, 0, 0]);
    t.is(net.blobs['sum'].diff[0], 0);
  });
}

test('a check that fails during forward names the layer, and the net goes on afterwards', (t) => {
  using net = new Net(
    {
      text: `
        layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 2 } shape { dim: 2 } } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "a" bottom: "b" top: "loss" }`,
    },
    'test',
  );
  net.blobs['b'].reshape(3);
  const error = t.throws<CaffeError>(() => net.forward(), { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' });
  t.like(error, { layer: 'loss', layerIndex: 1, during: 'forward' });
  t.regex(
    error.message,
    /^net\.layer\[1\] "loss" forward: Check failed: .*The data and label should have the same first dimension/,
  );
  net.blobs['b'].reshape(2);
  // (1 + 4) / 2 / 2
  t.deepEqual(values(net.forward({ a: [1, 2], b: [0, 0] })), { loss: [1.25] });
});

test('a check that fails during backward names the layer', (t) => {
  using net = new Net(
    {
      text: `
        force_backward: true
        layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 2 dim: 1 } shape { dim: 2 } } }
        layer { name: "accuracy" type: "Accuracy" bottom: "a" bottom: "b" top: "accuracy" }`,
    },
    'test',
  );
  net.forward();
  const error = t.throws<CaffeError>(() => net.backward(), { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' });
  t.like(error, { layer: 'accuracy', layerIndex: 1, during: 'backward' });
});

test('clearParamDiffs sets the gradients of the learnable blobs to 0, which backward adds to', (t) => {
  using net = new Net(
    {
      text: `
        layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
        layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 1 bias_term: false } }
        layer { name: "sum" type: "Reduction" bottom: "y" top: "sum" loss_weight: 1 }`,
    },
    'train',
  );
  const [weights] = net.params['ip'];
  net.forward({ x: [3, 4] });
  net.backward();
  net.backward();
  t.deepEqual([...weights.diff], [6, 8]);
  net.clearParamDiffs();
  t.deepEqual([...weights.diff], [0, 0]);
});

class Twice extends Layer {
  override reshape([x]: Blob[], [y]: Blob[]): void {
    y.reshapeLike(x);
  }
  override forward([x]: Blob[], [y]: Blob[]): void {
    const from = x.cpuData;
    y.data.set(from.map((value) => 2 * value));
  }
}
registerLayer('net-forward/Twice', Twice);

test('a layer without backward is an error only where a gradient is asked of it', (t) => {
  const twice = `
    layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
    layer { name: "y" type: "net-forward/Twice" bottom: "x" top: "y" }`;
  using free = new Net({ text: twice }, 'test');
  t.deepEqual(values(free.forward({ x: [1, 2] })), { y: [2, 4] });
  t.notThrows(() => free.backward());

  using forced = new Net({ text: `force_backward: true ${twice}` }, 'test');
  t.deepEqual(values(forced.forward({ x: [1, 2] })), { y: [2, 4] });
  const error = t.throws<CaffeError>(() => forced.backward({ y: [1, 1] }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_LAYER',
  });
  t.regex(error.message, /"y".*no method backward\(top, propagateDown, bottom\)/);
});
