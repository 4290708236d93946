import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { Layer, Net, registerLayer, SGDSolver, type Blob, type LayerProfile } from 'tscaffe';
import { EndlessRun, forever } from './endless-run.js';
import { parabola, parameter, weight } from './parabola.js';

/** A layer that takes its time: some milliseconds, which the tests do not count but compare. */
const spent = { forward: 20, backward: 10 };
function spend(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

class Slow extends Layer {
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    spend(spent.forward);
    top.data.set(bottom.cpuData);
  }
  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void {
    spend(spent.backward);
    bottom.diff.set(top.cpuDiff);
  }
}
registerLayer('profile/Slow', Slow);

/** Milliseconds for which layers have waited. */
let waited = 0;
class Waiting extends Layer {
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override async forward([bottom]: Blob[], [top]: Blob[]): Promise<void> {
    const begin = performance.now();
    await setTimeout(spent.forward); // in the eyes of a timer, which may begin to count earlier
    waited = performance.now() - begin;
    top.data.set(bottom.cpuData);
  }
}
registerLayer('profile/Waiting', Waiting);

const text = (type: string): string => `
  layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
  layer { name: "stock" type: "Power" bottom: "x" top: "y" }
  layer { name: "own" type: "${type}" bottom: "y" top: "z" }
  force_backward: true`;

const calls = (layers: LayerProfile[]): unknown[] =>
  layers.map(({ name, type, forward, backward }) => [name, type, forward.calls, backward.calls]);
function own(layers: LayerProfile[]): LayerProfile {
  const layer = layers.find(({ name }) => name === 'own');
  if (layer === undefined) throw new Error('there is no layer "own"');
  return layer;
}

test('profile counts and times the passes of each layer, and what of them is TypeScript', (t) => {
  using net = new Net({ text: text('profile/Slow') }, 'train');
  net.forward();
  using profile = net.profile();
  t.deepEqual(calls(profile.layers), [
    ['x', 'Input', 0, 0],
    ['stock', 'Power', 0, 0],
    ['own', 'profile/Slow', 0, 0],
  ]);
  net.forward();
  net.forward(undefined, { start: 'own' });
  net.backward();
  const { layers } = profile;
  t.deepEqual(calls(layers), [
    ['x', 'Input', 1, 1],
    ['stock', 'Power', 1, 1],
    ['own', 'profile/Slow', 2, 1],
  ]);
  const [input, stock, { forward, backward }] = layers;
  t.true(forward.milliseconds >= forward.typescript && forward.typescript >= spent.forward);
  t.true(backward.milliseconds >= backward.typescript && backward.typescript >= spent.backward);
  for (const { forward, backward } of [input, stock]) {
    t.is(forward.typescript + backward.typescript, 0);
    t.true(forward.milliseconds >= 0);
  }
  t.true(stock.forward.milliseconds > 0);
});

test('what happens before profile and after stop is not measured', (t) => {
  using net = new Net({ text: text('ReLU') }, 'train');
  const first = net.profile();
  net.forward();
  const second = net.profile();
  net.forward();
  first.stop();
  first.stop();
  net.forward();
  second.stop();
  net.forward();
  t.deepEqual(
    [first, second].map(({ layers }) => layers.map(({ forward }) => forward.calls)),
    [
      [2, 2, 2],
      [2, 2, 2],
    ],
  );
});

test('a profile of a net that is gone shows what was measured before it was stopped', (t) => {
  const net = new Net({ text: text('ReLU') }, 'train');
  const stopped = net.profile();
  const running = net.profile();
  net.forward();
  stopped.stop();
  net.dispose();
  t.is(stopped.layers[0].forward.calls, 1);
  t.throws(() => running.layers, { code: 'ERR_CAFFE_DISPOSED' });
  t.notThrows(() => {
    running.stop();
  });
});

test('what hooks take is no time of the layer', (t) => {
  using net = new Net({ text: text('profile/Slow') }, 'train');
  let hooks = 0;
  const hook = (): void => {
    const begin = performance.now();
    spend(50);
    hooks += performance.now() - begin;
  };
  net.beforeForward(hook);
  net.afterForward(hook);
  using profile = net.profile();
  const begin = performance.now();
  net.forward();
  const all = performance.now() - begin;
  const layers = profile.layers.reduce((sum, { forward }) => sum + forward.milliseconds, 0);
  t.true(hooks >= 6 * 50);
  t.true(layers <= all - hooks, `${layers} of ${all} ms, of which ${hooks} in hooks`);
});

test('a layer that waits for a promise spends that time in TypeScript', async (t) => {
  using net = new Net({ text: text('profile/Waiting') }, 'train');
  using profile = net.profile();
  await net.forwardAsync();
  const { forward } = own(profile.layers);
  t.is(forward.calls, 1);
  t.true(waited > 0);
  t.true(forward.milliseconds >= forward.typescript && forward.typescript >= waited);
});

test('a profile can be read and stopped while the net runs', async (t) => {
  using solver = new SGDSolver({ text: `net_param { ${parabola} } base_lr: 0.5 lr_policy: "fixed"` });
  await using run = new EndlessRun((signal) => solver.stepAsync(forever, { signal }));
  await run.until(() => solver.iter > 1);
  const late = solver.net.profile();
  const at = solver.iter;
  await run.until(() => solver.iter > at + 2);
  const [before] = late.layers;
  t.deepEqual([before.name, before.engine], ['one', 'caffe']);
  late.stop();
  const [after] = late.layers;
  t.true(after.forward.calls >= Math.max(1, before.forward.calls));
  await run.until(() => solver.iter > at + 10);
  t.deepEqual(late.layers[0].forward, after.forward);
});

test('a layer that fails is not counted, and what follows is', (t) => {
  using net = new Net({ text: text('profile/Slow') }, 'train');
  using profile = net.profile();
  const remove = net.beforeForward((layer) => {
    if (layer === 'own') throw new Error('no');
  });
  t.throws(() => net.forward());
  remove();
  net.forward();
  t.deepEqual(
    profile.layers.map(({ forward }) => forward.calls),
    [2, 2, 1],
  );
});

for (const asynchronously of [false, true]) {
  test(`a solver's profile is that of its train net, and of its iterations (${asynchronously ? 'stepAsync' : 'step'})`, async (t) => {
    using solver = new SGDSolver({
      text: `net_param {
        ${parameter}
        layer { name: "own" type: "profile/Slow" bottom: "w" top: "own" }
        layer { name: "loss" type: "EuclideanLoss" bottom: "own" bottom: "one" top: "loss" }
      } base_lr: 0.5 lr_policy: "fixed" iter_size: 2`,
    });
    weight(solver);
    using profile = solver.profile();
    solver.addCallback(
      () => {
        spend(5);
      },
      () => undefined,
    );
    if (asynchronously) await solver.stepAsync(3);
    else solver.step(3);
    const { forward } = own(profile.layers);
    t.is(forward.calls, 6);
    t.true(forward.typescript >= spent.forward);
    const { iterations, milliseconds, update, callbacks } = profile.iteration;
    t.is(iterations, 3);
    t.true(update > 0);
    t.true(callbacks >= 5);
    t.true(milliseconds >= 2 * (spent.forward + spent.backward) + callbacks + update);
    t.regex(
      String(profile),
      /^layer( +engine)? +forward +TypeScript +backward +TypeScript\n[^]*\nown( +caffe)? +\d+\.\d{3}[^]*\(3 iterations\)$/,
    );
  });
}

test('the timings of each iteration, and of each call of a net, are events', async (t) => {
  using solver = new SGDSolver({ text: `net_param { ${parabola} } base_lr: 0.5 lr_policy: "fixed"` });
  const seen: unknown[] = [];
  const names = ({ name, forward, backward }: LayerProfile): unknown => [name, forward.calls, backward.calls];
  solver.on('timings', ({ iter, layers }) => seen.push([iter, ...layers.map(names)]));
  solver.step(1);
  await solver.stepAsync(1);
  const all = [
    ['one', 1, 1],
    ['w', 1, 1],
    ['target', 1, 1],
    ['loss', 1, 1],
  ];
  t.deepEqual(seen, [
    [1, ...all],
    [2, ...all],
  ]);

  using net = new Net({ text: text('ReLU') }, 'train');
  const ofNet: unknown[] = [];
  const listen = (layers: LayerProfile[]): void => {
    ofNet.push(layers.map(names));
  };
  net.on('timings', listen);
  net.forward();
  await net.backwardAsync();
  net.off('timings', listen);
  net.forward();
  t.deepEqual(ofNet, [
    ['x', 'stock', 'own'].map((name) => [name, 1, 0]),
    ['x', 'stock', 'own'].map((name) => [name, 0, 1]),
  ]);
});
