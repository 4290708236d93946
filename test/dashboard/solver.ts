import { join } from 'node:path';

/** A small net whose loss goes down: eight images of one class, with a ReLU, and an accuracy for tests. */
export const net = `
  name: "small"
  layer { name: "images" type: "DummyData" top: "data" top: "label" dummy_data_param {
    shape { dim: 8 dim: 1 dim: 12 dim: 12 } shape { dim: 8 }
    data_filler { type: "gaussian" } data_filler { type: "constant" value: 3 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 8 kernel_size: 5 weight_filler { type: "xavier" } } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
    inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }`;

/** The text of a solver whose snapshots are in `folder`. */
export function solverText(folder: string, more = '', ofNet = net): string {
  return `base_lr: 0.001 momentum: 0.9 weight_decay: 0.0005 lr_policy: "fixed" random_seed: 1
    test_iter: 2 test_initialization: false ${more.includes('test_interval') ? '' : 'test_interval: 1000000'}
    snapshot_prefix: "${join(folder, 'small')}" snapshot_after_train: false ${more} net_param { ${ofNet} }`;
}
