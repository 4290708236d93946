import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const net = 'examples/mnist/lenet_train_test.prototxt';

/** Iterations of a training that is ended long before, by its runner. */
export const endless = 1_000_000;

/** One-hot rows by a layer of Caffe's own. */
export const oneHot = `layer { name: "one_hot" type: "Embed" bottom: "label" top: "one_hot_label"
  param { lr_mult: 0 } embed_param { input_dim: 10 num_output: 10 bias_term: false } }`;
const stockLoss = 'layer { name: "loss" type: "EuclideanLoss" bottom: "ip2" bottom: "one_hot_label" top: "loss" }';

/** The example's solver and nothing beside training: no tests, no snapshots. */
export function writeSolver(folder: string, name: string, netPath: string, maxIter: number, display = 0): void {
  const solver = readFileSync('examples/mnist/lenet_solver.prototxt', 'utf8')
    .split('\n')
    .filter((line) => !/^(net|max_iter|display|test_|snapshot)/.test(line));
  const lines = [`net: "${netPath}"`, `max_iter: ${maxIter}`, `display: ${display}`, 'snapshot_after_train: false'];
  writeFileSync(join(folder, name), [...solver, ...lines, ''].join('\n'));
}

/**
 * The example's train net, with layers of Caffe's own in the place of the two that are written in the host language.
 */
export function writeStockNet(folder: string): void {
  const kept = readFileSync(net, 'utf8')
    .split(/^(?=layer \{)/m)
    .filter((layer) => !/type: "Python"|phase: TEST/.test(layer));
  writeFileSync(join(folder, 'stock.prototxt'), [...kept, oneHot, stockLoss].join('\n'));
}
