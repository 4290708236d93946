// Outputs without elements. Caffe asks for their values, and fails: "Check failed: data_", of no layer.
import test from 'ava';
import { CaffeError, Net, Solver } from 'tscaffe';

const text = `layer { name: "none" type: "Input" top: "none" input_param { shape { dim: 0 dim: 3 } } }
  layer { name: "one" type: "DummyData" top: "one" dummy_data_param { shape { dim: 1 } data_filler { value: 3 } } }
  layer { name: "loss" type: "Reduction" bottom: "one" top: "loss" loss_weight: 1 }`;
const solver = (more: string) => new Solver({ text: `base_lr: 0.1 lr_policy: "fixed" net_param { ${text} } ${more}` });

test('a solver displays and tests a net with an output that has no elements', (t) => {
  using displaying = solver('display: 1');
  displaying.step(2);
  t.is(displaying.iter, 2);
  using testing = solver('test_iter: 2 test_interval: 1');
  // The mean of two batches of 3; an output without values has no mean.
  t.deepEqual(testing.test(), { loss: 3 });
  testing.step(2);
  t.is(testing.iter, 2);
  t.is(testing.net.blobs['none']?.data.length, 0);
});

test('the error of a layer that cannot take a blob without elements says what to look for', (t) => {
  const error = t.throws(
    () => new Net({ text: `${text} layer { name: "sum" type: "Reduction" bottom: "none" top: "sum" }` }, 'test'),
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' },
  );
  t.is(error.layer, 'sum');
  t.regex(error.message, /look for a size of 0 in the shapes/);
});
