import test from 'ava';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaffeError, deviceCount, getMode, setMode, Solver, Timer, type Transfer } from 'tscaffe';
import { prepareData } from '../../examples/mnist/data.js';
import { scratchFolder } from '../scratch-folder.js';
import { dropoutSolver, weightsOf } from '../unit/dropout-solver.js';
import { hasDevice, onGpu } from './gpu.js';

/** The example's net with the forms of its two layers that compute on the GPU. */
const net = readFileSync('examples/mnist/lenet_train_test.prototxt', 'utf8').replaceAll('module: "', 'module: "gpu.');
if (hasDevice) prepareData();
test.beforeEach(() => {
  process.env['TSCAFFE_LAYER_PATH'] = 'examples/mnist';
  setMode('cpu');
});

/** The example's solver: losses may differ from the CPU's only by rounding. */
function lenet(mode: 'CPU' | 'GPU', changeNet = (text: string): string => text, more = ''): Solver {
  const trainNet = changeNet(net);
  return new Solver({
    text: `train_net_param { ${trainNet} } base_lr: 0.01 momentum: 0.9 weight_decay: 0.0005 lr_policy: "fixed"
      random_seed: 1 solver_mode: ${mode} snapshot_after_train: false ${more}`,
  });
}

/**
 * What was copied but for the batches, and for what Caffe's own layers copy in each forward: the ones by which
 * Convolution and InnerProduct add their biases, written anew on the CPU by each reshape.
 */
function copies({ net }: Solver): Transfer[] {
  const types = Object.fromEntries(Object.values(net.layerDict).map(({ name, type }) => [name, type]));
  return net
    .transfers()
    .causes.filter(
      ({ layer = '', during, blob }) =>
        during !== 'prefetch' && !(blob === undefined && /^(Convolution|InnerProduct)$/.test(types[layer] ?? '')),
    );
}

/** Two variants of the loss on the GPU. */
const variants: [title: string, change: (text: string) => string][] = [
  ['device math', (text) => text],
  ['kernels', (text) => text.replace('module: "gpu.pyloss"', 'module: "gpu.pyloss_kernels"')],
];

for (const [title, change] of variants) {
  onGpu(`LeNet with layers in TypeScript by ${title} computes on the GPU what it computes on the CPU`, (t) => {
    const [cpu, gpu] = [lenet('CPU', change), lenet('GPU', change)];
    for (let i = 0; i < 20; i++) {
      const losses = [cpu, gpu].map((solver, on) => {
        setMode(on === 0 ? 'cpu' : 'gpu');
        solver.step(1);
        return solver.net.blobs['loss'].cpuData[0];
      });
      t.true(Math.abs(losses[0] - losses[1]) < 1e-4, `iteration ${i}: ${losses.join(', ')}`);
    }
  });

  onGpu(`an iteration of LeNet by ${title} copies nothing but the batches and what is looked at`, (t) => {
    const solver = lenet('GPU', change);
    solver.step(10);
    solver.net.clearTransfers();
    solver.step(50);
    t.deepEqual(copies(solver), [], String(solver.net.transfers()));
    t.true(solver.net.transfers().toDevice > 0);
    t.true(Number.isFinite(solver.net.blobs['loss'].cpuData[0]));
    t.deepEqual(copies(solver), [{ blob: 'loss', values: 'data', direction: 'toHost', bytes: 4, copies: 1 }]);
  });
}

onGpu('solver_mode and device_id of a solver are honoured', (t) => {
  lenet('GPU');
  t.is(getMode(), 'gpu');
  lenet('CPU');
  t.is(getMode(), 'cpu');
  t.throws(() => lenet('GPU', undefined, `device_id: ${deviceCount()}`), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_NO_GPU',
  });
});

onGpu('stepAsync trains on the GPU, and its callbacks compute there', async (t) => {
  const [sync, async] = [lenet('GPU'), lenet('GPU')];
  sync.step(20);
  await async.stepAsync(20);
  const [a, b] = [sync, async].map((solver) => solver.net.blobs['loss'].cpuData[0]);
  t.true(Math.abs(a - b) < 1e-4, `${a} ${b}`);
  async.net.clearTransfers();
  await async.stepAsync(20);
  t.deepEqual(copies(async), [], String(async.net.transfers()));
});

onGpu('asynchronous training with a seed draws the same numbers each time', async (t) => {
  const weights: string[] = [];
  for (const seed of [7, 7, 8]) {
    setMode('gpu');
    const solver = dropoutSolver({ random_seed: seed });
    await solver.stepAsync(1);
    await solver.stepAsync(2);
    weights.push(weightsOf(solver));
  }
  t.is(weights[0], weights[1]);
  t.not(weights[0], weights[2]);
});

onGpu('a solver and a timer made in one mode run, and are disposed, in the other', (t) => {
  for (const [made, run] of [
    ['cpu', 'gpu'],
    ['gpu', 'cpu'],
  ] as const) {
    setMode(made);
    const solver = dropoutSolver();
    const timer = new Timer();
    setMode(run);
    solver.step(2);
    timer.start();
    setMode(made);
    timer.stop();
    t.true(timer.ms >= 0);
    solver.step(1);
    setMode(run);
    solver.dispose();
    t.is(getMode(), run);
  }
});

onGpu('a snapshot of a solver on the GPU is that of one on the CPU', (t) => {
  const folder = scratchFolder(t);
  const more = `snapshot_prefix: ${JSON.stringify(join(folder, 'lenet'))}`;
  const solver = lenet('GPU', undefined, more);
  solver.step(5);
  const { state } = solver.snapshot();
  t.true(existsSync(state));
  const weights = [...solver.net.params['ip2'][0].cpuData];
  const restored = lenet('CPU', undefined, more);
  restored.restore(state);
  t.is(restored.iter, 5);
  t.deepEqual([...restored.net.params['ip2'][0].cpuData], weights);
  restored.step(1);
  t.true(Number.isFinite(restored.net.blobs['loss'].cpuData[0]));
});

onGpu('the profile waits for the GPU at each layer', (t) => {
  const solver = lenet('GPU');
  solver.step(5);
  const profile = solver.net.profile();
  solver.step(5);
  profile.stop();
  for (const { name, forward, backward } of profile.layers) {
    t.is(forward.calls, 5, name);
    t.true(forward.milliseconds > 0, name);
    t.true(backward.milliseconds >= 0, name);
  }
});

onGpu('data tops stay readable after their net has been disposed', (t) => {
  const solver = lenet('GPU');
  solver.step(2);
  const { data } = solver.net.blobs;
  const before = [...data.cpuData];
  solver.dispose();
  t.deepEqual([...data.cpuData], before);
});
