import test from 'ava';
import { Net, registerLayer } from 'tscaffe';
import { label2one_hot } from '../../examples/mnist/one_hot.js';

registerLayer('TypeScriptOneHot', label2one_hot);

const text = `
  force_backward: true
  layer { name: "input" type: "Input" top: "label" top: "scores" input_param { shape { dim: 3 } shape { dim: 3 dim: 4 } } }
  layer { name: "one_hot" type: "TypeScriptOneHot" bottom: "label" bottom: "scores" top: "rows" }`;

const scores = new Float32Array(12).fill(7);

test('label2one_hot writes a row for each label, and nothing of the last batch stays', (t) => {
  using net = new Net({ text }, 'train');
  t.deepEqual(net.blobs['rows'].shape, [3, 4]);
  t.deepEqual([...net.forward({ label: [2, 0, 3], scores })['rows']], [0, 0, 1, 0, /**/ 1, 0, 0, 0, /**/ 0, 0, 0, 1]);
  t.deepEqual([...net.forward({ label: [1, 1, 0], scores })['rows']], [0, 1, 0, 0, /**/ 0, 1, 0, 0, /**/ 1, 0, 0, 0]);
});

test('label2one_hot has a gradient of 0 for labels and scores', (t) => {
  using net = new Net({ text }, 'train');
  net.forward({ label: [2, 0, 3], scores });
  net.blobs['label'].diff.fill(99);
  net.blobs['scores'].diff.fill(99);
  net.backward({ rows: new Float32Array(12).fill(1) });
  t.true(net.blobs['label'].cpuDiff.every((x) => x === 0));
  t.true(net.blobs['scores'].cpuDiff.every((x) => x === 0));
});

for (const label of [4, -1, 1.5, NaN]) {
  test(`label2one_hot refuses the label ${label} and names the image`, (t) => {
    using net = new Net({ text }, 'train');
    t.throws(() => net.forward({ label: [0, label, 0], scores }), {
      instanceOf: RangeError,
      message: `one_hot: label ${label} of image 1 is no class of 0 ... 3`,
    });
  });
}
