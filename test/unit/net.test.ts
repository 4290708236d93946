import test from 'ava';
import { CaffeError, Layer, Net, registerLayer, type Blob } from 'tscaffe';
import { isCollected } from './garbage.js';

/** A net with several tops, an in-place layer, a split bottom and a loss. */
const text = `
name: "small"
layer {
  name: "input" type: "Input" top: "x" top: "label"
  input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } }
}
layer {
  name: "ip" type: "InnerProduct" bottom: "x" top: "ip"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } }
}
layer { name: "relu" type: "ReLU" bottom: "ip" top: "ip" }
layer { name: "z" type: "Power" bottom: "ip" top: "z" }
layer { name: "scale" type: "Scale" bottom: "ip" top: "scale" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "scale" bottom: "label" top: "loss" }`;

test('a net says its names, in the order of its layers and blobs', (t) => {
  using net = new Net({ text }, 'train');
  t.is(net.name, 'small');
  // Caffe puts a Split layer where a blob has two consumers.
  t.deepEqual(net.layerNames, ['input', 'ip', 'relu', 'ip_relu_0_split', 'z', 'scale', 'loss']);
  t.deepEqual(net.blobNames, ['x', 'label', 'ip', 'ip_relu_0_split_0', 'ip_relu_0_split_1', 'z', 'scale', 'loss']);
  t.deepEqual(Object.keys(net.blobs), net.blobNames);
  t.deepEqual(Object.keys(net.layerDict), net.layerNames);
});

test('inputs are the tops of Input layers, outputs the blobs that nothing consumes, in alphabetical order', (t) => {
  using net = new Net({ text }, 'train');
  t.deepEqual(net.inputs, ['x', 'label']);
  t.deepEqual(net.outputs, ['loss', 'z']);
});

test('topNames and bottomNames have the blobs of each layer', (t) => {
  using net = new Net({ text }, 'train');
  const none: string[] = [];
  t.deepEqual(
    { ...net.topNames },
    {
      input: ['x', 'label'],
      ip: ['ip'],
      relu: ['ip'],
      ip_relu_0_split: ['ip_relu_0_split_0', 'ip_relu_0_split_1'],
      z: ['z'],
      scale: ['scale'],
      loss: ['loss'],
    },
  );
  t.deepEqual(
    { ...net.bottomNames },
    {
      input: none,
      ip: ['x'],
      relu: ['ip'],
      ip_relu_0_split: ['ip'],
      z: ['ip_relu_0_split_0'],
      scale: ['ip_relu_0_split_1'],
      loss: ['scale', 'label'],
    },
  );
});

test('layerDict describes each layer', (t) => {
  using net = new Net({ text }, 'train');
  const { ip, loss } = net.layerDict;
  t.like(ip, { name: 'ip', index: 1, type: 'InnerProduct', layer: undefined });
  t.deepEqual(ip.bottom, ['x']);
  t.deepEqual(ip.top, ['ip']);
  t.deepEqual(
    ip.blobs.map(({ shape }) => shape),
    [[4, 3], [4]],
  );
  t.like(loss, { index: 6, type: 'SoftmaxWithLoss' });
  t.deepEqual(loss.blobs, []);
});

test('params has the learnable blobs of the layers that have some', (t) => {
  using net = new Net({ text }, 'train');
  t.deepEqual(Object.keys(net.params), ['ip', 'scale']);
  t.deepEqual(
    net.params['ip'].map(({ shape }) => shape),
    [[4, 3], [4]],
  );
  t.deepEqual(
    net.params['scale'].map(({ shape }) => shape),
    [[4]],
  );
  t.is(net.params['ip'][0], net.layerDict['ip'].blobs[0], 'one blob has one object');
});

test('blobs have the shapes that Caffe gave them', (t) => {
  using net = new Net({ text }, 'train');
  const shapes = Object.fromEntries(Object.entries(net.blobs).map(([name, { shape }]) => [name, shape]));
  t.deepEqual(shapes['x'], [2, 3]);
  t.deepEqual(shapes['label'], [2]);
  t.deepEqual(shapes['ip'], [2, 4]);
  t.deepEqual(shapes['loss'], []);
});

test('what a net says of itself is frozen', (t) => {
  using net = new Net({ text }, 'train');
  for (const frozen of [
    net.layerNames,
    net.blobNames,
    net.inputs,
    net.outputs,
    net.blobs,
    net.params,
    net.params['ip'],
    net.layerDict,
    net.layerDict['ip'],
    net.layerDict['ip'].blobs,
    net.topNames,
    net.topNames['ip'],
    net.bottomNames,
    net.bottomNames['ip'],
  ]) {
    t.true(Object.isFrozen(frozen));
  }
});

for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'with "quotes"', 'ünïcödé 漢字']) {
  test(`a blob and a layer may be called ${JSON.stringify(name)}`, (t) => {
    using net = new Net(
      {
        layer: [
          { name: 'in', type: 'Input', top: [name], inputParam: { shape: [{ dim: [2] }] } },
          { name, type: 'Power', bottom: [name], top: ['out'], powerParam: { scale: 3 } },
        ],
      },
      'test',
      { forceBackward: true },
    );
    t.deepEqual(net.inputs, [name]);
    t.deepEqual(net.layerNames, ['in', name]);
    t.deepEqual(Object.keys(net.blobs), [name, 'out']);
    t.deepEqual(net.blobs[name].shape, [2]);
    t.is(net.layerDict[name].type, 'Power');
    t.deepEqual(net.bottomNames[name], [name]);
    t.deepEqual([...net.forward({ [name]: [1, 2] })['out']], [3, 6]);
    const { [name]: data } = net.forward(undefined, { start: name, end: name, blobs: [name] });
    t.deepEqual([...data], [1, 2]);
    const gradients = net.backward({ out: [1, 2] });
    t.deepEqual(Object.keys(gradients), [name]);
    t.deepEqual([...gradients[name]], [3, 6]);
  });
}

test('names that a net does not have are RangeErrors, those of Object.prototype undefined', (t) => {
  using net = new Net({ text }, 'train');
  for (const names of [net.blobs, net.params, net.layerDict, net.topNames, net.bottomNames]) {
    t.throws(() => (names as Record<string, unknown>)['nothing'], { instanceOf: RangeError });
    for (const name of ['constructor', 'toString', '__proto__']) {
      t.is((names as Record<string, unknown>)[name], undefined);
    }
  }
});

test('a net without layers is a net', (t) => {
  using net = new Net({ text: '' }, 'test');
  t.deepEqual(net.layerNames, []);
  t.deepEqual({ ...net.blobs }, {});
});

test('a disposed net refuses calls with ERR_CAFFE_DISPOSED, and its blobs and views stay readable', (t) => {
  const net = new Net({ text }, 'train');
  const { x } = net.blobs;
  const [weights] = net.params['ip'];
  const view = x.data;
  net.forward({ x: [1, 2, 3, 4, 5, 6], label: [0, 1] });
  const kept = weights.data.slice();
  net.dispose();
  for (const call of [
    () => net.forward(),
    () => net.backward(),
    () => {
      net.reshape();
    },
    () => {
      net.clearParamDiffs();
    },
    () => net.toProto(),
    () => {
      net.copyFrom(new Uint8Array());
    },
    () => {
      net.save('/dev/null/x');
    },
    () => {
      net.shareWith(net);
    },
    () => net.beforeForward(() => undefined),
  ]) {
    t.throws(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' });
  }
  t.deepEqual([...view], [1, 2, 3, 4, 5, 6]);
  t.is(x.data, view);
  t.deepEqual(x.shape, [2, 3]);
  t.deepEqual(weights.data, kept);
  t.deepEqual(net.layerNames.length, 7);
});

test('dispose may be called twice', (t) => {
  const net = new Net({ text }, 'train');
  net.dispose();
  t.notThrows(() => {
    net.dispose();
  });
});

test('a net in a using declaration is disposed at the end of its block', (t) => {
  let net;
  {
    using inner = new Net({ text }, 'train');
    net = inner;
    t.deepEqual(Object.keys(inner.forward({ x: new Float32Array(6), label: [0, 1] })), ['loss', 'z']);
  }
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_DISPOSED' });
});

test('a net that nothing refers to is collected, and a blob of it stays readable', async (t) => {
  const { ref, blob } = (() => {
    const net = new Net({ text }, 'train');
    net.forward({ x: [1, 2, 3, 4, 5, 6], label: [0, 1] });
    return { ref: new WeakRef(net), blob: net.blobs['x'] };
  })();
  t.true(await isCollected(ref));
  t.deepEqual([...blob.data], [1, 2, 3, 4, 5, 6]);
});

class KnowsItsNet extends Layer {
  net: Net | undefined;
  override reshape([x]: Blob[], [y]: Blob[]): void {
    y.reshapeLike(x);
  }
  override forward([x]: Blob[], [y]: Blob[]): void {
    y.data.set(x.data);
  }
}
registerLayer('KnowsItsNet', KnowsItsNet);

function layerOf(net: Net): KnowsItsNet {
  const { layer } = net.layerDict['y'];
  if (layer instanceof KnowsItsNet) return layer;
  throw new Error('the net has another layer');
}

test('a net is collected even if one of its layers refers to it', async (t) => {
  const { ref, layer } = (() => {
    const net = new Net(
      {
        text: `
          layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
          layer { name: "y" type: "KnowsItsNet" bottom: "x" top: "y" }`,
      },
      'test',
    );
    const layer = layerOf(net);
    layer.net = net;
    net.forward({ x: [1, 2] });
    return { ref: new WeakRef(net), layer: new WeakRef(layer) };
  })();
  t.true(await isCollected(ref));
  t.true(await isCollected(layer));
});

test('the layers of a net live as long as the net', async (t) => {
  using net = new Net(
    {
      text: `
        layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
        layer { name: "y" type: "KnowsItsNet" bottom: "x" top: "y" }`,
    },
    'test',
  );
  t.false(await isCollected(new WeakRef(layerOf(net))));
  t.deepEqual([...net.forward({ x: [1, 2] })['y']], [1, 2]);
});

test('nets share no state: two of the same prototxt compute apart', (t) => {
  using a = new Net({ text }, 'train');
  using b = new Net({ text }, 'train');
  a.blobs['x'].data.fill(1);
  a.params['ip'][0].data.fill(2);
  t.true(b.blobs['x'].data.every((value) => value === 0));
  t.false(b.params['ip'][0].data.every((value) => value === 2));
});
