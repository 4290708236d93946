// Two trainings whose numbers at each iteration are known: the weights and the momentum of each differ from those of
// the other.
import { SGDSolver } from 'tscaffe';

export type Run = 1 | 2;

/** A solver that snapshots in every iteration, on data that depend on the run and the iteration alone. */
export function newSolver(prefix: string, run: Run, fields = ''): SGDSolver {
  const solver = new SGDSolver({
    text: `net_param {
        layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 4 dim: 300 } shape { dim: 4 dim: 20 } } }
        layer { name: "ip" type: "InnerProduct" bottom: "x" top: "z" inner_product_param { num_output: 20 weight_filler { value: 0.01 } } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }
      }
      base_lr: 0.001 momentum: 0.9 weight_decay: 0.001 lr_policy: "inv" gamma: 0.001 power: 0.75 snapshot_prefix: "${prefix}" ${fields}`,
  });
  const { x, y } = solver.net.blobs;
  solver.addCallback(
    () => {
      const phase = solver.iter * run;
      x.data.forEach((_, i, data) => (data[i] = Math.sin(phase + i)));
      y.data.forEach((_, i, data) => (data[i] = Math.cos(phase * 2 + i)));
    },
    () => undefined,
  );
  return solver;
}

/** What a solver has learnt, to the last bit. */
export function stateOf(solver: SGDSolver): { weights: string; history: string } {
  const bits = (blobs: readonly { data: Float32Array }[]): string =>
    blobs.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')).join();
  return { weights: bits(Object.values(solver.net.params).flat()), history: bits(solver.history) };
}
