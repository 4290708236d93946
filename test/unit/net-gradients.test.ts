import test from 'ava';
import { Net } from 'tscaffe';

const input = (name: string, ...dims: number[]): string =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} } } }`;
const fc = `layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 2 weight_filler { type: "constant" value: 3 } } }`;
const scores = input('data', 1, 2) + fc;
const lossNet = `${scores} ${input('label', 1)}
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }`;

test('a backward of given diffs that computes no gradients is refused with the way out', async (t) => {
  using net = new Net({ text: scores }, 'test');
  net.forward({ data: [1, 1] });
  const refusal = {
    instanceOf: RangeError,
    message: /none of the layers from fc to data does: .*new Net\(…, \{ forceBackward: true \}\).*force_backward: true/,
  };
  t.throws(() => net.backward({ fc: [1, 0] }), refusal);
  await t.throwsAsync(() => net.backwardAsync({ fc: [1, 0] }), refusal);
  t.throws(() => net.forwardBackwardAll({ data: [1, 1] }, { fc: [1, 0] }), refusal);
  t.deepEqual([...net.blobs['fc'].diff], [0, 0]);
});

test('with forceBackward the gradients of inputs are computed, with or without a loss', (t) => {
  using net = new Net({ text: scores }, 'test', { forceBackward: true });
  net.forward({ data: [1, 1] });
  // The row of fc[0], which is (3, 3).
  t.deepEqual([...net.backward({ fc: [1, 0] })['data']], [3, 3]);
  t.deepEqual([...net.forwardBackwardAll({ data: [1, 1] }, { fc: [1, 1] }).diffs['data']], [6, 6]);
});

test('forceBackward replaces force_backward of the prototxt', (t) => {
  using net = new Net({ text: `force_backward: true ${scores}` }, 'test', { forceBackward: false });
  net.forward({ data: [1, 1] });
  t.throws(() => net.backward({ fc: [1, 0] }), { instanceOf: RangeError });
  using asWritten = new Net({ text: `force_backward: true ${scores}` }, 'test');
  asWritten.forward({ data: [1, 1] });
  t.deepEqual([...asWritten.backward({ fc: [1, 0] })['data']], [3, 3]);
  t.throws(() => new Net({ text: scores }, 'test', { forceBackward: 'yes' as never }), {
    instanceOf: TypeError,
    message: /forceBackward/,
  });
});

test('backward of a loss computes gradients of weights; reading that of an input is refused', (t) => {
  using net = new Net({ text: lossNet }, 'train');
  net.forward({ data: [1, 1], label: [0] });
  const result = net.backward();
  // The softmax of two equal scores is (1/2, 1/2), and the gradient of the loss (-1/2, 1/2).
  t.deepEqual([...net.params['fc'][0].diff], [-0.5, -0.5, 0.5, 0.5]);
  t.deepEqual(Object.keys(result), []);
  t.deepEqual({ ...result }, {});
  t.throws(() => result['data'], { instanceOf: RangeError, message: /gradient of "data" is never .*forceBackward/ });
  t.throws(() => result['label'], { instanceOf: RangeError, message: /except labels/ });
  t.throws(() => net.backward({}, { blobs: ['fc', 'data'] }), { instanceOf: RangeError, message: /"data"/ });
  t.deepEqual([...net.backward({}, { blobs: ['fc'] })['fc']], [-0.5, 0.5]);
  const { diffs } = net.forwardBackwardAll({ data: [1, 1], label: [0] }, undefined, { diffs: ['fc'] });
  t.deepEqual([...diffs['fc']], [-0.5, 0.5]);
  t.throws(() => diffs['data'], { instanceOf: RangeError });
});

test('with forceBackward only the gradient of labels is refused', (t) => {
  using net = new Net({ text: lossNet }, 'train', { forceBackward: true });
  net.forward({ data: [1, 1], label: [0] });
  const result = net.backward();
  t.deepEqual(Object.keys(result), ['data']);
  t.deepEqual([...result['data']], [0, 0]);
  t.throws(() => result['label'], { instanceOf: RangeError, message: /"label"/ });
});

test('{} is no inputs and no diffs, as in pycaffe', async (t) => {
  using net = new Net({ text: scores }, 'test', { forceBackward: true });
  net.blobs['data'].data.set([1, 2]);
  t.deepEqual([...net.forward({})['fc']], [9, 9]);
  t.deepEqual([...net.forward({}, { start: 'fc' })['fc']], [9, 9]);
  t.deepEqual([...(await net.forwardAsync({}, { start: 'fc' }))['fc']], [9, 9]);
  net.blobs['fc'].diff.set([1, 0]);
  t.deepEqual([...net.backward({})['data']], [3, 3]);
  t.deepEqual([...net.backward({}, { start: 'fc', end: 'fc' })['data']], [3, 3]);
  t.deepEqual([...(await net.backwardAsync({}))['data']], [3, 3]);
  t.deepEqual([...net.forwardBackwardAll({ data: [1, 2] }, {}).diffs['data']], [3, 3]);
  t.throws(() => net.forward({ fc: [1, 2] }), { instanceOf: TypeError, message: /exactly \(data\)/ });
  for (const mistake of [[], new Map(), Promise.resolve({})]) {
    t.throws(() => net.forward(mistake as never), { instanceOf: TypeError, message: /exactly \(data\)/ });
  }
});
