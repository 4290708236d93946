// What the long run has found: nets that were exported wrong, or by an error that onnxruntime gave when it read them.
import test, { type ExecutionContext } from 'ava';
import { layers, Net, NetSpec, onnx, setRandomSeed, type CaffeError, type Top } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { differences, forward, normal, openSession } from './compare.js';

const weightFiller = { type: 'gaussian' };
const biasFiller = { type: 'gaussian' };

/** A net of one input. */
function netOf(shape: number[], build: (n: NetSpec, data: Top) => void): Net {
  const n = new NetSpec();
  n['data'] = layers.Input({ shape: { dim: shape } });
  build(n, n['data']);
  setRandomSeed(1);
  return new Net(n, 'test');
}

async function same(t: ExecutionContext, net: Net): Promise<void> {
  const session = await openSession(onnx.fromNet(net));
  for (const [blob, difference] of Object.entries(await differences(net, session, forward(net, normal(new Random(1))))))
    t.true(difference <= 1e-5, `${blob} differs by ${difference}`);
  await session.release();
}

test('A Convolution or Deconvolution behind whose channels is no axis reads no sizes of a window', async (t) => {
  const convolutionParam = { numOutput: 4, kernelSize: [3], stride: [2], pad: [1], weightFiller, biasFiller };
  for (const [shape, axis] of [
    [[2, 6], 1],
    [[2, 3, 6], -1],
  ] as const) {
    using net = netOf([...shape], (n, data) => {
      n['conv'] = layers.Convolution(data, { ...convolutionParam, axis });
      n['up'] = layers.Deconvolution(data, { convolutionParam: { ...convolutionParam, group: 2, axis } });
    });
    t.deepEqual(net.blobs['up'].shape, [...shape.slice(0, -1), 4]);
    await same(t, net);
  }
});

test('A window larger than the image has one place if it is moved by more than one: Caffe divides towards 0', async (t) => {
  // (2 + 0 - 3) / 2 = 0 in C, rounded down -1: sizes 1 and 0.
  const window = { kernelSize: [3], stride: [2] };
  using net = netOf([2, 3, 2, 5], (n, data) => {
    n['conv'] = layers.Convolution(data, { ...window, numOutput: 4, weightFiller, biasFiller });
    n['columns'] = layers.Im2col(data, { convolutionParam: window });
  });
  t.deepEqual(net.blobs['conv'].shape, [2, 4, 1, 2]);
  t.deepEqual(net.blobs['columns'].shape, [2, 27, 1, 2]);
  await same(t, net);
});

test('The top of MVN has four axes, whatever its bottom has', async (t) => {
  for (const shape of [
    [2, 5],
    [2, 3, 4],
  ]) {
    for (const acrossChannels of [false, true]) {
      using net = netOf(shape, (n, data) => {
        n['norm'] = layers.MVN(data, { acrossChannels });
      });
      t.is(net.blobs['norm'].shape.length, 4);
      await same(t, net);
    }
  }
});

/** Two blobs on the memory of `data`, of which a layer in place changes the first. */
function overwritten(n: NetSpec, data: Top): Top {
  const [a, b] = layers.Split(data, { ntop: 2 });
  [n['a'], n['b']] = [a, b];
  n['changed'] = layers.TanH(a, { inPlace: true });
  return b;
}

test('A layer that no output needs may write over the memory of one that an output needs', (t) => {
  using net = netOf([2, 3], (n, data) => {
    n['read'] = layers.Sigmoid(overwritten(n, data));
  });
  for (const [outputs, reason] of [
    [['read'], /"read" \(Sigmoid\): reads "b", which layer "changed" has written over/],
    [['data'], /"data" \(Input\): a layer above works in place on the memory of its top, which is an output/],
  ] as const) {
    const error = t.throws<CaffeError>(() => onnx.fromNet(net, { outputs: [...outputs] }));
    t.is(error.code, 'ERR_CAFFE_LAYER');
    t.regex(error.message, reason);
  }
});

test('A layer that works in place on the top of a Parameter layer changes what is learned, so it is refused', (t) => {
  const n = new NetSpec<'learned' | 'changed'>();
  n.learned = layers.Parameter({ shape: { dim: [3] } });
  n.changed = layers.Power(n.learned, { shift: 1, inPlace: true });
  using net = new Net(n, 'test');
  net.forward();
  net.forward();
  t.deepEqual([...net.params['learned'][0].data], [2, 2, 2]);
  const error = t.throws<CaffeError>(() => onnx.fromNet(net));
  t.regex(error.message, /"changed" \(Power\): writes over the learnable blob of layer "learned" in place/);
});
