import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A net that learns y = 0 from x = 1: the loss of each batch is (3 w + b)^2 summed over two outputs, and so falls. */
const net = `
  layer { name: "in" type: "DummyData" top: "x" top: "y" dummy_data_param {
    shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 }
    data_filler { type: "constant" value: 1 } data_filler { type: "constant" value: 0 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param {
    num_output: 2 weight_filler { type: "constant" value: 0.5 } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }
`;

const solver = `
  net: "net.prototxt"
  base_lr: 0.01
  lr_policy: "fixed"
  test_iter: 1
  test_interval: 10
  display: 5
  max_iter: 20
  snapshot: 10
  snapshot_prefix: "r"
`;

/** Writes net.prototxt and solver.prototxt: 20 iterations with tests and snapshots at every tenth. */
export function writeRegression(folder: string, more = ''): void {
  writeFileSync(join(folder, 'net.prototxt'), net + more);
  writeFileSync(join(folder, 'solver.prototxt'), solver);
}
