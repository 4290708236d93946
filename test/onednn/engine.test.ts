import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { CaffeError, engines, getEngine, Layer, Net, registerLayer, setEngine, Solver, type Blob } from 'tscaffe';
import { lenet } from '../architectures/index.js';

const run = promisify(execFile);
const hasOneDnn = engines.includes('onednn');
/** In a build without oneDNN there is nothing to see. */
const served = hasOneDnn ? test.serial : test.skip;

const conv = 'convolution_param { num_output: 16 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } }';
const layer = (type: string, bottom: string, top: string, fields = ''): string =>
  `layer { name: "${top}/${type}" type: "${type}" bottom: "${bottom}" top: "${top}" ${fields} }\n`;
/** Two convolutions with a pooling between them; all that it computes may lie in blocks. */
const text = `
  force_backward: true
  layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 16 dim: 12 dim: 12 } } }
  ${layer('Convolution', 'x', 'a', conv)}${layer('ReLU', 'a', 'a')}
  ${layer('Pooling', 'a', 'p', 'pooling_param { kernel_size: 2 stride: 2 }')}${layer('Convolution', 'p', 'y', conv)}`;

/** The net on Caffe's own layers and on oneDNN's, with the same weights and inputs. */
function pair(prototxt = text): [stock: Net, served: Net] {
  const stock = new Net({ text: prototxt }, 'train', { engine: 'caffe' });
  const net = new Net({ text: prototxt }, 'train', { engine: 'onednn' });
  net.copyFrom(stock.toProto());
  for (const one of [stock, net]) one.blobs['x'].data.forEach((_, i, data) => (data[i] = Math.sin(i)));
  return [stock, net];
}

function near(t: { true(value: boolean, message?: string): void }, actual: Float32Array, expected: Float32Array): void {
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN))));
  t.true(largest > 0 && difference <= 1e-5 * largest, `${difference} of ${largest}`);
}

test.serial('the engine is Caffe’s own code until another is set', (t) => {
  t.is(engines[0], 'caffe');
  t.is(getEngine(), process.env['TSCAFFE_ENGINE'] === 'onednn' ? 'onednn' : 'caffe');
});

test.serial('an engine or a precision that there is not is a RangeError with those that there are', (t) => {
  const says = { instanceOf: RangeError, message: /Expected 'caffe' or 'onednn' for engine but received 'cudnn'/ };
  t.throws(() => {
    setEngine('cudnn' as never);
  }, says);
  t.throws(() => new Net({ text }, 'test', { engine: 'cudnn' as never }), says);
  t.throws(() => new Solver({ text: 'base_lr: 1' }, { engine: 'cudnn' as never }), says);
  t.throws(
    () => {
      setEngine('caffe', { precision: 'f16' as never });
    },
    { instanceOf: RangeError, message: /'f32'/ },
  );
  t.throws(
    () => {
      setEngine('caffe', { precison: 'f32' } as never);
    },
    { instanceOf: TypeError, message: /precision/ },
  );
});

test.serial(
  'TSCAFFE_ENGINE names the engine of a process, and a wrong name is an error of the first net',
  async (t) => {
    const program = "const { getEngine } = await import('tscaffe'); console.log(getEngine())";
    const start = (engine: string): Promise<{ stdout: string }> =>
      run(process.execPath, ['--input-type=module', '--eval', program], {
        env: { ...process.env, TSCAFFE_ENGINE: engine },
      });
    t.is((await start('')).stdout, 'caffe\n');
    if (hasOneDnn) t.is((await start('onednn:f32')).stdout, 'onednn\n');
    await t.throwsAsync(start('mkl'), { message: /RangeError: Expected 'caffe' or 'onednn' for TSCAFFE_ENGINE/ });
  },
);

served('setEngine counts for nets that are made afterwards, and the option of a net comes first', (t) => {
  const before = getEngine();
  const engineOf = (net: Net): string => net.layerDict['y/Convolution'].engine;
  setEngine('onednn');
  const set = new Net({ text }, 'test');
  const own = new Net({ text }, 'test', { engine: 'caffe' });
  setEngine(before);
  t.is(engineOf(set), 'onednn');
  t.is(engineOf(own), 'caffe');
});

served('a layer says that Caffe serves it where oneDNN has not what it asks for', (t) => {
  const stochastic = text.replace('pooling_param {', 'pooling_param { pool: AVE pad: 1');
  const net = new Net({ text: stochastic.replace('kernel_size: 2', 'kernel_size: 3') }, 'test', { engine: 'onednn' });
  net.forward();
  // Its last windows reach over the padding, and Caffe counts that in another way.
  t.is(net.layerDict['p/Pooling'].engine, 'caffe');
});

served('a profile says who serves, also when the net is gone', (t) => {
  const [, net] = pair();
  const profile = net.profile();
  net.forward();
  t.regex(profile.toString(), /^layer +engine +forward[^]*\na\/Convolution +(onednn|caffe) +\d/);
  profile.stop();
  const served = profile.layers.map(({ engine }) => engine);
  t.deepEqual(
    served,
    net.layers.map(({ engine }) => engine),
  );
  net.dispose();
  t.deepEqual(
    profile.layers.map(({ engine }) => engine),
    served,
  );
});

served('an array that was taken before has the values of each forward and backward', (t) => {
  const [stock, net] = pair();
  const { a, p } = net.blobs as { a: Blob; p: Blob };
  const [data, diff] = [a.data, p.diff];
  for (let i = 0; i < 2; i++) {
    stock.blobs['x'].data[i] = net.blobs['x'].data[i] = 3;
    stock.forward();
    net.forward();
    stock.backward({ y: stock.blobs['y'].data });
    net.backward({ y: net.blobs['y'].data });
    near(t, data, stock.blobs['a'].data);
    near(t, diff, stock.blobs['p'].diff);
  }
  t.is(a.data, data);
});

served('what is written into a blob between two layers counts', (t) => {
  const [stock, net] = pair();
  for (const one of [stock, net]) {
    one.forward();
    one.blobs['p'].data.fill(0.5);
    one.forward({}, { start: 'y/Convolution' });
  }
  near(t, net.blobs['y'].data, stock.blobs['y'].data);
});

class Doubling extends Layer {
  override reshape(bottom: Blob[], top: Blob[]): void {
    top[0].reshapeLike(bottom[0]);
  }

  override forward(bottom: Blob[], top: Blob[]): void {
    bottom[0].data.forEach((value, i) => (top[0].data[i] = 2 * value));
  }

  override backward(top: Blob[], _: boolean[], bottom: Blob[]): void {
    top[0].diff.forEach((value, i) => (bottom[0].diff[i] = 2 * value));
  }
}

served('a TypeScript layer between two of oneDNN’s sees N·C·H·W', (t) => {
  registerLayer('Doubling', Doubling);
  const [stock, net] = pair(`${text}${layer('Doubling', 'y', 'd')}${layer('Convolution', 'd', 'z', conv)}`);
  for (const one of [stock, net]) {
    one.forward();
    one.backward({ z: one.blobs['z'].data });
  }
  near(t, net.blobs['z'].data, stock.blobs['z'].data);
  near(t, net.blobs['x'].diff, stock.blobs['x'].diff);
});

served('weights that are shared, copied or written are those that oneDNN computes with', (t) => {
  const [stock, net] = pair();
  net.forward();
  for (const one of [stock, net]) one.params['a/Convolution'][0].data.fill(0.25);
  stock.forward();
  net.forward();
  near(t, net.blobs['y'].data, stock.blobs['y'].data);
  const other = new Net({ text }, 'test', { engine: 'onednn' });
  other.shareWith(net);
  other.forward({ x: net.blobs['x'].data });
  near(t, other.blobs['y'].data, stock.blobs['y'].data);
});

served('gradients go through Scale where its channels do not fill blocks', (t) => {
  const few = 'convolution_param { num_output: 12 kernel_size: 3 pad: 1 weight_filler { type: "xavier" } }';
  const scale = layer('Scale', 'a', 'a', 'scale_param { filler { type: "gaussian" } }');
  const [stock, net] = pair(
    text
      .replace(conv, few)
      .replace(layer('ReLU', 'a', 'a'), `${scale}${layer('TanH', 'a', 't')}`)
      .replace('"a" top: "p"', '"t" top: "p"'),
  );
  for (const one of [stock, net]) {
    one.forward();
    one.backward({ y: stock.blobs['y'].data });
  }
  near(t, net.blobs['x'].diff, stock.blobs['x'].diff);
});

served('a net may get other sizes in each forward, and goes back to those that it had', (t) => {
  const [stock, net] = pair();
  for (const size of [12, 7, 16, 9, 12, 8, 10, 11, 13, 14, 15, 12]) {
    for (const one of [stock, net]) {
      one.blobs['x'].reshape(1, 16, size, size);
      one.reshape();
      one.blobs['x'].data.forEach((_, i, data) => (data[i] = Math.cos(i * size)));
      one.forward();
    }
    near(t, net.blobs['y'].data, stock.blobs['y'].data);
  }
});

served('the check for NaN finds the layer that computes the first', (t) => {
  const [, net] = pair();
  net.onNaN();
  net.params['y/Convolution'][0].data[0] = NaN;
  t.throws(() => net.forward(), { instanceOf: CaffeError, code: 'ERR_CAFFE_NAN', message: /"y\/Convolution"/ });
});

served('LeNet trains as on Caffe’s layers, step by step and asynchronously', async (t) => {
  const solver = { netParam: lenet(16, 'train'), baseLr: 0.01, momentum: 0.9, lrPolicy: 'fixed', display: 0 };
  const stock = new Solver(solver, { engine: 'caffe' });
  const net = await Solver.create(solver, { engine: 'onednn' });
  net.net.copyFrom(stock.net.toProto());
  const losses: [number, number][] = [];
  for (let i = 0; i < 10; i++) {
    stock.step(1);
    await net.stepAsync(1);
    losses.push([stock.loss, net.loss]);
  }
  for (const [expected, actual] of losses) t.true(Math.abs(expected - actual) < 1e-4 * Math.max(1, expected));
  t.is(net.net.layerDict['conv1'].type, 'Convolution');
});
