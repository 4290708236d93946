import type { ExecutionContext } from 'ava';
import { Solver } from 'tscaffe';

/** w · 1 against 3, w from 0: a net of one weight. */
export const goodNet = `
layer { name: "data" type: "DummyData" top: "data" top: "label"
  dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } data_filler { value: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: 0 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" }`;

/**
 * Trains that net: with loss (w - 3)² / 2, gradient w - 3 and a rate of 1/2, w is 0, 3/2, 9/4 and the losses are 9/2,
 * 9/8.
 */
export function assertGoodTraining(t: ExecutionContext): void {
  using solver = new Solver({ text: `net_param { ${goodNet} } base_lr: 0.5 lr_policy: "fixed"` });
  solver.step(1);
  t.is(solver.loss, 9 / 2);
  solver.step(1);
  t.is(solver.loss, 9 / 8);
  t.deepEqual([...solver.net.params['ip'][0].data], [9 / 4]);
}
