import type { Blob, Solver } from 'tscaffe';

/** One learnable number w as a net's blob. (Caffe's Parameter layer would not add up its gradients.) */
export const parameter = `
layer { name: "one" type: "DummyData" top: "one" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
layer { name: "w" type: "InnerProduct" bottom: "one" top: "w" inner_product_param { num_output: 1 bias_term: false } }`;

/** A net whose loss is (w - 1)² / 2, and so the gradient w - 1. */
export const parabola = `
${parameter}
layer { name: "target" type: "DummyData" top: "target" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "w" bottom: "target" top: "loss" }`;

/** A solver of the parabola. */
export function onParabola(fields: string): { text: string } {
  return { text: `net_param { ${parabola} } ${fields}` };
}

/** w, set to where the solver begins: not at the minimum. */
export function weight(solver: Solver, start = 5): Blob {
  const [w] = solver.net.params['w'];
  w.data[0] = start;
  return w;
}
