// The cases of pycaffe's test_python_layer.py and test_python_layer_with_param_str.py, under their own names.
import { join } from 'node:path';
import test from 'ava';
import { Blob, Layer, Net, registerLayer } from 'tscaffe';
import { scratchFolder } from '../../scratch-folder.js';

/** top = factor * bottom, with the factor in param_str. */
class Times extends Layer {
  #factor = 10;
  override setup(): void {
    if (this.paramStr !== '') this.#factor = Number(this.paramStr);
  }
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    top.data.set(bottom.cpuData.map((value) => value * this.#factor));
  }
  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void {
    bottom.diff.set(top.cpuDiff.map((value) => value * this.#factor));
  }
}

class ExceptionLayer extends Layer {
  override setup(): void {
    throw new Error('as it should');
  }
  override reshape(): void {
    throw new Error('setup has failed');
  }
  override forward(): void {
    throw new Error('setup has failed');
  }
}

class ParameterLayer extends Layer {
  override setup(): void {
    this.blobs.push(new Blob(1));
  }
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape(1);
  }
  override forward(_bottom: Blob[], [top]: Blob[]): void {
    top.data[0] = 0;
  }
  override backward(): void {
    this.blobs[0].diff[0] = 1;
  }
}

class PhaseLayer extends Layer {
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape();
  }
  override forward(_bottom: Blob[], [top]: Blob[]): void {
    top.data[0] = this.phase === 'train' ? 0 : 1;
  }
}

registerLayer('Times', Times);
registerLayer('Exception', ExceptionLayer);
registerLayer('Parameter_', ParameterLayer);
registerLayer('Phase', PhaseLayer);

const input = 'layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 10 dim: 9 dim: 8 } } }';
const chain = `force_backward: true ${input}
layer { name: "one" type: "Times" bottom: "data" top: "one" }
layer { name: "two" type: "Times" bottom: "one" top: "two" }
layer { name: "three" type: "Times" bottom: "two" top: "three" }`;
const factors = `force_backward: true ${input}
layer { name: "mul10" type: "Times" bottom: "data" top: "mul10" python_param { param_str: "10" } }
layer { name: "mul2" type: "Times" bottom: "mul10" top: "mul2" python_param { param_str: "2" } }`;
const parameter = `force_backward: true ${input}
layer { name: "layer" type: "Parameter_" bottom: "data" top: "top" }`;

const all = (t: { true: (actual: boolean) => unknown }, values: Float32Array, expected: number): void => {
  t.true(values.length > 0 && values.every((value) => value === expected));
};

test('test_forward: three layers that multiply by ten give 10^3 * 8 for every element', (t) => {
  using net = new Net({ text: chain }, 'train');
  net.blobs['data'].data.fill(8);
  net.forward();
  all(t, net.blobs['three'].data, 10 ** 3 * 8);
});

test('test_backward: a diff of 7 arrives as 10^3 * 7', (t) => {
  using net = new Net({ text: chain }, 'train');
  net.blobs['three'].diff.fill(7);
  net.backward();
  all(t, net.blobs['data'].diff, 10 ** 3 * 7);
});

test('test_reshape: after a forward every blob has the shape that the input was given', (t) => {
  using net = new Net({ text: chain }, 'train');
  net.blobs['data'].reshape(4, 4, 4, 4);
  net.forward();
  for (const blob of Object.values(net.blobs)) t.deepEqual(blob.shape, [4, 4, 4, 4]);
});

test('test_exception: what setup throws comes out of the net’s constructor', (t) => {
  const text = `${input} layer { name: "layer" type: "Exception" bottom: "data" top: "top" }`;
  t.throws(() => new Net({ text }, 'train'), { message: 'as it should' });
});

test('test_parameter: a learnable blob is updated by hand, saved, copied and shared', (t) => {
  const path = join(scratchFolder(t), 'net.caffemodel');
  using net = new Net({ text: parameter }, 'train');
  net.forward();
  net.backward();
  const [blob] = net.params['layer'];
  t.is(blob.data[0], 0);
  t.is(blob.diff[0], 1);
  blob.data[0] += blob.diff[0];
  t.is(blob.data[0], 1);

  net.save(path);
  using copied = new Net({ text: parameter }, 'train');
  t.is(copied.params['layer'][0].data[0], 0);
  copied.copyFrom(path);
  t.is(copied.params['layer'][0].data[0], 1);

  using sharing = new Net({ text: parameter }, 'train');
  sharing.shareWith(net);
  t.is(sharing.params['layer'][0].data[0], 1);
  blob.data[0] = 3;
  t.is(sharing.params['layer'][0].data[0], 3);
});

for (const [phase, expected] of [
  ['train', 0],
  ['test', 1],
] as const) {
  test(`test_phase: a layer knows that its net is for ${phase}`, (t) => {
    using net = new Net({ text: 'layer { name: "layer" type: "Phase" top: "phase" }' }, phase);
    t.deepEqual([...net.forward()['phase']], [expected]);
    t.deepEqual(net.blobs['phase'].shape, []);
  });
}

test('test_forward (param_str): factors of 10 and 2 give 10 * 2 * 8', (t) => {
  using net = new Net({ text: factors }, 'train');
  net.blobs['data'].data.fill(8);
  net.forward();
  all(t, net.blobs['mul2'].data, 10 * 2 * 8);
});

test('test_backward (param_str): a diff of 7 arrives as 10 * 2 * 7', (t) => {
  using net = new Net({ text: factors }, 'train');
  net.blobs['mul2'].diff.fill(7);
  net.backward();
  all(t, net.blobs['data'].diff, 10 * 2 * 7);
});
