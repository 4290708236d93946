import test from 'ava';
import { SGDSolver } from 'tscaffe';
import { FocalLoss } from '../../../examples/layers/focal-loss.js';
import { alike, blobOf, once, scattered } from './once.js';

const focal = (paramStr: string) => ({ type: FocalLoss, pythonParam: { paramStr } });

test('FocalLoss gives the loss and gradient of hand arithmetic', (t) => {
  // Softmax probabilities 1/2, 1/2 and 3/4, 1/4; both of class 0.
  const scores = blobOf([2, 2], [0, 0, Math.log(3), 0]);
  const { top, bottomDiff } = once(focal('gamma: 2, alpha: 0.25'), [scores, blobOf([2], [0, 0])], { topDiff: 2 });
  const first = 0.25 * 0.5 ** 2 * Math.log(2);
  const second = 0.25 * 0.25 ** 2 * Math.log(4 / 3);
  t.true(alike(top, [(first + second) / 2]), String(top));
  // z of the right class: 2 / 2 * alpha (gamma p (1 - p) ln p - (1 - p)^2) (1 - p); of the other the negative
  const slope = (p: number): number => 0.25 * (2 * p * (1 - p) * Math.log(p) - (1 - p) ** 2) * (1 - p);
  t.true(alike(bottomDiff[0], [slope(0.5), -slope(0.5), slope(0.75), -slope(0.75)]), String(bottomDiff));
});

test("FocalLoss with gamma 0 and alpha 1 is Caffe's SoftmaxWithLoss, over places too", (t) => {
  const scores = () => blobOf([2, 3, 2, 2], scattered(24));
  const labels = () => blobOf([2, 2, 2], [0, 2, 1, 1, 2, 0, 0, 1]);
  const ours = once(focal('gamma: 0 alpha: 1'), [scores(), labels()], { topDiff: 0.7 });
  const stock = once({ type: 'SoftmaxWithLoss' }, [scores(), labels()], { topDiff: 0.7 });
  t.true(alike(ours.top, stock.top), `${String(ours.top)}, Caffe's ${String(stock.top)}`);
  t.true(alike(ours.bottomDiff[0], stock.bottomDiff[0]));
});

test('FocalLoss stays finite for scores far apart', (t) => {
  const scores = blobOf([2, 2], [200, -200, -200, 200]);
  for (const gamma of [0.5, 2]) {
    const { top, bottomDiff } = once(focal(`gamma: ${gamma}`), [scores, blobOf([2], [0, 0])]);
    t.true([...top, ...bottomDiff[0]].every(Number.isFinite), `${String(top)} ${String(bottomDiff)}`);
  }
});

test('FocalLoss refuses a label that is no class, and as many labels as do not fit', (t) => {
  t.throws(() => once(focal(''), [blobOf([1, 2], [0, 0]), blobOf([1], [2])]), {
    message: 'FocalLoss: label 2 is not in 0 ... 1',
  });
  t.throws(() => once(focal(''), [blobOf([1, 2], [0, 0]), blobOf([2], [0, 0])]), {
    message: /2 labels for scores of 1 x 2/,
  });
});

test("FocalLoss, with Caffe's Softmax inside, trains asynchronously as it does synchronously", async (t) => {
  const source = {
    text: `base_lr: 0.5 lr_policy: "fixed" random_seed: 3 net_param {
      layer {
        name: "data" type: "DummyData" top: "x" top: "label"
        dummy_data_param {
          shape { dim: 8 dim: 4 } shape { dim: 8 } data_filler { type: "gaussian" } data_filler { value: 1 }
        }
      }
      layer {
        name: "ip" type: "InnerProduct" bottom: "x" top: "scores"
        inner_product_param { num_output: 3 weight_filler { type: "xavier" } }
      }
      layer {
        name: "loss" type: "Python" bottom: "scores" bottom: "label" top: "loss" loss_weight: 1
        python_param { module: "focal-loss" layer: "FocalLoss" param_str: "gamma: 1" }
      }
    }`,
    file: 'examples/layers/solver.prototxt',
  };
  using synchronous = new SGDSolver(source);
  const first = synchronous.net.forward()['loss'][0];
  synchronous.step(20);
  using asynchronous = new SGDSolver(source);
  asynchronous.net.forward();
  await asynchronous.stepAsync(20);
  const weights = ({ net }: SGDSolver) => net.params['ip'].map((blob) => [...blob.data]);
  t.deepEqual(weights(asynchronous), weights(synchronous));
  t.true(synchronous.net.blobs['loss'].data[0] < first / 2);
});
