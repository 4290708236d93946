import test from 'ava';
import { Blob, createLayer, Net, SGDSolver } from 'tscaffe';
import { LearnableScale } from '../../../examples/layers/learnable-scale.js';
import { alike, blobOf, once, scattered } from './once.js';

test("LearnableScale computes what Caffe's own Scale computes", (t) => {
  const bottom = () => [blobOf([2, 3, 2, 2], scattered(24))];
  const blobs = [[0.5, -1, 3]];
  const ours = once({ type: LearnableScale }, bottom(), { topDiff: 0.7, blobs });
  const stock = once({ type: 'Scale' }, bottom(), { topDiff: 0.7, blobs });
  t.deepEqual(ours.topShape, [2, 3, 2, 2]);
  t.deepEqual(ours.top, stock.top);
  t.deepEqual(ours.bottomDiff, stock.bottomDiff);
  t.true(alike(ours.blobDiff[0], stock.blobDiff[0]), `${String(ours.blobDiff)}, Caffe's ${String(stock.blobDiff)}`);
});

test('LearnableScale works in place', (t) => {
  const layer = createLayer({ type: LearnableScale, pythonParam: { paramStr: 'initial: 2' } });
  const blob = [blobOf([1, 2], [3, 5])];
  layer.setup(blob, blob);
  layer.forward(blob, blob);
  t.deepEqual([...blob[0].data], [6, 10]);
  blob[0].diff.set([1, 10]);
  layer.backward(blob, [true], blob);
  t.deepEqual([...layer.blobs[0].diff], [3, 50]);
  t.deepEqual([...blob[0].diff], [2, 20]);
});

const prototxt = (paramStr: string) => `
  layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 2 } data_filler { value: 1 } } }
  layer {
    name: "scale" type: "Python" bottom: "x" top: "y"
    python_param { module: "learnable-scale" layer: "LearnableScale" param_str: "${paramStr}" }
  }
  layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;

test('LearnableScale is found by module and class, trains with its lrMult, and its factors are saved', (t) => {
  using solver = new SGDSolver({
    text: `base_lr: 1 lr_policy: "fixed" net_param { ${prototxt('initial: 4 lrMult: 0.5')} }`,
    file: 'examples/layers/solver.prototxt',
  });
  t.deepEqual([...solver.net.params['scale'][0].data], [4, 4]);
  solver.step(3);
  // Each step takes 0.5 * x.
  t.deepEqual([...solver.net.params['scale'][0].data], [2.5, 2.5]);
  using net = new Net({ text: prototxt('initial: 4'), file: 'examples/layers/net.prototxt' }, 'test', {
    weights: solver.net.toProto(),
  });
  t.deepEqual([...net.forward()['loss']], [5]);
});

test('LearnableScale refuses a bottom of another number of channels than its factors', (t) => {
  const layer = createLayer({ type: LearnableScale, name: 'scale' });
  const bottom = [new Blob(1, 3)];
  const top = [new Blob()];
  layer.setup(bottom, top);
  bottom[0].reshape(1, 4);
  t.throws(() => layer.forward(bottom, top), { instanceOf: RangeError, message: 'scale: 4 channels for 3 factors' });
});
