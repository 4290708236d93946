import test from 'ava';
import { Blob, CaffeError, createLayer, Layer, layerTypes, Net, registerLayer } from 'tscaffe';

/** 0, 1, 2, ... */
function counting(...shape: number[]): Blob {
  const blob = new Blob(...shape);
  const { data } = blob;
  data.forEach((_, i) => (data[i] = i));
  return blob;
}

test('a stock layer outside of a net computes its top and the gradient of its bottom', (t) => {
  const pool = createLayer({ type: 'Pooling', poolingParam: { pool: 'MAX', kernelSize: 2, stride: 2 } });
  const bottom = [counting(1, 1, 4, 4)];
  const top = [new Blob()];
  pool.setup(bottom, top);
  t.deepEqual(top[0].shape, [1, 1, 2, 2]);
  t.is(pool.forward(bottom, top), 0);
  t.deepEqual([...top[0].data], [5, 7, 13, 15]);
  top[0].diff.set([1, 2, 3, 4]);
  pool.backward(top, [true], bottom);
  t.deepEqual([...bottom[0].diff], [0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4]);
});

test('forward returns the loss times its weight, and follows a bottom that grows', (t) => {
  const loss = createLayer({ type: 'EuclideanLoss', name: 'loss', lossWeight: 3 });
  const bottom = [new Blob(2, 2), new Blob(2, 2)];
  const top = [new Blob()];
  bottom[0].data.fill(2);
  loss.setup(bottom, top);
  // 3 * (4 squares of 2) / (2 * 2)
  t.is(loss.forward(bottom, top), 12);
  for (const blob of bottom) blob.reshape(4, 2);
  bottom[0].data.fill(1);
  bottom[1].data.fill(0);
  // 3 * (8 squares of 1) / (2 * 4)
  t.is(loss.forward(bottom, top), 3);
});

test('a layer says what it is and what it takes', (t) => {
  const softmax = createLayer({ type: 'SoftmaxWithLoss', softmaxParam: { axis: 2 } }, 'test');
  t.like(softmax, {
    name: 'SoftmaxWithLoss',
    type: 'SoftmaxWithLoss',
    phase: 'test',
    exactNumBottomBlobs: 2,
    exactNumTopBlobs: undefined,
    minTopBlobs: 1,
    maxTopBlobs: 2,
    layer: undefined,
  });
  t.true(softmax.allowForceBackward(0));
  t.false(softmax.allowForceBackward(1));
  t.is(softmax.layerParam.softmaxParam?.axis, 2);
});

test('the phase is that which createLayer was given', (t) => {
  const bottom = [new Blob(1000)];
  bottom[0].data.fill(1);
  for (const phase of ['train', 'test'] as const) {
    const dropout = createLayer({ type: 'Dropout' }, phase);
    const top = [new Blob()];
    dropout.setup(bottom, top);
    dropout.forward(bottom, top);
    t.is(top[0].data.includes(0), phase === 'train');
  }
});

test('learnable blobs are there after setup, go out with toProto and come in with the parameters', (t) => {
  const description = {
    type: 'InnerProduct',
    innerProductParam: { numOutput: 2, weightFiller: { type: 'constant', value: 0.5 } },
  } as const;
  const bottom = [counting(1, 3)];
  const top = [new Blob()];
  const first = createLayer(description);
  t.deepEqual(first.blobs, []);
  first.setup(bottom, top);
  t.deepEqual(
    first.blobs.map((blob) => blob.shape),
    [[2, 3], [2]],
  );
  t.is(first.blobs[0], first.blobs[0], 'a blob has one wrapper');
  first.blobs[1].data[0] = 7;
  first.forward(bottom, top);
  t.deepEqual([...top[0].data], [8.5, 1.5]);
  const second = createLayer({
    ...description,
    blobs: first.blobs.map((blob) => ({ shape: { dim: [...blob.shape] }, data: [...blob.data] })),
  });
  const again = [new Blob()];
  second.setup(bottom, again);
  second.forward(bottom, again);
  t.deepEqual([...again[0].data], [8.5, 1.5]);
  t.true(first.toProto().length < first.toProto({ diff: true }).length);
});

test('a class that is registered nowhere makes a layer, which has its object', (t) => {
  class Doubled extends Layer {
    calls = 0;
    override reshape([bottom]: Blob[], [top]: Blob[]): void {
      top.reshapeLike(bottom);
    }
    override forward([bottom]: Blob[], [top]: Blob[]): void {
      this.calls += 1;
      top.data.set(bottom.data.map((value) => 2 * value));
    }
  }
  const layer = createLayer({ type: Doubled, name: 'twice' });
  const bottom = [counting(3)];
  const top = [new Blob()];
  layer.setup(bottom, top);
  layer.forward(bottom, top);
  t.deepEqual([...top[0].data], [0, 2, 4]);
  t.is(layer.type, 'Doubled');
  t.is(layer.layer?.name, 'twice');
  t.is((layer.layer as Doubled).calls, 1);
  t.false(layerTypes().includes('Doubled'));
});

test('the object of a TypeScript layer lives as long as the layer, and no longer', async (t) => {
  class Plain extends Layer {
    self = new Array(10).fill(this); // a cycle
    override reshape([bottom]: Blob[], [top]: Blob[]): void {
      top.reshapeLike(bottom);
    }
    override forward([bottom]: Blob[], [top]: Blob[]): void {
      top.data.set(bottom.data);
    }
  }
  const bottom = [counting(2)];
  const top = [new Blob()];
  const held = [createLayer({ type: Plain })];
  held[0].setup(bottom, top);
  const object = new WeakRef(held[0].layer as Plain);
  const collect = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      await new Promise(setImmediate);
      globalThis.gc?.();
    }
  };
  await collect();
  held[0].forward(bottom, top);
  t.deepEqual([...top[0].data], [0, 1]);
  held.pop();
  await collect();
  t.is(object.deref(), undefined);
});

test('other blobs than those of setup are refused, for a layer may remember them; another setup takes them', (t) => {
  const loss = createLayer({ type: 'SoftmaxWithLoss' });
  const top = [new Blob()];
  const scores = counting(2, 3);
  const labels = new Blob(2);
  loss.setup([scores, labels], top);
  t.throws(() => loss.forward([new Blob(2, 3), labels], top), {
    code: 'ERR_CAFFE_LAYER',
    message: /forward: expected the bottom blobs that setup was given/,
  });
  t.throws(() => loss.forward([scores, labels], [new Blob()]), { code: 'ERR_CAFFE_LAYER', message: /top blobs/ });
  const others = [new Blob(4, 3), new Blob(4)];
  loss.setup(others, top);
  // -ln(1 / 3), of three equal scores
  t.true(Math.abs(loss.forward(others, top) - Math.log(3)) < 1e-6);
});

test('a stock layer runs inside of a TypeScript layer', (t) => {
  /** The mean of max pooling and average pooling. */
  class MixedPooling extends Layer {
    readonly pools = (['MAX', 'AVE'] as const).map((pool) =>
      createLayer({ type: 'Pooling', poolingParam: { pool, kernelSize: 2, stride: 2 } }),
    );
    readonly inner = [new Blob(), new Blob()];

    override setup(bottom: Blob[]): void {
      this.pools.forEach((pool, i) => {
        pool.setup(bottom, [this.inner[i]]);
      });
    }
    override reshape(bottom: Blob[], [top]: Blob[]): void {
      this.pools.forEach((pool, i) => {
        pool.reshape(bottom, [this.inner[i]]);
      });
      top.reshapeLike(this.inner[0]);
    }
    override forward(bottom: Blob[], [top]: Blob[]): void {
      this.pools.forEach((pool, i) => pool.forward(bottom, [this.inner[i]]));
      const [max, average] = this.inner.map((blob) => blob.cpuData);
      top.data.set(max.map((value, i) => (value + average[i]) / 2));
    }
  }
  registerLayer('MixedPooling', MixedPooling);
  using net = new Net(
    {
      text: `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
             layer { name: "mixed" type: "MixedPooling" bottom: "x" top: "y" }`,
    },
    'test',
  );
  const { x, y } = net.blobs;
  x.data.forEach((_, i, data) => (data[i] = i));
  net.forward();
  // Of the window 0 1 4 5: (5 + 2.5) / 2; the others are 2, 8 and 10 more.
  t.deepEqual([...y.data], [3.75, 5.75, 11.75, 13.75]);
  x.reshape(1, 1, 6, 4);
  net.forward();
  t.deepEqual(y.shape, [1, 1, 3, 2]);
});

test('mistakes of calling are errors that say what was expected', (t) => {
  const relu = createLayer({ type: 'ReLU', name: 'relu' });
  const bottom = [counting(2)];
  const top = [new Blob()];
  const layerError = (message: RegExp) => ({ instanceOf: CaffeError, code: 'ERR_CAFFE_LAYER', message });
  t.throws(() => relu.forward(bottom, top), layerError(/forward: call setup first/));
  relu.setup(bottom, top);
  t.throws(() => relu.forward([], top), layerError(/expected 1 bottom blobs as in setup but received 0/));
  t.throws(
    () => relu.forward(bottom, [new Blob(), new Blob()]),
    layerError(/expected 1 top blobs as in setup but received 2/),
  );
  t.throws(
    () => {
      relu.backward(top, [true], bottom);
    },
    layerError(/call forward first/),
  );
  relu.forward(bottom, top);
  bottom[0].reshape(1000);
  t.throws(
    () => {
      relu.backward(top, [true], bottom);
    },
    layerError(/bottom\[0\] has the shape \(1000\), but had \(.*\) in the layer.s last forward; call forward again/),
  );
  relu.forward(bottom, top);
  t.throws(
    () => {
      relu.backward(top, [], bottom);
    },
    layerError(/propagateDown/),
  );
  t.throws(() => relu.forward([{} as Blob], top), { instanceOf: TypeError, message: /a Blob for bottom\[0\]/ });
  t.throws(() => relu.forward(bottom[0] as never, top), {
    instanceOf: TypeError,
    message: /an array of blobs for bottom/,
  });
});

test('what Caffe refuses names the layer and what it was doing; the layer can be used again', (t) => {
  const pool = createLayer({ type: 'Pooling', name: 'pool2', poolingParam: { kernelSize: 2, stride: 2 } });
  const good = [counting(1, 1, 4, 4)];
  const top = [new Blob()];
  const error = t.throws(
    () => {
      pool.setup([new Blob(2)], [new Blob(), new Blob(), new Blob()]);
    },
    {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_CHECK',
      message: /^layer "pool2" setup: Check failed: /,
    },
  );
  t.like(error, { layer: 'pool2', layerIndex: -1, during: 'setup' });
  t.throws(() => pool.forward(good, top), { code: 'ERR_CAFFE_LAYER' });
  pool.setup(good, top);
  good[0].reshape(16);
  t.throws(() => pool.forward(good, top), { message: /^layer "pool2" forward: Check failed: / });
  good[0].reshape(1, 1, 4, 4);
  pool.forward(good, top);
  t.deepEqual([...top[0].data], [5, 7, 13, 15]);
});

test('a type or field that Caffe does not have is a TypeError with the nearest right one', (t) => {
  t.throws(() => createLayer({ type: 'Poolin' }), { instanceOf: TypeError, message: /did you mean Pooling\?/ });
  t.throws(() => createLayer({ type: 'Pooling', poolingParam: { kernelsize: 2 } as never }), {
    instanceOf: TypeError,
    message: /did you mean kernelSize\?/,
  });
  t.throws(() => createLayer({} as never), { instanceOf: TypeError });
  t.throws(() => createLayer({ type: 'ReLU' }, 'TEST' as never), {
    instanceOf: TypeError,
    message: /'train' or 'test'/,
  });
});

test('a layer in one of its calls refuses another, and a disposed one all', (t) => {
  class Again extends Layer {
    override reshape(): void {
      // A scalar is what it is.
    }
    override forward(bottom: Blob[], top: Blob[]): void {
      layer.forward(bottom, top);
    }
  }
  const layer = createLayer({ type: Again });
  const blobs = [new Blob()];
  layer.setup([], blobs);
  t.throws(() => layer.forward([], blobs), { code: 'ERR_CAFFE_BUSY' });
  layer.dispose();
  layer.dispose();
  t.throws(() => layer.forward([], blobs), { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' });
});

test('what a layer class throws comes out as it was thrown', (t) => {
  const thrown = new RangeError('of my own');
  class Throws extends Layer {
    override reshape(): void {
      throw thrown;
    }
    override forward(): void {
      // Never called.
    }
  }
  const layer = createLayer({ type: Throws });
  t.is(
    t.throws(() => {
      layer.setup([], [new Blob()]);
    }),
    thrown,
  );
});
