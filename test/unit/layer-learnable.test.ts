import test from 'ava';
import { Blob, CaffeError, createLayer, Layer, Net, registerLayer, SGDSolver } from 'tscaffe';

/** top = w · bottom + b, with w begun as 3 and b, of half the learning rate and without decay, as 0. */
class Affine extends Layer {
  override setup(): void {
    this.addBlob([1], { filler: { type: 'constant', value: 3 } });
    this.addBlob([], { lrMult: 0.5, decayMult: 0 });
  }
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    const [w, b] = this.blobs.map((blob) => blob.cpuData[0]);
    top.data.set(bottom.cpuData.map((x) => w * x + b));
  }
  override backward([top]: Blob[], propagateDown: boolean[], [bottom]: Blob[]): void {
    const [w, b] = this.blobs;
    const x = bottom.cpuData;
    w.diff[0] += top.cpuDiff.reduce((sum, d, i) => sum + d * x[i], 0);
    b.diff[0] += top.cpuDiff.reduce((sum, d) => sum + d, 0);
    if (propagateDown[0]) bottom.diff.set(top.cpuDiff.map((d) => d * w.cpuData[0]));
  }
}
registerLayer('Affine', Affine);

/** Steps on the sum of x · w + b over x = (1, 2): dw is 3 and db is 2, times the learning rate of 1. */
function solver(param: string): SGDSolver {
  return new SGDSolver({
    text: `
      base_lr: 1 lr_policy: "fixed" weight_decay: 0.1 max_iter: 10
      net_param {
        layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 } data_filler { type: "constant" value: 2 } } }
        layer { name: "affine" type: "Affine" bottom: "x" top: "y" ${param} }
        layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }
      }`,
  });
}

function weights(net: Net): number[] {
  return net.params['affine'].map((blob) => blob.data[0]);
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

test('addBlob fills by the filler, or with zeros', (t) => {
  using s = solver('');
  t.deepEqual(weights(s.net), [3, 0]);
  t.deepEqual(
    s.net.params['affine'].map((blob) => blob.shape),
    [[1], []],
  );
});

test('lrMult and decayMult of addBlob hold in training', (t) => {
  using s = solver('');
  s.step(1);
  const [w, b] = weights(s.net);
  // w - 1 * (2 + 0.1 * 3); b - 1 * 0.5 * (1 + 0.1 * 0 * 0)
  t.true(near(w, 3 - 2.3), `${w}`);
  t.true(near(b, -0.5), `${b}`);
  s.step(1);
  // A decay of b would show now: -0.5 - 0.5 * 1
  t.true(near(weights(s.net)[1], -1));
});

test("the prototxt's lr_mult and decay_mult win, one by one", (t) => {
  using s = solver('param { decay_mult: 0 } param { lr_mult: 2 }');
  s.step(2);
  const [w, b] = weights(s.net);
  t.true(near(w, 3 - 4), `${w}`); // no decay
  t.true(near(b, -4), `${b}`); // lr_mult 2, and still no decay
});

test('an lrMult of 0 keeps a blob as it is', (t) => {
  class Frozen extends Affine {
    override setup(): void {
      this.addBlob([1], { filler: { type: 'constant', value: 3 }, lrMult: 0 });
      this.addBlob([]);
    }
  }
  registerLayer('Frozen', Frozen);
  using s = new SGDSolver({
    text: `base_lr: 1 lr_policy: "fixed" weight_decay: 0.1 net_param {
      layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 } } }
      layer { name: "affine" type: "Frozen" bottom: "x" top: "y" }
      layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 } }`,
  });
  s.step(3);
  t.is(weights(s.net)[0], 3);
  t.true(weights(s.net)[1] < -2);
});

test('blobs that the parameters bring stay as they are, and others must have the right shape', (t) => {
  const make = (...shapes: number[][]) =>
    createLayer({
      type: Affine,
      blobs: shapes.map((dim) => ({ shape: { dim }, data: new Array<number>(dim.reduce((a, b) => a * b, 1)).fill(9) })),
    });
  const bottom = [new Blob(2)];
  const one = make([1]);
  one.setup(bottom, [new Blob()]);
  t.deepEqual(
    one.blobs.map((blob) => [...blob.data]),
    [[9], [0]],
  );
  one.setup(bottom, [new Blob()]);
  t.is(one.blobs.length, 2, 'a second setup adds no more');
  t.throws(
    () => {
      make([2]).setup(bottom, [new Blob()]);
    },
    {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_LAYER',
      message: /blobs\[0\] of shape \(2\), not \(1\)/,
    },
  );
});

test('weights of learnable blobs are saved, loaded and shared', (t) => {
  using s = solver('');
  s.step(1);
  using net = new Net(
    {
      text: 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } } layer { name: "affine" type: "Affine" bottom: "x" top: "y" }',
    },
    'test',
  );
  t.deepEqual(weights(net), [3, 0]);
  net.copyFrom(s.net.toProto());
  t.deepEqual(weights(net), weights(s.net));
  net.shareWith(s.net);
  s.step(1);
  t.deepEqual(weights(net), weights(s.net));
});

test('addBlob outside of setup is an error, and so is an unknown filler', (t) => {
  class Late extends Affine {
    override setup(): void {
      super.setup();
    }
    override forward(): void {
      this.addBlob([1]);
    }
  }
  const layer = createLayer({ type: Late, name: 'late' });
  const blobs: [Blob[], Blob[]] = [[new Blob(2)], [new Blob()]];
  layer.setup(...blobs);
  t.throws(() => layer.forward(...blobs), {
    code: 'ERR_CAFFE_LAYER',
    message: /layer "late": addBlob may only be called in setup/,
  });
  class Unknown extends Affine {
    override setup(): void {
      this.addBlob([1], { filler: { type: 'gauss' } });
    }
  }
  t.throws(
    () => {
      createLayer({ type: Unknown }).setup(...blobs);
    },
    { instanceOf: TypeError, message: /no filler gauss/ },
  );
});

test('a learnable blob that nobody has ever written can be trained', (t) => {
  class Pushes extends Affine {
    override setup(): void {
      this.blobs.push(new Blob(1), new Blob());
    }
    override forward([bottom]: Blob[], [top]: Blob[]): void {
      top.data.set(bottom.cpuData);
    }
    override backward(): void {
      // Writes neither data nor diff of its blobs.
    }
  }
  registerLayer('Pushes', Pushes);
  using s = new SGDSolver({
    text: `base_lr: 1 lr_policy: "fixed" net_param {
      layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 } } }
      layer { name: "affine" type: "Pushes" bottom: "x" top: "y" }
      layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 } }`,
  });
  s.step(2);
  t.deepEqual(weights(s.net), [0, 0]);
});
