import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { engines, Layer, Net, registerLayer, Solver, type Blob } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { differenceOf, fillParams } from './difference.js';
import { layer } from './random-net.js';

// The addon reads it when it first chooses.
process.env['TSCAFFE_ENGINE_WAY'] = 'blocked';
const run = promisify(execFile);
/** In a build without oneDNN there is nothing to see. */
const served = engines.includes('onednn') ? test.serial : test.skip;

const conv = 'convolution_param { num_output: 12 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } }';
const behind = `
  ${layer('BatchNorm', 'y', 'y')}
  ${layer('Scale', 'y', 'y', 'scale_param { bias_term: true }')}
  ${layer('ReLU', 'y', 'y')}`;
const text = `
  layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 6 dim: 5 } } }
  ${layer('Convolution', 'x', 'y', conv)}${behind}`;

/** The net on Caffe's own layers and on oneDNN's, with the same weights and inputs, of which nobody holds an array. */
function pair(prototxt = text): [stock: Net, served: Net] {
  const stock = new Net({ text: prototxt }, 'test', { engine: 'caffe' });
  const net = new Net({ text: prototxt }, 'test', { engine: 'onednn' });
  change([stock, net], 1);
  for (const one of [stock, net]) one.blobs['x'].data.forEach((_, i, data) => (data[i] = Math.sin(i)));
  return [stock, net];
}

/** Gives both the same weights anew. */
function change([stock, net]: [Net, Net], seed: number): void {
  fillParams(stock, new Random(seed));
  net.copyFrom(stock.toProto());
}

function alike(t: ExecutionContext, net: Net, stock: Net, blob = 'y'): void {
  const { relative } = differenceOf(blob, stock.blobs[blob].data, net.blobs[blob].data);
  t.true(relative <= 1e-5, `${blob} differs by ${relative}`);
}

/** What a process has oneDNN compute in a forward of a net, after some statements. */
async function computed(prototxt: string, statements = ''): Promise<string[]> {
  const program = `
    import { Net } from 'tscaffe';
    const net = new Net({ text: ${JSON.stringify(prototxt)} }, 'test', { engine: 'onednn' });
    net.forward({}, { end: 'x' });
    ${statements}
    net.forward();`;
  const env = { ...process.env, DNNL_VERBOSE: '1', TSCAFFE_ENGINE_WAY: 'blocked' };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { env });
  const lines = stdout.split('\n').filter((line) => line.includes(',exec,cpu,'));
  return [...new Set(lines.map((line) => /exec,cpu,(\w+)/.exec(line)?.[1] ?? ''))].concat(
    lines.some((line) => /convolution.*post-ops:'?eltwise_relu/.test(line)) ? 'with ReLU' : [],
  );
}

served('a convolution computes BatchNorm, Scale and ReLU behind it, where nobody sees the difference', async (t) => {
  const kinds = await computed(text);
  t.true(kinds.includes('with ReLU'));
  t.false(kinds.includes('batch_normalization') || kinds.includes('eltwise'), kinds.join());
});

const looks: [who: string, prototxt: string, statements: string][] = [
  ['who listens before each layer', text, 'net.beforeForward(() => undefined);'],
  ['who listens after each layer', text, 'net.afterForward(() => undefined);'],
  ['the check for NaN', text, 'net.onNaN();'],
  ['a profile', text, 'net.profile();'],
  ['the log of debug_info', `debug_info: true ${text}`, ''],
  ['a backward that needs them', `force_backward: true ${text}`, ''],
];
for (const [who, prototxt, statements] of looks) {
  served(`layers are computed one by one for ${who}`, async (t) => {
    t.true((await computed(prototxt, statements)).includes('batch_normalization'));
  });
}

served('a part of a net shows what its last layer has computed, and another part goes on from there', (t) => {
  const [stock, net] = pair();
  net.forward();
  for (const end of net.layerNames.slice(1)) {
    for (const one of [stock, net]) one.forward({}, { end });
    alike(t, net, stock);
  }
  for (const name of net.layerNames.slice(2)) {
    for (const one of [stock, net]) {
      one.forward({}, { end: 'y/Convolution' });
      one.forward({}, { start: name });
    }
    alike(t, net, stock);
  }
});

served('after each change of weights and statistics the numbers are those of the new ones', (t) => {
  const [stock, net] = pair();
  const compare = (): void => {
    for (const one of [stock, net]) one.forward();
    alike(t, net, stock);
  };
  compare();
  change([stock, net], 2);
  compare();
  for (const name of ['y/Convolution', 'y/BatchNorm', 'y/Scale']) {
    for (const [i] of net.params[name].entries()) {
      for (const one of [stock, net]) one.params[name][i].data[0] = 0.75; // an array that may be written to any time
      compare();
    }
  }
  change([stock, net], 3);
  compare();
  for (const one of [stock, net]) one.params['y/BatchNorm'][2].data[0] = 0; // no statistics yet
  compare();
  const others = pair();
  change(others, 4);
  for (const [i, one] of [stock, net].entries()) one.shareWith(others[i]);
  compare();
  change(others, 5);
  compare();
});

served('weights and statistics that are not finite give what they give layer by layer', (t) => {
  const [stock, net] = pair(text.replace(layer('ReLU', 'y', 'y'), ''));
  net.forward();
  for (const [name, i] of [
    ['y/BatchNorm', 1],
    ['y/Scale', 0],
    ['y/Convolution', 0],
  ] as const) {
    change([stock, net], 1);
    stock.params[name][i].data[0] = name === 'y/BatchNorm' ? -1 : Infinity;
    net.copyFrom(stock.toProto());
    net.forward();
    const values = net.blobs['y'].data.join();
    const listening = net.afterForward(() => undefined);
    net.forward();
    listening();
    t.is(values, net.blobs['y'].data.join(), name);
    t.regex(values, /NaN|Infinity/);
  }
});

served(
  'statistics of another size are an error of their layer, and the blob has what the layer before computed',
  (t) => {
    const [stock, net] = pair();
    net.forward();
    for (const one of [stock, net]) {
      one.params['y/BatchNorm'][0].reshape(5);
      t.throws(() => one.forward(), { code: 'ERR_CAFFE_LAYER', message: /y\/BatchNorm/ });
    }
    alike(t, net, stock);
    for (const one of [stock, net]) {
      one.params['y/BatchNorm'][0].reshape(12);
      one.forward({}, { start: 'y/Scale' });
    }
    alike(t, net, stock);
  },
);

class Passing extends Layer {
  static act: () => void = () => undefined;

  override reshape(bottom: Blob[], top: Blob[]): void {
    top[0].reshapeLike(bottom[0]);
  }

  override forward(bottom: Blob[], top: Blob[]): void {
    top[0].data.set(bottom[0].data);
    Passing.act();
  }
}
registerLayer('PassingOfFusion', Passing);

served('a forward that fails leaves no layer out of those that come after it', (t) => {
  const [stock, net] = pair(`${text}${layer('PassingOfFusion', 'y', 'p')}${layer('Convolution', 'p', 'z', conv)}`);
  t.teardown(() => (Passing.act = () => undefined));
  Passing.act = () => {
    throw new Error('enough');
  };
  for (const one of [stock, net]) {
    t.throws(() => one.forward(), { message: 'enough' });
    t.throws(() => one.forward({}, { start: 'y/BatchNorm' }), { message: 'enough' });
  }
  alike(t, net, stock);
  for (const one of [stock, net]) one.forward({}, { start: 'y/ReLU', end: 'y/ReLU' });
  alike(t, net, stock);
});

served('who begins to listen while a net runs sees each layer from there on', (t) => {
  const [stock, net] = pair(
    text
      .replace('top: "x"', 'top: "in"')
      .replace('name: "y/', `name: "p" type: "PassingOfFusion" bottom: "in" top: "x" }\nlayer { name: "y/`),
  );
  t.teardown(() => (Passing.act = () => undefined));
  const seen = [stock, net].map((one) => {
    const values: [string, Float32Array][] = [];
    Passing.act = () => {
      one.afterForward((name) => values.push([name, one.blobs['y'].data.slice()]));
    };
    one.forward({ in: stock.blobs['x'].data });
    return values;
  });
  t.deepEqual(
    seen[1]?.map(([name]) => name),
    net.layerNames.slice(1),
  );
  for (const [i, [name, values]] of (seen[0] ?? []).entries()) {
    t.true(differenceOf(name, values, seen[1]?.[i]?.[1] ?? new Float32Array()).relative <= 1e-5, name);
  }
});

served('a test net shows what the weights that it shares have learnt, tested at once and asynchronously', async (t) => {
  const data = `layer { name: "x" type: "DummyData" top: "x"
    dummy_data_param { shape { dim: 4 dim: 3 dim: 6 dim: 5 } data_filler { type: "gaussian" std: 1 } } }`;
  const net = `${layer('Convolution', 'x', 'y', conv)}${behind}`;
  const loss = `layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;
  const solver = new Solver(
    {
      text: `base_lr: 0.01 lr_policy: "fixed" display: 0 test_iter: 1 test_interval: 1000 test_initialization: false
        train_net_param { ${data}${net}${loss} } test_net_param { ${data}${net} }`,
    },
    { engine: 'onednn' },
  );
  const [tested] = solver.testNets as [Net];
  const stock = new Net({ text: text }, 'test', { engine: 'caffe' });
  stock.blobs['x'].reshape(4, 3, 6, 5);
  for (const test of [() => solver.test(), () => solver.testAsync()]) {
    solver.step(2);
    await test();
    stock.copyFrom(solver.net.toProto());
    stock.forward({ x: tested.blobs['x'].data });
    alike(t, tested, stock);
  }
});

served('nets of two workers that share nothing compute the same', async (t) => {
  const [stock, net] = pair();
  stock.forward();
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { Net } = await import(workerData.module);
    const net = new Net({ text: workerData.text }, 'test', { engine: 'onednn' });
    net.copyFrom(workerData.weights);
    for (let i = 0; i < 50; i++) net.forward({ x: workerData.x });
    parentPort.postMessage(net.blobs.y.data.slice());`;
  const module = import.meta.resolve('tscaffe');
  const workerData = { module, text, weights: stock.toProto(), x: stock.blobs['x'].data.slice() };
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const values = await Promise.all(
    [0, 1].map(async () => {
      const [message] = (await once(new Worker(url, { workerData }), 'message')) as [Float32Array];
      return message;
    }),
  );
  net.forward();
  for (const each of values) {
    t.true(differenceOf('y', stock.blobs['y'].data, each).relative <= 1e-5);
    t.deepEqual(each, net.blobs['y'].data);
  }
});
