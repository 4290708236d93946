import { createHash } from 'node:crypto';
import { Solver } from 'tscaffe';

const net = (inner: string): string => `
  name: "dropout"
  layer {
    name: "data" type: "DummyData" top: "data" top: "target"
    dummy_data_param {
      shape { dim: 6 dim: 1 dim: 5 dim: 5 } shape { dim: 6 dim: 4 }
      data_filler { type: "gaussian" } data_filler { type: "uniform" min: -1 max: 1 }
    }
  }
  layer {
    name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 3 kernel_size: 3 weight_filler { type: "gaussian" std: 0.3 } }
  }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "drop" type: "Dropout" bottom: "conv" top: "drop" dropout_param { dropout_ratio: 0.4 } }
  ${inner}
  layer {
    name: "ip" type: "InnerProduct" bottom: "drop" top: "ip"
    inner_product_param { num_output: 4 weight_filler { type: "xavier" } }
  }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "target" top: "loss" }`;

/**
 * A small solver that asks Caffe for random numbers everywhere: its data and weights are filled with them, and it has
 * dropout.
 *
 * @param fields - fields of the solver's prototxt, beside or instead of those below
 * @param inner - layers between blob "drop" and layer "ip"
 */
export function dropoutSolver(fields: Record<string, number | string | boolean> = {}, inner = ''): Solver {
  const all = {
    base_lr: 0.05,
    momentum: 0.9,
    lr_policy: '"fixed"',
    max_iter: 1000,
    random_seed: 7,
    test_iter: 2,
    test_interval: 1000,
    test_initialization: false,
    ...fields,
  };
  const lines = Object.entries(all).map(([field, value]) => `${field}: ${value}`);
  return new Solver({ text: `net_param { ${net(inner)} }\n${lines.join('\n')}` });
}

/** A fingerprint of all learnable blobs, to the last bit. */
export function weightsOf(solver: Solver): string {
  const hash = createHash('sha256');
  for (const blob of Object.values(solver.net.params).flat()) hash.update(blob.cpuData);
  return hash.digest('hex');
}
