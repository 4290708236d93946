// Labels that are no class: Caffe's layers use them as places in memory, unchecked.
import { writeFileSync } from 'node:fs';
import test from 'ava';
import { Blob, CaffeError, createLayer, Net, Solver } from 'tscaffe';
import { assertGoodTraining } from '../fatal/good-net.js';
import { scratchFolder } from '../scratch-folder.js';

/** A layer that reads labels; `dims` of its predictions, and the number of its labels. */
interface Reader {
  type: string;
  param?: string;
  dims: number[];
  labels: number[];
  classes: number;
  expected: string;
}

const threeClasses = 'an integer from 0 to 2, since there are 3 classes';
const mayIgnore = `${threeClasses}, or an ignore_label`;
const readers: Reader[] = [
  { type: 'SoftmaxWithLoss', dims: [2, 3], labels: [2], classes: 3, expected: mayIgnore },
  {
    type: 'SoftmaxWithLoss',
    param: 'softmax_param { axis: -1 }',
    dims: [2, 2, 3],
    labels: [2, 2],
    classes: 3,
    expected: mayIgnore,
  },
  {
    type: 'SoftmaxWithLoss',
    param: 'loss_param { ignore_label: 255 }',
    dims: [2, 3, 2, 1],
    labels: [2, 1, 2, 1],
    classes: 3,
    expected: `${threeClasses}, or the ignore_label 255`,
  },
  { type: 'MultinomialLogisticLoss', dims: [2, 3], labels: [2], classes: 3, expected: threeClasses },
  { type: 'HingeLoss', dims: [2, 3, 1, 1], labels: [2], classes: 3, expected: threeClasses },
  { type: 'InfogainLoss', dims: [2, 3], labels: [2], classes: 3, expected: mayIgnore },
  { type: 'Accuracy', dims: [2, 3], labels: [2], classes: 3, expected: mayIgnore },
  {
    type: 'Accuracy',
    param: 'accuracy_param { axis: 0 ignore_label: -1 }',
    dims: [3, 2],
    labels: [2],
    classes: 3,
    expected: `${threeClasses}, or the ignore_label -1`,
  },
  {
    type: 'Embed',
    param: 'embed_param { input_dim: 3 num_output: 4 weight_filler { type: "xavier" } }',
    dims: [],
    labels: [2, 1],
    classes: 3,
    expected: 'an integer from 0 to 2, since input_dim is 3',
  },
];

const shape = (dims: number[]): string => `shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} }`;

/** The reader twice, so that Caffe splits its bottoms. */
function netOf({ type, param = '', dims, labels }: Reader, infogain: string): string {
  const embed = type === 'Embed';
  const source = type === 'InfogainLoss' ? `infogain_loss_param { source: "${infogain}" }` : '';
  const bottom = embed ? 'bottom: "label"' : 'bottom: "scores" bottom: "label"';
  const layer = (name: string): string =>
    `layer { name: "${name}" type: "${type}" ${bottom} top: "${name}" ${param} ${source} }`;
  const scores = embed ? '' : `layer { name: "s" type: "Input" top: "scores" input_param { ${shape(dims)} } }`;
  return `${scores} layer { name: "l" type: "Input" top: "label" input_param { ${shape(labels)} } } ${layer('reader')} ${layer('other')}`;
}

/** The H of InfogainLoss: the identity of three classes. */
function identity(folder: string): string {
  const path = `${folder}/infogain.binaryproto`;
  const blob = new Blob(1, 1, 3, 3);
  blob.data.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  writeFileSync(path, blob.toProto());
  return path;
}

for (const reader of readers) {
  const { type, param = 'no parameters', expected } = reader;
  test(`${type} with ${param} refuses what is no label, and takes every class`, (t) => {
    using net = new Net({ text: netOf(reader, identity(scratchFolder(t))) }, 'test');
    const { label } = net.blobs;
    const scores = 'scores' in net.blobs ? net.blobs['scores'] : undefined;
    for (const other of net.outputs) net.blobs[other].data.fill(0);
    scores?.data.fill(0.25);
    const element = label.count - 1;
    for (const [value, text] of [
      [3, '3'],
      [-1, '-1'],
      [255, '255'],
      [1e10, '1e+10'],
      [-1e30, '-1.00000002e+30'],
      [0.5, '0.5'],
      [-0.5, '-0.5'],
      [NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [-Infinity, '-Infinity'],
    ] as const) {
      label.data.fill(0);
      label.data[element] = value;
      if (expected.endsWith(`the ignore_label ${text}`)) {
        t.notThrows(() => net.forward(), text);
        continue;
      }
      const error = t.throws(() => net.forward(), { instanceOf: CaffeError, code: 'ERR_CAFFE_LABEL' }) as
        CaffeError | undefined;
      const place = `net.layer[${net.layerNames.indexOf('reader')}] "reader" forward`;
      t.is(error?.message, `${place}: label ${text} in element ${element} of blob "label": expected ${expected}`);
      const { layer, during, blob, values } = error ?? {};
      t.deepEqual(
        { layer, during, blob, values },
        { layer: 'reader', during: 'forward', blob: 'label', values: 'data' },
      );
      t.is(error?.element, element);
    }
    for (let value = 0; value < reader.classes; value++) {
      label.data.fill(value);
      t.notThrows(() => net.forward(), `${value}`);
    }
    label.data[0] = -0;
    t.notThrows(() => net.forward());
  });
}

const softmax = netOf({ type: 'SoftmaxWithLoss', dims: [2, 3], labels: [2], classes: 3, expected: mayIgnore }, '');

test('a wrong label in a solver ends the step; with right ones the solver goes on', async (t) => {
  const layers = `layer { name: "l" type: "Input" top: "label" input_param { shape { dim: 1 } } }
    layer { name: "d" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;
  using solver = new Solver({ text: `net_param { ${layers} } base_lr: 0.5 lr_policy: "fixed"` });
  const [label] = [solver.net.blobs['label']];
  label.data[0] = 2;
  const wrong = {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_LABEL',
    message: /"loss" forward: label 2 in element 0 of blob "label"/,
  };
  t.throws(() => {
    solver.step(1);
  }, wrong);
  await t.throwsAsync(solver.stepAsync(1), wrong);
  t.is(solver.iter, 0);
  label.data[0] = 1;
  solver.step(1);
  // Both scores are 0: -log(1/2).
  t.is(solver.loss, Math.fround(Math.log(2)));
  assertGoodTraining(t);
});

test('what a hook writes into the labels is checked too', (t) => {
  using net = new Net({ text: softmax }, 'test');
  net.beforeForward((layer) => {
    if (layer === 'other') net.blobs['label'].data[1] = 7;
  });
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_LABEL', message: /"other" forward: label 7 in element 1/ });
});

test('checkLabels: false leaves labels to Caffe, which cuts off their fractions', (t) => {
  using net = new Net({ text: softmax }, 'test');
  t.true(net.checkLabels);
  net.blobs['scores'].data.set([5, 1, 2, 3, 4, 9]);
  net.blobs['label'].data.set([1, 2]);
  const { reader } = net.forward();
  const right = reader[0];
  net.blobs['label'].data.set([1.9, 2.5]);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_LABEL' });
  net.checkLabels = false;
  t.false(net.checkLabels);
  t.is(net.forward()['reader'][0], right);
  net.checkLabels = true;
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_LABEL' });
  t.throws(
    () => {
      net.checkLabels = 0 as unknown as boolean;
    },
    { instanceOf: TypeError, message: 'Expected true or false for checkLabels but received 0 of type number' },
  );
});

test('a layer outside of a net checks its labels', (t) => {
  const layer = createLayer({ type: 'Accuracy' });
  const [bottom, top] = [[new Blob(1, 2), new Blob(1)], [new Blob()]];
  layer.setup(bottom, top);
  bottom[1].data[0] = 2;
  t.throws(() => layer.forward(bottom, top), {
    code: 'ERR_CAFFE_LABEL',
    message:
      'layer "Accuracy" forward: label 2 in element 0 of blob "bottom[1]": expected an integer from 0 to 1, since there are 2 classes, or an ignore_label',
  });
  bottom[1].data[0] = 1.5;
  t.throws(() => layer.forward(bottom, top), { code: 'ERR_CAFFE_LABEL' });
  layer.checkLabels = false;
  t.notThrows(() => layer.forward(bottom, top));
});
