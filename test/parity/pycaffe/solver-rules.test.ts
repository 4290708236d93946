// The update rules of the six solvers, as Caffe's test_gradient_based_solver.cpp asks for them: each step's update is
// computed here by hand, in double precision, from the least-squares gradient, and compared with what the solver did to
// the weights.
//
// y = X w + b for N = 4 rows of D = 3 values; loss = sum((y - target)^2) / (2 N); dL/dw = X^T (y - target) / N,
// likewise for b with 1s. Formulas: the sources named in Caffe's solvers: Nesterov (Sutskever 2013), AdaGrad (Duchi
// 2011), RMSProp (Tieleman 2012), AdaDelta (Zeiler 2012), Adam (Kingma 2015).
import { join } from 'node:path';
import test from 'ava';
import { Layer, registerLayer, Solver, type Blob } from 'tscaffe';
import { scratchFolder } from '../../scratch-folder.js';

const N = 4;
const D = 3;

/** Batch number k of the data: fixed, and each batch another. */
const value = (k: number, i: number): number => Math.fround(Math.sin(1 + 7 * k + 3 * i));
const target = (k: number, n: number): number => Math.fround(Math.cos(2 + 5 * k + n));

let batchNumber = 0;

class Rows extends Layer {
  override reshape(_bottom: Blob[], [x, y]: Blob[]): void {
    x.reshape(N, D);
    y.reshape(N, 1);
  }
  override forward(_bottom: Blob[], [x, y]: Blob[]): void {
    for (let i = 0; i < N * D; i++) x.data[i] = value(batchNumber, i);
    for (let n = 0; n < N; n++) y.data[n] = target(batchNumber, n);
    batchNumber++;
  }
}
registerLayer('Rows', Rows);

interface Setting {
  lr?: number;
  decay?: number;
  momentum?: number;
  iterations?: number;
  iterSize?: number;
  rmsDecay?: number;
  /** Two layers with the same weights, whose outputs are added. */
  shared?: boolean;
}

const types = ['SGD', 'Nesterov', 'AdaGrad', 'RMSProp', 'AdaDelta', 'Adam'] as const;
type Type = (typeof types)[number];
const needsMomentum = (type: Type): boolean => type === 'AdaDelta' || type === 'Adam';
const allowsMomentum = (type: Type): boolean => type !== 'AdaGrad' && type !== 'RMSProp';
const withMomentum = types.filter(allowsMomentum);
const [delta, momentum2] = [1e-3, 0.999];

function solverText(type: Type, setting: Setting, prefix = 'unused'): string {
  const { lr = 1, decay = 0, momentum = 0, iterSize = 1, rmsDecay = 0.95, shared = false } = setting;
  const product = (name: string): string => `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}"
    param { name: "w" } param { name: "b" } inner_product_param { num_output: 1
    weight_filler { type: "uniform" min: -1 max: 1 } bias_filler { type: "uniform" min: -1 max: 1 } } }`;
  const sum = shared
    ? `${product('two')} layer { name: "sum" type: "Eltwise" bottom: "one" bottom: "two" top: "sum" }`
    : '';
  return `type: "${type}" base_lr: ${lr} lr_policy: "fixed" weight_decay: ${decay} momentum: ${momentum} iter_size: ${iterSize}
    momentum2: ${momentum2} rms_decay: ${rmsDecay} delta: ${delta} max_iter: 100 random_seed: 1701
    snapshot_after_train: false snapshot_prefix: "${prefix}"
    net_param { layer { name: "rows" type: "Rows" top: "x" top: "y" } ${product('one')} ${sum}
    layer { name: "loss" type: "EuclideanLoss" bottom: "${shared ? 'sum' : 'one'}" bottom: "y" top: "loss" } }`;
}

/** Weights and bias as one vector. */
const weightsOf = (solver: Solver): number[] => solver.net.params['one'].flatMap(({ data }) => [...data]);

/** The gradient over `iterSize` batches from batch `first`, with weight decay. */
function gradient(weights: number[], first: number, { decay = 0, iterSize = 1, shared = false }: Setting): number[] {
  const times = shared ? 2 : 1;
  const sum = weights.map(() => 0);
  for (let k = first; k < first + iterSize; k++) {
    for (let n = 0; n < N; n++) {
      const row = [...Array.from({ length: D }, (_, d) => value(k, n * D + d)), 1];
      const y = row.reduce((total, x, i) => total + x * weights[i], 0) * times;
      for (const [i, x] of row.entries()) sum[i] += (times * x * (y - target(k, n))) / N / iterSize;
    }
  }
  return sum.map((g, i) => g + decay * weights[i]);
}

/** The update of one weight by its rule; `h` is what the rule remembers of it, `t` the number of the update from 1. */
function update(
  type: Type,
  g: number,
  h: [number, number],
  t: number,
  { lr = 1, momentum: m = 0, rmsDecay = 0.95 }: Setting,
): number {
  switch (type) {
    case 'SGD':
      h[0] = m * h[0] + lr * g;
      return h[0];
    case 'Nesterov': {
      const before = h[0];
      h[0] = m * before + lr * g;
      return (1 + m) * h[0] - m * before;
    }
    case 'AdaGrad':
      h[0] += g * g;
      return (lr * g) / (Math.sqrt(h[0]) + delta);
    case 'RMSProp':
      h[0] = rmsDecay * h[0] + (1 - rmsDecay) * g * g;
      return (lr * g) / (Math.sqrt(h[0]) + delta);
    case 'AdaDelta': {
      h[0] = m * h[0] + (1 - m) * g * g;
      const step = g * Math.sqrt((h[1] + delta) / (h[0] + delta));
      h[1] = m * h[1] + (1 - m) * step * step;
      return lr * step;
    }
    case 'Adam':
      h[0] = m * h[0] + (1 - m) * g;
      h[1] = momentum2 * h[1] + (1 - momentum2) * g * g;
      return ((lr * Math.sqrt(1 - momentum2 ** t)) / (1 - m ** t)) * (h[0] / (Math.sqrt(h[1]) + delta));
  }
}

/** The cases of each solver in Caffe's test, under their names there. */
const settings: [name: string, setting: Setting, only?: readonly Type[]][] = [
  ['', {}],
  ['LROneHundredth', { lr: 0.01 }],
  ['WithWeightDecay', { lr: 0.01, decay: 0.5 }],
  ['WithWeightDecayMultiIter', { lr: 0.01, decay: 0.5, iterations: 4 }],
  ['WithMomentum', { lr: 0.01, momentum: 0.5 }, withMomentum],
  ['WithHalfMomentum', { lr: 0.01, momentum: 0.5, iterations: 2 }, ['AdaDelta']],
  ['WithMomentumMultiIter', { lr: 0.01, momentum: 0.9, iterations: 4 }, withMomentum],
  ['WithRmsDecay', { lr: 0.01, rmsDecay: 0.5, iterations: 4 }, ['RMSProp']],
  ['WithEverything', { lr: 0.01, decay: 0.1, momentum: 0.9, iterations: 4 }],
  ['WithEverythingShare', { lr: 0.01, decay: 0.1, momentum: 0.9, iterations: 4, shared: true }],
  ['WithEverythingAccum', { lr: 0.01, decay: 0.1, momentum: 0.9, iterations: 4, iterSize: 2 }],
  ['WithEverythingAccumShare', { lr: 0.01, decay: 0.1, momentum: 0.9, iterations: 4, iterSize: 2, shared: true }],
];

for (const type of types) {
  for (const [name, given, only = types] of settings) {
    if (!only.includes(type)) continue;
    const momentum = allowsMomentum(type) ? (given.momentum ?? (needsMomentum(type) ? 0.9 : 0)) : 0;
    const setting = { ...given, momentum };
    test.serial(`${type} TestLeastSquaresUpdate${name}: weights and history go by the rule`, (t) => {
      batchNumber = 0;
      using solver = new Solver({ text: solverText(type, setting) });
      const weights = weightsOf(solver);
      const memory = weights.map((): [number, number] => [0, 0]);
      const { iterations = 1, iterSize = 1 } = setting;
      for (let iteration = 0; iteration < iterations; iteration++) {
        const g = gradient(weights, iteration * iterSize, setting);
        solver.step(1);
        for (const [i, h] of memory.entries()) weights[i] -= update(type, g[i], h, iteration + 1, setting);
        for (const [i, weight] of weightsOf(solver).entries()) {
          const error = Math.abs(weight - weights[i]);
          t.true(error <= 2e-5 * Math.max(1, Math.abs(weights[i])), `weight ${i}: ${weight}, by hand ${weights[i]}`);
        }
        const history = solver.history.flatMap(({ data }) => [...data]);
        t.is(history.length, weights.length * (needsMomentum(type) ? 2 : 1));
        for (const [i, value] of history.entries()) {
          const byHand = memory[i % weights.length][i < weights.length ? 0 : 1];
          t.true(
            Math.abs(value - byHand) <= 2e-5 * Math.max(1, Math.abs(byHand)),
            `history ${i}: ${value}, by hand ${byHand}`,
          );
        }
      }
    });
  }

  for (const shared of [false, true]) {
    test.serial(`${type} TestSnapshot${shared ? 'Share' : ''}: resumed, a run ends as if never interrupted`, (t) => {
      const setting = { lr: 0.01, decay: 0.1, momentum: allowsMomentum(type) ? 0.9 : 0, shared };
      for (const iterations of [1, 2, 3, 4]) {
        const text = solverText(type, setting, join(scratchFolder(t), 'least-squares'));
        batchNumber = 0;
        using through = new Solver({ text });
        through.step(iterations);
        const state = through.snapshot();
        through.step(iterations);

        using resumed = new Solver({ text });
        resumed.restore(state);
        t.is(resumed.iter, iterations);
        batchNumber = iterations;
        resumed.step(iterations);
        const params = (solver: Solver): number[][] =>
          solver.net.params['one'].flatMap(({ data, diff }) => [[...data], [...diff]]);
        t.deepEqual(params(resumed), params(through));
        t.deepEqual(
          resumed.history.map(({ data }) => [...data]),
          through.history.map(({ data }) => [...data]),
        );
      }
    });
  }
}
