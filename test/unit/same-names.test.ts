import { join } from 'node:path';
import test from 'ava';
import { Layer, Net, registerLayer, SGDSolver, Weights, type Blob } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const one =
  'layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }';

function factor(name: string, bottom: string, top: string, value: number, more = ''): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" ${more}
    inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: ${value} } } }`;
}

/**
 * y is x times the weights of two layers with one name; x is 1. Between them is a layer of that name without weights.
 */
function twice(first: number, second: number): string {
  return `${one} ${factor('fc', 'x', 'h', first)}
    layer { name: "fc" type: "ReLU" bottom: "h" top: "h" }
    ${factor('fc', 'h', 'y', second)}`;
}

/** The weights of all layers, in the order of the net. */
function weights(net: Net): number[] {
  return net.layers.flatMap(({ blobs }) => blobs.map(({ data }) => data[0]));
}

test('layers that have a name in common are all in layers', (t) => {
  using net = new Net({ text: twice(2, 3) }, 'test');
  t.deepEqual(net.layerNames, ['x', 'fc', 'fc', 'fc']);
  t.deepEqual(
    net.layers.map(({ name, type, index }) => [name, type, index]),
    [
      ['x', 'DummyData', 0],
      ['fc', 'InnerProduct', 1],
      ['fc', 'ReLU', 2],
      ['fc', 'InnerProduct', 3],
    ],
  );
  t.deepEqual(weights(net), [2, 3]);
  // As in pycaffe.
  t.is(net.params['fc'][0].data[0], 3);
});

test('each of several TypeScript layers that have a name in common is there, and disposed', (t) => {
  const disposed: Layer[] = [];
  class Kept extends Layer {
    override reshape([x]: Blob[], [y]: Blob[]): void {
      y.reshapeLike(x);
    }
    override forward([x]: Blob[], [y]: Blob[]): void {
      y.data.set(x.data);
    }
    override dispose(): void {
      disposed.push(this);
    }
  }
  registerLayer('same-names/Kept', Kept);
  const kept = (bottom: string, top: string): string =>
    `layer { name: "kept" type: "same-names/Kept" bottom: "${bottom}" top: "${top}" }`;
  const net = new Net({ text: one + kept('x', 'h') + kept('h', 'y') }, 'test');
  const [data, first, second] = net.layers.map(({ layer }) => layer);
  t.is(data, undefined);
  t.true(first instanceof Kept && second instanceof Kept && first !== second);
  net.dispose();
  t.deepEqual(disposed, [first, second]);
});

for (const { what, copy } of [
  {
    what: 'bytes',
    copy: (from: Net, to: Net) => {
      to.copyFrom(from.toProto());
    },
  },
  {
    what: 'a caffemodel',
    copy: (from: Net, to: Net, folder: string) => {
      from.save(join(folder, 'w.caffemodel'));
      to.copyFrom(join(folder, 'w.caffemodel'));
    },
  },
  {
    what: 'HDF5',
    copy: (from: Net, to: Net, folder: string) => {
      from.saveHDF5(join(folder, 'w.h5'));
      to.loadHDF5(join(folder, 'w.h5'));
    },
  },
  {
    what: 'shareWith',
    copy: (from: Net, to: Net) => {
      to.shareWith(from);
    },
  },
  {
    what: 'Weights',
    copy: (from: Net, to: Net) => Weights.from(from).copyTo(to),
  },
  {
    what: 'the bytes of Weights',
    copy: (from: Net, to: Net) => {
      to.copyFrom(Weights.from(from).toProto());
    },
  },
] satisfies { what: string; copy: (from: Net, to: Net, folder: string) => unknown }[]) {
  test(`by ${what} each of two layers of one name gets its own weights`, (t) => {
    using from = new Net({ text: twice(2, 3) }, 'test');
    using to = new Net({ text: twice(10, 10) }, 'train');
    copy(from, to, scratchFolder(t));
    t.deepEqual(weights(to), [2, 3]);
    t.is(to.forward()['y'][0], 6);
  });
}

test('Weights.copyTo matches two layers of one name with two', (t) => {
  using from = new Net({ text: twice(2, 3) }, 'test');
  t.deepEqual(Weights.from(from).copyTo(from), { matched: ['fc', 'fc'], skipped: [], missing: [], mismatched: [] });
});

test('two layers of one name and one layer of that name are not paired: which is meant cannot be told', (t) => {
  using two = new Net({ text: twice(2, 3) }, 'test');
  using single = new Net({ text: one + factor('fc', 'x', 'y', 5) }, 'test');
  const code = 'ERR_CAFFE_LAYER';
  t.throws(
    () => {
      single.copyFrom(two.toProto());
    },
    { code, message: /has 2 layers called fc .* the net has 1/ },
  );
  t.throws(
    () => {
      two.copyFrom(single.toProto());
    },
    { code, message: /has 1 layers called fc .* the net has 2/ },
  );
  t.throws(
    () => {
      single.shareWith(two);
    },
    { code, message: /2 layers called fc/ },
  );
  t.deepEqual(Weights.from(two).copyTo(single), {
    matched: [],
    skipped: [],
    missing: [],
    mismatched: [
      { layer: 'fc', reason: '2 layers have this name, the net has 1 of it' },
      { layer: 'fc', reason: '2 layers have this name, the net has 1 of it' },
    ],
  });
  t.deepEqual([...weights(two), ...weights(single)], [2, 3, 5]);
});

/** A solver of the loss y² / 2, where y is the product of the two weights. */
function solver(more = ''): SGDSolver {
  return new SGDSolver({
    text: `net_param { ${twice(2, 3)}
        layer { name: "zero" type: "DummyData" top: "zero" dummy_data_param { shape { dim: 1 dim: 1 } } include { phase: TRAIN } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "zero" top: "loss" include { phase: TRAIN } } }
      base_lr: 0.03125 momentum: 0.5 lr_policy: "fixed" test_iter: 1 test_interval: 1 test_initialization: false ${more}`,
  });
}

test('test nets share the weights of each layer of one name, also in the tests while a solver runs', (t) => {
  using s = solver();
  t.deepEqual(weights(s.testNets[0]), [2, 3]);
  const seen: number[] = [];
  s.on('test', ({ outputs }) => seen.push(outputs['y']));
  s.step(2);
  // y is 6: the gradients are y times the other weight, 18 and 12, and the weights 2 - 18/32 and 3 - 12/32
  t.deepEqual(seen, [(2 - 18 / 32) * (3 - 12 / 32)]);
  t.deepEqual(weights(s.testNets[0]), weights(s.net));
  t.is(s.test()['y'], s.net.blobs['y'] === undefined ? NaN : Math.fround(weights(s.net)[0] * weights(s.net)[1]));
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`training goes on from a snapshot in ${format} of a net with two layers of one name as without`, (t) => {
    const fields = `snapshot_prefix: "${join(scratchFolder(t), 'w')}" snapshot_format: ${format}`;
    using s = solver(fields);
    s.step(2);
    const snapshot = s.snapshot();
    const at2 = weights(s.net);
    s.step(2);
    const at4 = weights(s.net);
    using restored = solver(fields);
    restored.restore(snapshot);
    t.deepEqual(weights(restored.net), at2);
    t.deepEqual(weights(restored.testNets[0]), at2);
    restored.step(2);
    t.deepEqual(weights(restored.net), at4);
    using begun = solver(`weights: "${snapshot.model}"`);
    t.deepEqual(weights(begun.net), at2);
    t.deepEqual(weights(begun.testNets[0]), at2);
    t.deepEqual(begun.param.weights, [snapshot.model]);
  });
}

test('paramHistory of a layer that shares its name is that of the last, as in params', (t) => {
  using s = solver();
  s.step(1);
  // The momentum after one iteration: rate times gradient, 18/32 and 12/32.
  t.is(s.history[0].data[0], 18 / 32);
  t.is(s.paramHistory['fc'][0][0].data[0], 12 / 32);
});
