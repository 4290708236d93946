// The cases of pycaffe's test_solver.py, under their own names.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SGDSolver } from 'tscaffe';
import { scratchFolder } from '../../scratch-folder.js';

const text = `test_iter: 10 test_interval: 10 base_lr: 0.01 momentum: 0.9 weight_decay: 0.0005 lr_policy: "inv" gamma: 0.0001 power: 0.75
display: 100 max_iter: 100 snapshot_after_train: false snapshot_prefix: "model" random_seed: 1
net_param { name: "testnet"
  layer { type: "DummyData" name: "data" top: "data" top: "label" dummy_data_param {
    shape { dim: 5 dim: 2 dim: 3 dim: 4 } shape { dim: 5 } data_filler { type: "gaussian" std: 1 } data_filler { type: "constant" value: 3 } } }
  layer { type: "Convolution" name: "conv" bottom: "data" top: "conv" convolution_param { num_output: 11 kernel_size: 2 pad: 3
    weight_filler { type: "gaussian" std: 1 } bias_filler { type: "constant" value: 2 } } }
  layer { type: "InnerProduct" name: "ip" bottom: "conv" top: "ip_blob"
    inner_product_param { num_output: 13 weight_filler { type: "gaussian" std: 2.5 } bias_filler { type: "constant" value: -3 } } }
  layer { type: "SoftmaxWithLoss" name: "loss" bottom: "ip_blob" bottom: "label" top: "loss" } }`;

test('test_solve: solve goes from iteration 0 to max_iter', (t) => {
  using solver = new SGDSolver({ text });
  t.is(solver.iter, 0);
  solver.solve();
  t.is(solver.iter, 100);
});

test('test_apply_update: a diff of 1 moves weights of 0 by minus the learning rate', (t) => {
  using solver = new SGDSolver({ text });
  const [w] = solver.net.params['conv'];
  w.data.fill(0);
  w.diff.fill(1);
  solver.applyUpdate();
  t.true(w.data.every((value) => Math.abs(value + 0.01) < 1e-7));
  t.is(solver.iter, 1);
});

test('test_net_memory: the nets live on after their solver is dropped', (t) => {
  const [net, testNet] = ((): [SGDSolver['net'], SGDSolver['net']] => {
    const solver = new SGDSolver({ text });
    return [solver.net, solver.testNets[0]];
  })();
  globalThis.gc?.();
  let total = 0;
  for (const each of [net, testNet]) {
    for (const blob of [...Object.values(each.params).flat(), ...Object.values(each.blobs)]) {
      for (const value of [...blob.data, ...blob.diff]) total += value;
    }
    t.true((each.forward()['loss'][0] ?? 0) >= 0);
  }
  t.true(Number.isFinite(total));
});

test('test_snapshot: snapshot writes the weights and the state under the prefix', (t) => {
  const prefix = join(scratchFolder(t), 'model');
  using solver = new SGDSolver({ text: text.replace('snapshot_prefix: "model"', `snapshot_prefix: "${prefix}"`) });
  t.is(String(solver.snapshot()), `${prefix}_iter_0.solverstate`);
  t.true(existsSync(`${prefix}_iter_0.caffemodel`));
  t.true(existsSync(`${prefix}_iter_0.solverstate`));
});
