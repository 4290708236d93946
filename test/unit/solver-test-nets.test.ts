import test from 'ava';
import { CaffeError, Layer, registerLayer, SGDSolver, type Blob } from 'tscaffe';
import { onParabola, parabola, parameter, weight } from './parabola.js';

/** A data layer without an end: 0, 1, 2 ... in each phase. */

class Counter extends Layer {
  next = 0;
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape(1, 1);
  }
  override forward(_bottom: Blob[], [top]: Blob[]): void {
    top.data[0] = this.next++;
  }
}

registerLayer('solver/Counter', Counter);

test('iter_size adds up the gradients of as many batches, and their mean is the loss and the gradient', (t) => {
  using solver = new SGDSolver({
    text: `
      net_param {
        ${parameter}
        layer { name: "target" type: "solver/Counter" top: "target" }
        layer { name: "loss" type: "EuclideanLoss" bottom: "w" bottom: "target" top: "loss" }
      }
      base_lr: 1 lr_policy: "fixed" iter_size: 4`,
  });
  const w = weight(solver, 0);
  solver.step(1);
  // targets 0, 1, 2, 3: losses 0, 1/2, 4/2, 9/2; gradients 0, -1, -2, -3
  t.is(solver.loss, 14 / 2 / 4);
  t.is(w.data[0], 6 / 4);
});

const tested = `
net_param {
  ${parabola}
  layer { name: "count" type: "solver/Counter" top: "count" include { phase: TEST } }
  layer { name: "both" type: "Concat" bottom: "w" bottom: "count" top: "both" concat_param { axis: 0 } include { phase: TEST } }
}
base_lr: 0.5 lr_policy: "fixed" test_iter: 3 test_interval: 1000 test_initialization: false`;

test('test gives the means of the outputs over test_iter batches, on the weights of now', (t) => {
  using solver = new SGDSolver({ text: tested });
  weight(solver);
  // count is 0, 1, 2
  t.deepEqual(solver.test(), { 'both[0]': 5, 'both[1]': 1, loss: 8 });
  solver.step(1);
  // w is 3 now; count is 3, 4, 5
  t.deepEqual(solver.test(0), { 'both[0]': 3, 'both[1]': 4, loss: 2 });
  t.is(solver.iter, 1);
});

test('test nets see every change of the weights at once', (t) => {
  using solver = new SGDSolver({ text: tested });
  const w = weight(solver);
  t.is(solver.testNets.length, 1);
  const [testNet] = solver.testNets;
  t.is(testNet.forward()['loss'][0], 8);
  w.data[0] = 2;
  t.is(testNet.forward()['loss'][0], 0.5);
  solver.step(1);
  t.is(testNet.forward()['loss'][0], 0.125);
});

test('there is no test without test nets, and none beyond the last one', (t) => {
  using none = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
  t.deepEqual(none.testNets, []);
  t.throws(() => none.test(), { instanceOf: CaffeError, code: 'ERR_CAFFE_SOLVER', message: /no test net 0.* has 0/ });
  using one = new SGDSolver({ text: tested });
  t.throws(() => one.test(1), { instanceOf: RangeError, message: /index/ });
  t.throws(() => one.test(-1), { instanceOf: RangeError, message: /index/ });
  t.throws(() => one.test('0' as never), { instanceOf: TypeError, message: /index/ });
});

test('step runs the tests that are due', (t) => {
  using solver = new SGDSolver({ text: tested.replace('test_interval: 1000', 'test_interval: 2') });
  const counter = solver.testNets[0].layerDict['count'].layer as Counter;
  solver.step(1);
  t.is(counter.next, 0, 'test_initialization is false');
  solver.step(4);
  // before iterations 2 and 4, three batches each
  t.is(counter.next, 6);
});
