import test from 'ava';
import { Layer, Net, type Blob } from 'tscaffe';
import { Copy, input, register } from './copy-layer.js';

test('in an in-place layer bottom and top are the same blob', (t) => {
  class Negate extends Layer {
    override reshape([bottom]: readonly Blob[], [top]: readonly Blob[]): void {
      t.is(bottom, top);
    }
    override forward([bottom]: readonly Blob[], [top]: readonly Blob[]): void {
      t.is(bottom.cpuData, top.data);
      bottom.scaleData(-1);
    }
    override backward([top]: readonly Blob[]): void {
      top.scaleDiff(-1);
    }
  }
  const text = `
    force_backward: true ${input('x')}
    layer { name: "double" type: "Power" bottom: "x" top: "y" power_param { scale: 2 } }
    layer { name: "negate" type: "${register(Negate)}" bottom: "y" top: "y" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual([...net.forward({ x: [1, 2] })['y']], [-2, -4]);
  t.deepEqual([...net.backward({ y: [1, 10] })['x']], [-2, -20]);
});

test('a layer with several tops gives each its own shape and values, and gets the gradient of each', (t) => {
  class SumAndProduct extends Layer {
    override reshape(_bottom: readonly Blob[], [sum, product]: readonly Blob[]): void {
      sum.reshape();
      product.reshape(1, 1);
    }
    override forward([x]: readonly Blob[], [sum, product]: readonly Blob[]): void {
      const [a, b] = x.cpuData;
      sum.data[0] = a + b;
      product.data[0] = a * b;
    }
    override backward([sum, product]: readonly Blob[], _propagateDown: readonly boolean[], [x]: readonly Blob[]): void {
      const [a, b] = x.cpuData;
      x.diff.set([sum.cpuDiff[0] + b * product.cpuDiff[0], sum.cpuDiff[0] + a * product.cpuDiff[0]]);
    }
  }
  const text = `
    force_backward: true ${input('x')}
    layer { name: "y" type: "${register(SumAndProduct)}" bottom: "x" top: "sum" top: "product" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual(net.blobs['sum'].shape, []);
  t.deepEqual(net.blobs['product'].shape, [1, 1]);
  const { sum, product } = net.forward({ x: [3, 4] });
  t.deepEqual([sum[0], product[0]], [7, 12]);
  t.deepEqual([...net.backward({ sum: [100], product: [1] })['x']], [104, 103]);
});

test('where a blob has two consumers, Caffe splits it and the gradients of both add up', (t) => {
  const type = register(Copy);
  const text = `
    force_backward: true ${input('x')}
    layer { name: "source" type: "${type}" bottom: "x" top: "s" }
    layer { name: "a" type: "${type}" bottom: "s" top: "a" }
    layer { name: "b" type: "${type}" bottom: "s" top: "b" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual(net.bottomNames['a'], ['s_source_0_split_0']);
  const { a, b } = net.forward({ x: [1, 2] });
  t.deepEqual(
    [[...a], [...b]],
    [
      [1, 2],
      [1, 2],
    ],
  );
  t.deepEqual([...net.backward({ a: [1, 2], b: [10, 20] })['x']], [11, 22]);
});

test('a blob that is two bottoms of one layer is two blobs with the same values, whose gradients add up', (t) => {
  class Product extends Layer {
    override reshape([a, b]: readonly Blob[], [y]: readonly Blob[]): void {
      t.not(a, b);
      y.reshapeLike(a);
    }
    override forward([a, b]: readonly Blob[], [y]: readonly Blob[]): void {
      y.data.set(a.cpuData.map((value, i) => value * b.cpuData[i]));
    }
    override backward([y]: readonly Blob[], _propagateDown: readonly boolean[], [a, b]: readonly Blob[]): void {
      a.diff.set(y.cpuDiff.map((value, i) => value * b.cpuData[i]));
      b.diff.set(y.cpuDiff.map((value, i) => value * a.cpuData[i]));
    }
  }
  const text = `force_backward: true ${input('x')} layer { name: "square" type: "${register(Product)}" bottom: "x" bottom: "x" top: "y" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual([...net.forward({ x: [3, 4] })['y']], [9, 16]);
  t.deepEqual([...net.backward({ y: [1, 1] })['x']], [6, 8]);
});

for (const { what, net, expected } of [
  { what: 'is false without anything to learn below', net: { force: false, learn: [] }, expected: undefined },
  { what: 'is true for all bottoms with force_backward', net: { force: true, learn: [] }, expected: [true, true] },
  {
    what: 'is true for a bottom with something to learn below, only',
    net: { force: false, learn: ['b'] },
    expected: [false, true],
  },
  { what: 'is true for both if both have', net: { force: false, learn: ['a', 'b'] }, expected: [true, true] },
  {
    what: 'is false where propagate_down of the prototxt says so',
    net: { force: false, learn: ['a', 'b'], fields: 'propagate_down: false propagate_down: true' },
    expected: [false, true],
  },
  {
    what: 'is true for what has nothing to learn below where propagate_down says so',
    net: { force: false, learn: ['b'], fields: 'propagate_down: true propagate_down: true' },
    expected: [true, true],
  },
] as { what: string; net: { force: boolean; learn: string[]; fields?: string }; expected: boolean[] | undefined }[]) {
  test(`propagateDown ${what}`, (t) => {
    let seen: readonly boolean[] | undefined;
    class Asked extends Copy {
      override reshape(_bottom: readonly Blob[], [top]: readonly Blob[]): void {
        top.reshape();
      }
      override forward(_bottom: readonly Blob[], [top]: readonly Blob[]): void {
        top.data[0] = 0;
      }
      override backward(_top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
        seen = propagateDown;
        for (const blob of bottom) blob.diff.fill(0);
      }
    }
    const learned = net.learn.map(
      (name) => `layer { name: "learn-${name}" type: "Bias" bottom: "${name}" top: "${name}2" bias_param { axis: 0 } }`,
    );
    const bottoms = ['a', 'b'].map((name) => `bottom: "${net.learn.includes(name) ? `${name}2` : name}"`);
    using built = new Net(
      {
        text: `
          force_backward: ${net.force} ${input('a', 'b')} ${learned.join('\n')}
          layer { name: "asked" type: "${register(Asked)}" ${bottoms.join(' ')} top: "y" loss_weight: 1 ${net.fields ?? ''} }`,
      },
      'train',
    );
    built.forward();
    built.backward();
    t.deepEqual(seen, expected);
  });
}

for (const weight of [1, 0.5, 2]) {
  test(`loss_weight ${weight} is the gradient of a loss top, also after it has grown and shrunk`, (t) => {
    class Losses extends Layer {
      size = 1;
      readonly seen: number[][] = [];
      override reshape(_bottom: readonly Blob[], [loss]: readonly Blob[]): void {
        loss.reshape(this.size);
      }
      override forward([x]: readonly Blob[], [loss]: readonly Blob[]): void {
        loss.data.fill(x.cpuData[0]);
      }
      override backward([loss]: readonly Blob[], _propagateDown: readonly boolean[], [x]: readonly Blob[]): void {
        this.seen.push([...loss.cpuDiff]);
        x.diff.fill(0);
      }
    }
    const text = `force_backward: true ${input('x')} layer { name: "loss" type: "${register(Losses)}" bottom: "x" top: "loss" loss_weight: ${weight} }`;
    using net = new Net({ text }, 'train');
    const layer = net.layerDict['loss'].layer as Losses;
    for (const size of [1, 3, 2, 50, 1]) {
      layer.size = size;
      net.forward();
      net.backward();
    }
    t.deepEqual(
      layer.seen,
      [1, 3, 2, 50, 1].map((size) => new Array<number>(size).fill(weight)),
    );
  });
}

test('a top without loss_weight has no gradient of its own', (t) => {
  using net = new Net(
    { text: `force_backward: true ${input('x')} layer { name: "y" type: "${register(Copy)}" bottom: "x" top: "y" }` },
    'train',
  );
  net.forward({ x: [1, 2] });
  net.backward();
  t.deepEqual([...net.blobs['x'].diff], [0, 0]);
});
