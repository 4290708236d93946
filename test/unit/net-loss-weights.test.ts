// x = (1, 2), y = (1, 1), w = 3: d = w x - y = (2, 5). The loss is (4 + 25) / (2 N) = 7.25, its gradient sum(d x) / N =
// (2 + 10) / 2 = 6.
import test from 'ava';
import { Layer, Net, registerLayer, SGDSolver, type Blob } from 'tscaffe';

const values = { x: [1, 2], y: [1, 1] };
const input = 'layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 2 dim: 1 } } }';
const product = `layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: 3 } } }`;
const loss = (name: string, rest = ''): string =>
  `layer { name: "${name}" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "${name}" ${rest} }`;
const text = `${input} ${product} ${loss('loss')}`;

/** The gradient of w after a forward and a backward. */
function gradient(net: Net): number {
  net.clearParamDiffs();
  net.forward(values);
  net.backward();
  return net.params['ip'][0].diff[0];
}

test('blobLossWeights has the weight of each blob: that of a loss, 0 of others', (t) => {
  using net = new Net({ text: `${text} ${loss('half', 'loss_weight: 0.5')}` }, 'train');
  t.deepEqual(Object.keys(net.blobLossWeights), [...net.blobNames]);
  t.deepEqual(
    Object.entries(net.blobLossWeights).filter(([, weight]) => weight !== 0),
    [
      ['loss', 1],
      ['half', 0.5],
    ],
  );
});

test('A loss weight that is set counts from the next forward on, and leaves the top as it is', (t) => {
  using net = new Net({ text }, 'train');
  t.is(gradient(net), 6);
  for (const weight of [0.5, -2, 0, 1]) {
    net.blobLossWeights['loss'] = weight;
    t.is(net.blobLossWeights['loss'], weight);
    t.is(gradient(net), 6 * weight + 0);
    t.is(net.blobs['loss'].data[0], 7.25);
    t.is(net.blobs['loss'].diff[0], weight);
  }
});

test('Two losses have a weight each', (t) => {
  using net = new Net({ text: `${text} ${loss('half', 'loss_weight: 0.5')}` }, 'train');
  t.is(gradient(net), 9);
  net.blobLossWeights['half'] = 2;
  t.is(gradient(net), 18);
  net.blobLossWeights['loss'] = 0;
  t.is(gradient(net), 12);
});

test('Each element of a top with several counts by the weight', (t) => {
  const power = 'layer { name: "all" type: "Power" bottom: "ip" top: "all" loss_weight: 1 }';
  using net = new Net({ text: `force_backward: true ${input} ${product} ${power}` }, 'train');
  net.forward(values);
  net.blobLossWeights['all'] = 4;
  net.params['ip'][0].diff[0] = 0;
  net.backward();
  t.is(net.params['ip'][0].diff[0], 4 * (1 + 2));
});

class Weighted extends Layer {
  static seen: number[] = [];
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape(1);
  }
  override forward(_bottom: Blob[], [top]: Blob[]): void {
    top.data[0] = 1;
  }
  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void {
    Weighted.seen.push(top.diff[0]);
    bottom.diff.fill(top.diff[0]);
  }
}
registerLayer('Weighted', Weighted);

test('A TypeScript loss sees its weight in the diff of its top', (t) => {
  const own = 'layer { name: "own" type: "Weighted" bottom: "ip" top: "own" loss_weight: 3 }';
  using net = new Net({ text: `${input} ${product} ${own}` }, 'train');
  t.is(gradient(net), 3 * (1 + 2));
  net.blobLossWeights['own'] = 0.25;
  t.is(gradient(net), 0.25 * (1 + 2));
  t.deepEqual(Weighted.seen, [3, 0.25]);
});

// Each of 2 items has x = 1, y = 1: the loss is (w - 1)² / 2, its gradient w - 1.
const solverText = `base_lr: 0.5 lr_policy: "fixed" max_iter: 100 net_param {
  layer { name: "in" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 2 dim: 1 } data_filler { value: 1 } } }
  ${product} ${loss('loss')} }`;

test('A solver trains by the weight of now, and reports the weighted loss', (t) => {
  using solver = new SGDSolver({ text: solverText });
  const { blobLossWeights, params } = solver.net;
  const [w] = params['ip'];
  solver.step(1);
  t.is(w.data[0], 2); // 3 - 0.5 * 1 * (3 - 1)
  t.is(solver.loss, 2);
  blobLossWeights['loss'] = 0.5;
  solver.step(1);
  t.is(w.data[0], 1.75); // 2 - 0.5 * 0.5 * (2 - 1)
  t.is(solver.loss, 0.25); // 0.5 * (2 - 1)² / 2
  blobLossWeights['loss'] = 0;
  solver.step(1);
  t.is(w.data[0], 1.75);
  t.is(solver.loss, 0);
});

test('A callback may set a weight for the iteration that begins', async (t) => {
  for (const run of ['step', 'stepAsync'] as const) {
    using solver = new SGDSolver({ text: solverText });
    const [w] = solver.net.params['ip'];
    const weights = [0.5, 2];
    solver.addCallback(
      () => (solver.net.blobLossWeights['loss'] = weights[solver.iter]),
      () => undefined,
    );
    await solver[run](2);
    t.is(w.data[0], 1); // 3 - 0.5 * 0.5 * 2 = 2.5; 2.5 - 0.5 * 2 * 1.5 = 1
  }
});

test('A net that runs on its own thread refuses another weight until it is done', async (t) => {
  using solver = new SGDSolver({ text: solverText });
  const running = solver.stepAsync(50);
  t.throws(() => (solver.net.blobLossWeights['loss'] = 2), { code: 'ERR_CAFFE_BUSY' });
  await running;
  solver.net.blobLossWeights['loss'] = 2;
  t.is(solver.net.blobLossWeights['loss'], 2);
});

test('Only a number, and only for a blob that Caffe has planned a gradient for', (t) => {
  using net = new Net({ text }, 'train');
  const set = (name: string, weight: unknown) => () => {
    net.blobLossWeights[name] = weight as number;
  };
  t.throws(set('ip', 1), { instanceOf: RangeError, message: /one of \(loss\), but received ip: .*loss_weight/ });
  t.throws(set('loss', NaN), { instanceOf: RangeError });
  t.throws(set('loss', '1'), { instanceOf: TypeError, message: /blobLossWeights\.loss/ });
  t.throws(set('lost', 1), { instanceOf: TypeError });
  t.is(gradient(net), 6);
  net.dispose();
  t.throws(set('loss', 1), { code: 'ERR_CAFFE_DISPOSED' });
});
