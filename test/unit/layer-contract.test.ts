import test from 'ava';
import { Blob, createLayer, Layer, Net, registerLayer, type LayerParameter } from 'tscaffe';

const counting = { numbers: 0 };

/** Copies its first bottom to each of its tops. */
class Copies extends Layer {
  override reshape([bottom]: Blob[], top: Blob[]): void {
    for (const blob of top) blob.reshapeLike(bottom);
  }
  override forward([bottom]: Blob[], top: Blob[]): void {
    for (const blob of top) blob.data.set(bottom.cpuData);
  }
  override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    bottom.forEach((blob, i) => {
      if (propagateDown[i]) blob.diff.fill(top.length);
    });
    counting.numbers += 1;
  }
}

const blobs = (count: number): Blob[] => Array.from({ length: count }, () => new Blob(2));

for (const [title, fields, good, wrong, message] of [
  ['exactNumBottomBlobs', { exactNumBottomBlobs: 2 }, [2, 1], [1, 1], /takes 2 bottom/],
  ['minBottomBlobs', { minBottomBlobs: 2 }, [3, 1], [1, 1], /takes at least 2 bottom/],
  ['maxBottomBlobs', { maxBottomBlobs: 2 }, [1, 1], [3, 1], /takes at most 2 bottom/],
  ['exactNumTopBlobs', { exactNumTopBlobs: 2 }, [1, 2], [1, 1], /produces 2 top/],
  ['minTopBlobs', { minTopBlobs: 2 }, [1, 3], [1, 1], /produces at least 2 top/],
  ['maxTopBlobs', { maxTopBlobs: 2 }, [1, 1], [1, 3], /produces at most 2 top/],
  [
    'equalNumBottomTopBlobs',
    { equalNumBottomTopBlobs: true },
    [2, 2],
    [2, 1],
    /one top blob as output for each bottom/,
  ],
] as const) {
  test(`${title} of a layer class holds`, (t) => {
    class Counts extends Copies {
      constructor() {
        super();
        Object.assign(this, fields);
      }
    }
    t.notThrows(() => {
      createLayer({ type: Counts }).setup(blobs(good[0]), blobs(good[1]));
    });
    t.throws(
      () => {
        createLayer({ type: Counts }).setup(blobs(wrong[0]), blobs(wrong[1]));
      },
      {
        code: 'ERR_CAFFE_CHECK',
        message,
      },
    );
  });
}

test('autoTopBlobs makes the tops that the prototxt does not name', (t) => {
  class TwoTops extends Copies {
    override readonly exactNumTopBlobs = 2;
    override readonly autoTopBlobs = true;
  }
  registerLayer('TwoTops', TwoTops);
  using net = new Net(
    {
      text: `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
             layer { name: "two" type: "TwoTops" bottom: "x" top: "named" }`,
    },
    'test',
  );
  t.is(net.topNames['two'].length, 2);
  t.is(net.topNames['two'][0], 'named');
});

test('allowForceBackward decides which bottoms force_backward reaches', (t) => {
  const asked: boolean[][] = [];
  class FirstOnly extends Copies {
    override allowForceBackward(bottom: number): boolean {
      return bottom === 0;
    }
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      asked.push([...propagateDown]);
      super.backward(top, propagateDown, bottom);
    }
  }
  registerLayer('FirstOnly', FirstOnly);
  registerLayer(
    'Everything',
    class extends FirstOnly {
      override allowForceBackward(): boolean {
        return true;
      }
    },
  );
  for (const type of ['FirstOnly', 'Everything']) {
    using net = new Net(
      {
        text: `force_backward: true
               layer { name: "in" type: "Input" top: "x" top: "label" input_param { shape { dim: 2 } } }
               layer { name: "copies" type: "${type}" bottom: "x" bottom: "label" top: "y" loss_weight: 1 }`,
      },
      'train',
    );
    net.forward();
    net.backward();
  }
  t.deepEqual(asked, [
    [true, false],
    [true, true],
  ]);
});

test('toProto decides what a saved net says of the layer, and its learnable blobs are saved beside', (t) => {
  class Remembers extends Copies {
    #forwards = 0;
    override setup(): void {
      this.addBlob([2], { filler: { type: 'constant', value: 4 } });
    }
    override forward(bottom: Blob[], top: Blob[]): void {
      super.forward(bottom, top);
      this.#forwards += 1;
    }
    override toProto(parameter: LayerParameter): LayerParameter {
      t.is(parameter.name, 'remembers');
      t.deepEqual(parameter.blobs, []);
      return { ...parameter, pythonParam: { paramStr: `forwards: ${this.#forwards}` } };
    }
  }
  const layer = createLayer({ type: Remembers, name: 'remembers' });
  const [bottom, top] = [blobs(1), blobs(1)];
  layer.setup(bottom, top);
  layer.forward(bottom, top);
  layer.forward(bottom, top);
  t.is(layer.layerParam.pythonParam?.paramStr, 'forwards: 2');
  registerLayer('Remembers', Remembers);
  using net = new Net(
    {
      text: `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
             layer { name: "remembers" type: "Remembers" bottom: "x" top: "y" }`,
    },
    'test',
  );
  net.forward();
  const saved = Buffer.from(net.toProto());
  t.true(saved.includes('forwards: 1'));
  using copy = new Net(net.toProto(), 'test');
  t.deepEqual([...copy.params['remembers'][0].data], [4, 4]);
});

test("a net's layer runs its setup and its reshape on its own blobs", (t) => {
  const calls: string[] = [];
  class Calls extends Copies {
    override setup([bottom]: Blob[]): void {
      calls.push(`setup ${bottom.shape.join('x')}`);
      this.addBlob([1]);
    }
    override reshape(bottom: Blob[], top: Blob[]): void {
      super.reshape(bottom, top);
      calls.push(`reshape ${bottom[0].shape.join('x')}`);
    }
  }
  registerLayer('Calls', Calls);
  using net = new Net(
    {
      text: `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 1 } } }
             layer { name: "calls" type: "Calls" bottom: "x" top: "y" }
             layer { name: "pool" type: "Flatten" bottom: "y" top: "z" }`,
    },
    'test',
  );
  const { x, y } = net.blobs;
  const [blob] = net.params['calls'];
  calls.length = 0;
  x.reshape(3, 4);
  net.layerDict['calls'].reshape();
  t.deepEqual(y.shape, [3, 4]);
  net.layerDict['calls'].setup();
  t.deepEqual(calls, ['reshape 3x4', 'setup 3x4']);
  t.is(net.layerDict['calls'].blobs[0], blob);
  x.reshape(2, 3, 4);
  net.layerDict['calls'].reshape();
  net.layerDict['pool'].reshape();
  t.deepEqual(net.blobs['z'].shape, [2, 12]);
  x.reshape();
  net.layerDict['calls'].reshape();
  t.throws(
    () => {
      net.layerDict['pool'].reshape();
    },
    { code: 'ERR_CAFFE_CHECK', message: /net\.layer\[2\] "pool" reshape: / },
  );
  t.throws(
    () => {
      net.reshape();
    },
    { code: 'ERR_CAFFE_CHECK', message: /net\.layer\[2\] "pool" reshape: / },
  );
});
