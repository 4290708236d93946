import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Blob, CaffeError, Net, SGDSolver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const text = `
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "first" type: "InnerProduct" bottom: "x" top: "h" inner_product_param { num_output: 3 } }
layer { name: "second" type: "InnerProduct" bottom: "h" top: "y" inner_product_param { num_output: 2 } }`;

/** The net with weights 1, 2, 3 ... and gradients -1, -2, -3 ... */
function counting(): Net {
  const net = new Net({ text }, 'test');
  let next = 1;
  for (const blob of Object.values(net.params).flat()) {
    const { data, diff } = blob;
    for (let i = 0; i < data.length; i++) {
      data[i] = next++;
      diff[i] = -data[i];
    }
  }
  return net;
}

/** All weights of a net, or all their gradients, one after the other. */
function flat(net: Net, what: 'data' | 'diff' = 'data'): number[] {
  return Object.values(net.params).flatMap((blobs) => blobs.flatMap((blob) => [...blob[what]]));
}

// 3 x 2 weights and 3 biases, 2 x 3 weights and 2 biases.
const oneTo17 = Array.from({ length: 17 }, (_, i) => i + 1);
const zeros = oneTo17.map(() => 0);

for (const { format, extension, save } of [
  {
    format: 'caffemodel',
    extension: 'caffemodel',
    save: (net: Net, path: string) => {
      net.save(path);
    },
  },
  {
    format: 'HDF5',
    extension: 'caffemodel.h5',
    save: (net: Net, path: string) => {
      net.saveHDF5(path);
    },
  },
  {
    format: 'HDF5 with gradients',
    extension: 'h5',
    save: (net: Net, path: string) => {
      net.saveHDF5(path, { diff: true });
    },
  },
]) {
  test(`weights saved as ${format} come back bit for bit, by copyFrom and by the option weights`, (t) => {
    const path = join(scratchFolder(t), `net.${extension}`);
    using net = counting();
    net.params['first'][0].data[0] = Math.fround(0.1);
    save(net, path);
    using copied = new Net({ text }, 'test');
    t.deepEqual(flat(copied), zeros);
    copied.copyFrom(path);
    t.deepEqual(flat(copied), [Math.fround(0.1), ...oneTo17.slice(1)]);
    using built = new Net({ text }, 'train', { weights: path });
    t.deepEqual(flat(built), flat(net));
  });
}

test('loadHDF5 loads what saveHDF5 saved', (t) => {
  const path = join(scratchFolder(t), 'net.h5');
  using net = counting();
  net.saveHDF5(path);
  using other = new Net({ text }, 'test');
  other.loadHDF5(path);
  t.deepEqual(flat(other), oneTo17);
});

test('the bytes of toProto are weights for copyFrom and for the option weights, with their gradients if asked for', (t) => {
  using net = counting();
  using copied = new Net({ text }, 'test');
  copied.copyFrom(net.toProto());
  t.deepEqual(flat(copied), oneTo17);
  t.deepEqual(flat(copied, 'diff'), zeros);
  using built = new Net({ text }, 'test', { weights: net.toProto({ diff: true }) });
  t.deepEqual(flat(built), oneTo17);
  t.deepEqual(
    flat(built, 'diff'),
    oneTo17.map((x) => -x),
  );
});

test('toProto is what save writes', (t) => {
  const path = join(scratchFolder(t), 'net.caffemodel');
  using net = counting();
  net.save(path);
  t.deepEqual(new Uint8Array(readFileSync(path)), net.toProto());
});

test('a path of weights may hold spaces and letters beyond ASCII', (t) => {
  const folder = join(scratchFolder(t), 'mein  Gewicht ⚖');
  mkdirSync(folder);
  using net = counting();
  using other = new Net({ text }, 'test');
  net.save(join(folder, 'a b.caffemodel'));
  other.copyFrom(join(folder, 'a b.caffemodel'));
  t.deepEqual(flat(other), oneTo17);
  net.saveHDF5(join(folder, 'ü.h5'));
  net.params['first'][0].data[0] = 9;
  net.loadHDF5(join(folder, 'ü.h5'));
  t.deepEqual(flat(net), oneTo17);
});

test('copyFrom keeps the views of the weights', (t) => {
  using net = counting();
  using other = new Net({ text }, 'test');
  const { data } = other.params['first'][0];
  other.copyFrom(net.toProto());
  t.is(other.params['first'][0].data, data);
  t.deepEqual([...data], [1, 2, 3, 4, 5, 6]);
});

test('layers that only one side has are left alone', (t) => {
  using net = counting();
  using other = new Net({ text: text.replaceAll('"second"', '"third"') }, 'test');
  other.params['third'][1].data.fill(42);
  other.copyFrom(net.toProto());
  t.deepEqual(flat(other), [...oneTo17.slice(0, 9), 0, 0, 0, 0, 0, 0, 42, 42]);
});

test('weights of another shape are ERR_CAFFE_CHECK with the layer and both shapes', (t) => {
  const path = join(scratchFolder(t), 'net.caffemodel');
  using net = counting();
  net.save(path);
  using other = new Net({ text: text.replace('num_output: 3', 'num_output: 4') }, 'test');
  const error = t.throws<CaffeError>(
    () => {
      other.copyFrom(path);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' },
  );
  t.regex(error.message, /Cannot copy param 0 weights from layer 'first'; shape mismatch.* 3 2 \(6\).* 4 2 \(8\)/);
  t.notThrows(() => other.forward({ x: [1, 2] }));
});

test('weights with another number of blobs are ERR_CAFFE_CHECK with the layer', (t) => {
  using net = counting();
  using other = new Net({ text: text.replace('num_output: 3', 'num_output: 3 bias_term: false') }, 'test');
  t.throws(
    () => {
      other.copyFrom(net.toProto());
    },
    { code: 'ERR_CAFFE_CHECK', message: /Incompatible number of blobs for layer first/ },
  );
});

/** One field of a protobuf message, of wire type 2. */
function field(number: number, bytes: Iterable<number>): number[] {
  const content = [...bytes];
  if (content.length > 127) throw new RangeError('one byte of length must do');
  return [number * 8 + 2, content.length, ...content];
}

test('weights in the V1 format of 2014 are brought to the current one', (t) => {
  const weights = new Blob(3, 2);
  weights.data.set([1, 2, 3, 4, 5, 6]);
  const biases = new Blob(3);
  biases.data.set([7, 8, 9]);
  // NetParameter.layers = 2, of V1LayerParameter: name = 4, type = 5 (INNER_PRODUCT is 14), blobs = 6
  const layer = [
    ...field(4, Buffer.from('first')),
    5 * 8,
    14,
    ...field(6, weights.toProto()),
    ...field(6, biases.toProto()),
  ];
  using net = new Net({ text }, 'test');
  net.copyFrom(Uint8Array.from(field(2, layer)));
  t.deepEqual(flat(net), [...oneTo17.slice(0, 9), 0, 0, 0, 0, 0, 0, 0, 0]);
});

for (const { what, bytes } of [
  { what: 'that are no message', bytes: (): Uint8Array => Uint8Array.of(0xff, 0xff, 0xff) },
  {
    what: 'that were cut off',
    bytes: (): Uint8Array => {
      const whole = counting().toProto();
      return whole.subarray(0, whole.length - 5);
    },
  },
]) {
  test(`weights ${what} are ERR_CAFFE_FORMAT, from bytes and from a file, and change nothing`, (t) => {
    const path = join(scratchFolder(t), 'net.caffemodel');
    writeFileSync(path, bytes());
    using net = counting();
    t.throws(
      () => {
        net.copyFrom(bytes());
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_FORMAT', message: /weights: \d+ bytes that are no/ },
    );
    const error = t.throws(
      () => {
        net.copyFrom(path);
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_FORMAT' },
    );
    t.true(error.message.includes(path));
    t.deepEqual(flat(net), oneTo17);
  });
}

test('weights that are not there are ERR_CAFFE_FILE', (t) => {
  using net = counting();
  const path = join(scratchFolder(t), 'none');
  for (const call of [
    () => {
      net.copyFrom(path);
    },
    () => {
      net.loadHDF5(path);
    },
    () => {
      new Net({ text }, 'test', { weights: path });
    },
  ]) {
    const error = t.throws<CaffeError>(call, {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_FILE',
      message: /cannot be read: ENOENT/,
    });
    t.is(error.file, path);
  }
});

test('an HDF5 file with nothing behind its signature is ERR_CAFFE_CHECK', (t) => {
  const path = join(scratchFolder(t), 'broken.h5');
  writeFileSync(path, Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0));
  using net = counting();
  t.throws(
    () => {
      net.copyFrom(path);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' },
  );
  t.deepEqual(flat(net), oneTo17);
});

for (const { call, save } of [
  {
    call: 'save',
    save: (net: Net, path: string) => {
      net.save(path);
    },
  },
  {
    call: 'saveHDF5',
    save: (net: Net, path: string) => {
      net.saveHDF5(path);
    },
  },
]) {
  test(`${call} replaces a file, and leaves nothing else behind`, (t) => {
    const folder = scratchFolder(t);
    const path = join(folder, 'net.weights');
    writeFileSync(path, 'old');
    using net = counting();
    save(net, path);
    t.deepEqual(readdirSync(folder), ['net.weights']);
    using other = new Net({ text }, 'test', { weights: path });
    t.deepEqual(flat(other), oneTo17);
  });

  test(`${call} into a folder that is not there is a CaffeError, and makes nothing`, (t) => {
    const folder = join(scratchFolder(t), 'none');
    using net = counting();
    const error = t.throws<CaffeError>(
      () => {
        save(net, join(folder, 'net.weights'));
      },
      { instanceOf: CaffeError },
    );
    t.true(['ERR_CAFFE_FILE', 'ERR_CAFFE_CHECK'].includes(error.code));
    t.true(error.message.includes(folder));
    t.false(existsSync(folder));
  });

  test(`${call} over a folder is ERR_CAFFE_FILE, and leaves it as it was`, (t) => {
    const folder = scratchFolder(t);
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'file'), '');
    using net = counting();
    t.throws(
      () => {
        save(net, join(folder, 'taken'));
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' },
    );
    t.deepEqual(readdirSync(folder), ['taken']);
  });

  test(`${call} takes a path only`, (t) => {
    using net = counting();
    t.throws(
      () => {
        save(net, 5 as never);
      },
      { instanceOf: TypeError, message: /a string for path but received 5/ },
    );
    t.throws(
      () => {
        save(net, undefined as never);
      },
      { instanceOf: TypeError, message: /a string for path but received undefined/ },
    );
  });
}

test('copyFrom, loadHDF5 and shareWith refuse bad arguments', (t) => {
  using net = counting();
  t.throws(
    () => {
      net.copyFrom(5 as never);
    },
    { instanceOf: TypeError, message: /weights but received 5/ },
  );
  t.throws(
    () => {
      net.copyFrom({} as never);
    },
    { instanceOf: TypeError, message: /weights but received an object/ },
  );
  t.throws(
    () => {
      net.loadHDF5(null as never);
    },
    { instanceOf: TypeError, message: /a string for path but received null/ },
  );
  t.throws(
    () => {
      net.shareWith({} as never);
    },
    { instanceOf: TypeError, message: /a Net for net but received an object/ },
  );
});

test('shareWith makes the weights of two nets one, and keeps their gradients apart', (t) => {
  using source = counting();
  using net = new Net({ text }, 'test');
  const stale = net.params['first'][0].data;
  net.shareWith(source);
  t.is(stale.length, 0);
  t.deepEqual(flat(net), oneTo17);
  net.params['second'][1].data[0] = 42;
  t.is(source.params['second'][1].data[0], 42);
  source.params['first'][0].data[0] = 43;
  t.is(net.params['first'][0].data[0], 43);
  t.deepEqual(flat(net, 'diff'), zeros);
  t.is(source.params['first'][0].diff[0], -1);
});

test('solver.shareWeights gives the weights of its net to another', (t) => {
  using solver = new SGDSolver({ text: `base_lr: 1 lr_policy: "fixed" net_param { ${text} }` });
  using net = new Net({ text }, 'test');
  solver.shareWeights(net);
  for (const name of Object.keys(net.params)) {
    solver.net.params[name][0].data[0] = 42;
    t.is(net.params[name][0].data[0], 42, name);
  }
  t.throws(
    () => {
      solver.shareWeights({} as Net);
    },
    { instanceOf: TypeError, message: /a Net/ },
  );
});

test('shared weights outlive the net that they came from', (t) => {
  using net = new Net({ text }, 'test');
  {
    using source = counting();
    net.shareWith(source);
  }
  globalThis.gc?.();
  t.deepEqual(flat(net), oneTo17);
});

test('shareWith of a net of another shape is ERR_CAFFE_CHECK with the layer', (t) => {
  using source = counting();
  using net = new Net({ text: text.replace('num_output: 2', 'num_output: 5') }, 'test');
  t.throws(
    () => {
      net.shareWith(source);
    },
    { code: 'ERR_CAFFE_CHECK', message: /Cannot share param 0 weights from layer 'second'/ },
  );
});

test('shareWith a net that has been disposed is ERR_CAFFE_DISPOSED', (t) => {
  const source = counting();
  source.dispose();
  using net = new Net({ text }, 'test');
  t.throws(
    () => {
      net.shareWith(source);
    },
    { code: 'ERR_CAFFE_DISPOSED' },
  );
});

test('layers that share a param by its name share one blob', (t) => {
  using net = new Net(
    {
      text: `
        layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
        layer { name: "a" type: "InnerProduct" bottom: "x" top: "h" param { name: "w" } inner_product_param { num_output: 2 bias_term: false } }
        layer { name: "b" type: "InnerProduct" bottom: "h" top: "y" param { name: "w" } inner_product_param { num_output: 2 bias_term: false } }`,
    },
    'test',
  );
  net.params['a'][0].data.set([0, 1, 2, 0]);
  t.deepEqual([...net.params['b'][0].data], [0, 1, 2, 0]);
  // [[0, 1], [2, 0]] twice takes (x, y) to (2 x, 2 y)
  t.deepEqual([...net.forward({ x: [3, 4] })['y']], [6, 8]);
});
