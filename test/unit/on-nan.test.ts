import test from 'ava';
import { CaffeError, Layer, Net, registerLayer, Solver, type Blob } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { onParabola, weight } from './parabola.js';

/** y = x, with a NaN in the last element of y, or of x's diff, if told so. */
class Spoils extends Layer {
  static data = 0;
  static diff = 0;
  override reshape([x]: Blob[], [y]: Blob[]): void {
    y.reshapeLike(x);
  }
  override forward([x]: Blob[], [y]: Blob[]): void {
    y.data.set(x.cpuData);
    y.data[y.count - 1] += Spoils.data;
  }
  override backward([y]: Blob[], _propagateDown: boolean[], [x]: Blob[]): void {
    x.diff.set(y.cpuDiff);
    x.diff[x.count - 1] += Spoils.diff;
  }
}
registerLayer('on-nan/Spoils', Spoils);

const text = `
force_backward: true
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 weight_filler { value: 1 } } }
layer { name: "relu" type: "ReLU" bottom: "ip" top: "ip" }
layer { name: "spoils" type: "on-nan/Spoils" bottom: "ip" top: "y" }
layer { name: "sum" type: "Reduction" bottom: "y" top: "sum" loss_weight: 1 }`;

function net(t: { teardown: (f: () => void) => void }): Net {
  Spoils.data = Spoils.diff = 0;
  const made = new Net({ text }, 'train');
  t.teardown(() => {
    made.dispose();
  });
  return made;
}

/** What an error says of the value, and where. */
function place(error: CaffeError | undefined): unknown {
  const { layer, layerIndex, during, blob, param, values, element } = error ?? ({} as Partial<CaffeError>);
  return { layer, layerIndex, during, blob, param, values, element };
}

const ok = { param: undefined, blob: undefined };

for (const { what, spoil, message, expected } of [
  {
    what: 'a NaN in an input',
    spoil: (n: Net) => (n.blobs['x'].data[1] = NaN),
    message: 'net.layer[0] "in" forward: NaN in element 1 of the data of blob "x"',
    expected: { ...ok, layer: 'in', layerIndex: 0, during: 'forward', blob: 'x', values: 'data', element: 1 },
  },
  {
    what: 'an infinite weight',
    spoil: (n: Net) => (n.params['ip'][0].data[5] = -Infinity),
    message: 'net.layer[1] "ip" forward: -Infinity in element 5 of the data of params[0]',
    expected: { ...ok, layer: 'ip', layerIndex: 1, during: 'forward', param: 0, values: 'data', element: 5 },
  },
  {
    what: 'what a layer computes',
    spoil: () => (Spoils.data = Infinity),
    message: 'net.layer[3] "spoils" forward: Infinity in element 1 of the data of blob "y"',
    expected: { ...ok, layer: 'spoils', layerIndex: 3, during: 'forward', blob: 'y', values: 'data', element: 1 },
  },
  {
    what: 'a gradient that a layer computes',
    spoil: () => (Spoils.diff = NaN),
    message: 'net.layer[3] "spoils" backward: NaN in element 1 of the diff of blob "ip"',
    expected: { ...ok, layer: 'spoils', layerIndex: 3, during: 'backward', blob: 'ip', values: 'diff', element: 1 },
  },
  {
    what: 'a gradient of weights',
    spoil: (n: Net) => {
      n.beforeBackward((layer) => {
        if (layer === 'ip') n.params['ip'][1].diff[0] = NaN;
      });
    },
    message: 'net.layer[1] "ip" backward: NaN in element 0 of the diff of params[1]',
    expected: { ...ok, layer: 'ip', layerIndex: 1, during: 'backward', param: 1, values: 'diff', element: 0 },
  },
] as const) {
  test.serial(`onNaN names ${what}, and ends the call by default; the net goes on`, async (t) => {
    const n = net(t);
    n.blobs['x'].data.fill(1);
    const remove = n.onNaN();
    const runs = (): void => {
      n.forward();
      n.backward();
    };
    t.notThrows(runs);
    spoil(n);
    const error = t.throws(runs, { instanceOf: CaffeError, code: 'ERR_CAFFE_NAN', message }) as CaffeError | undefined;
    t.deepEqual(place(error), expected);
    await t.throwsAsync(
      async () => {
        await n.forwardAsync();
        await n.backwardAsync();
      },
      { code: 'ERR_CAFFE_NAN', message },
    );
    remove();
    remove();
    t.notThrows(runs);
  });
}

test.serial('onNaN calls its function for the first value in each pass, and goes on if that returns', (t) => {
  const n = net(t);
  const told: string[] = [];
  n.onNaN(({ layer, during }) => told.push(`${layer} ${during}`));
  n.blobs['x'].data.fill(NaN);
  for (let pass = 0; pass < 2; pass++) {
    n.forward();
    n.backward();
  }
  // ReLU makes 0 of NaN's gradient; x is a factor of that of the weights.
  t.deepEqual(told, ['in forward', 'ip backward', 'in forward', 'ip backward']);
});

test.serial('what the function of onNaN throws comes out as it is', (t) => {
  const n = net(t);
  n.onNaN(() => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw 'mine';
  });
  n.blobs['x'].data.fill(NaN);
  try {
    n.forward();
    t.fail();
  } catch (error) {
    t.is(error, 'mine');
  }
});

test.serial('large finite values, whose sum is not finite, are no matter', (t) => {
  const n = net(t);
  n.onNaN();
  n.params['ip'][0].data.fill(0);
  n.blobs['x'].data.fill(3e38);
  t.notThrows(() => n.forward());
});

test.serial('onNaN takes a function only, and may be removed when its net is gone', (t) => {
  const n = net(t);
  t.throws(() => n.onNaN(7 as unknown as () => void), { instanceOf: TypeError, message: /a function for f/ });
  const remove = n.onNaN();
  n.dispose();
  t.notThrows(remove);
  t.throws(() => n.onNaN(), { code: 'ERR_CAFFE_DISPOSED' });
});

test.serial('a solver that diverges stops at the first infinity, and its function may take a snapshot', async (t) => {
  const folder = scratchFolder(t);
  // (w - 1) times 1 - 1e30 in each update: w is 5, then -4e30, then beyond what a float holds.
  using solver = new Solver(onParabola(`base_lr: 1e30 lr_policy: "fixed" snapshot_prefix: "${folder}/s"`));
  const w = weight(solver);
  const snapshots: string[] = [];
  const remove = solver.onNaN((error) => {
    snapshots.push(solver.snapshot().state);
    throw error;
  });
  const error = t.throws(
    () => {
      solver.step(10);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_NAN' },
  ) as CaffeError | undefined;
  t.is(error?.layer, 'loss');
  t.is(error?.blob, 'loss');
  t.is(solver.iter, 1);
  t.true(Math.abs(w.data[0] / -4e30 - 1) < 1e-6);
  await t.throwsAsync(solver.stepAsync(10), { code: 'ERR_CAFFE_NAN' });
  t.is(snapshots.length, 2);
  remove();
  solver.step(1);
  t.is(solver.iter, 2);
});

test.serial('onNaN of a solver looks at its test nets too', (t) => {
  using solver = new Solver(onParabola('base_lr: 0.1 lr_policy: "fixed" test_iter: 1 test_interval: 100'));
  weight(solver, NaN);
  solver.onNaN();
  t.throws(() => solver.test(), {
    code: 'ERR_CAFFE_NAN',
    message: 'net.layer[1] "w" forward: NaN in element 0 of the data of params[0]',
  });
});
