import test from 'ava';
import { Blob, Layer, Net, SGDSolver } from 'tscaffe';
import { Copy, input, register } from './copy-layer.js';

test('Caffe calls setup, reshape, then reshape before each forward, and backward', (t) => {
  const calls: string[] = [];
  class Calls extends Copy {
    override setup(): void {
      calls.push('setup');
    }
    override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
      calls.push('reshape');
      super.reshape(bottom, top);
    }
    override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
      calls.push('forward');
      super.forward(bottom, top);
    }
    override backward(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
      calls.push('backward');
      super.backward(top, propagateDown, bottom);
    }
  }
  const text = `force_backward: true ${input('x')} layer { name: "y" type: "${register(Calls)}" bottom: "x" top: "y" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual(calls.splice(0), ['setup', 'reshape']);
  net.forward();
  t.deepEqual(calls.splice(0), ['reshape', 'forward']);
  net.backward();
  t.deepEqual(calls.splice(0), ['backward']);
  net.forward();
  net.reshape();
  t.deepEqual(calls, ['reshape', 'forward', 'reshape']);
});

test('the callbacks get the blobs of the net, in the order of the prototxt, in frozen arrays that stay the same', (t) => {
  const seen: [method: string, ...args: unknown[]][] = [];
  class Sees extends Copy {
    override setup(...args: unknown[]): void {
      seen.push(['setup', ...args]);
    }
    override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
      seen.push(['reshape', bottom, top]);
      super.reshape(bottom, top);
    }
    override forward(...args: [readonly Blob[], readonly Blob[]]): void {
      seen.push(['forward', ...args]);
      super.forward(...args);
    }
    override backward(...args: [readonly Blob[], readonly boolean[], readonly Blob[]]): void {
      seen.push(['backward', ...args]);
      super.backward(...args);
    }
  }
  const text = `
    force_backward: true ${input('a', 'b')}
    layer { name: "y" type: "${register(Sees)}" bottom: "b" bottom: "a" top: "first" top: "second" }`;
  using net = new Net({ text }, 'test');
  net.forward();
  net.backward();
  net.forward();
  const { a, b, first, second } = net.blobs;
  t.deepEqual(
    seen.map(([method]) => method),
    ['setup', 'reshape', 'reshape', 'forward', 'backward', 'reshape', 'forward'],
  );
  const [, bottom, top] = seen[0] as [string, Blob[], Blob[]];
  t.true(bottom[0] === b && bottom[1] === a && bottom.length === 2);
  t.true(top[0] === first && top[1] === second && top.length === 2);
  for (const array of [bottom, top]) {
    t.true(Array.isArray(array));
    t.true(Object.isFrozen(array));
  }
  for (const [method, ...args] of seen) {
    if (method === 'backward') {
      const [tops, propagateDown, bottoms] = args as [Blob[], boolean[], Blob[]];
      t.true(tops === top && bottoms === bottom);
      t.deepEqual(propagateDown, [true, true]);
      t.true(Object.isFrozen(propagateDown));
    } else {
      t.true(args[0] === bottom && args[1] === top && args.length === 2);
    }
  }
});

test('methods are called on the one object that the net shows as layerDict[name].layer', (t) => {
  const seen = new Set<unknown>();
  class Self extends Copy {
    constructor() {
      super();
      seen.add(this);
    }
    override setup(): void {
      seen.add(this);
    }
    override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
      seen.add(this);
      super.reshape(bottom, top);
    }
    override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
      seen.add(this);
      super.forward(bottom, top);
    }
  }
  const type = register(Self);
  using net = new Net({ text: `${input('x')} layer { name: "y" type: "${type}" bottom: "x" top: "y" }` }, 'test');
  net.forward();
  t.is(seen.size, 1);
  const { layer, type: shown } = net.layerDict['y'];
  t.true(seen.has(layer));
  t.true(layer instanceof Self);
  t.is(shown, type);
});

test('two layers of one class are two objects', (t) => {
  class Own extends Copy {
    forwards = 0;
    override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
      this.forwards++;
      super.forward(bottom, top);
    }
  }
  const type = register(Own);
  using net = new Net(
    {
      text: `
        ${input('x')}
        layer { name: "y" type: "${type}" bottom: "x" top: "y" }
        layer { name: "z" type: "${type}" bottom: "y" top: "z" }`,
    },
    'test',
  );
  net.forward({ x: [1, 2] });
  net.forward(undefined, { start: 'z' });
  t.is((net.layerDict['y'].layer as Own).forwards, 1);
  t.is((net.layerDict['z'].layer as Own).forwards, 2);
  t.deepEqual([...net.blobs['z'].data], [1, 2]);
});

for (const phase of ['train', 'test'] as const) {
  test(`a layer knows its name, phase ${phase}, param_str and the whole of its parameters from setup on`, (t) => {
    const seen: unknown[] = [];
    class Knows extends Copy {
      override setup(): void {
        seen.push(this.name, this.phase, this.paramStr, this.layerParam);
      }
    }
    const text = `
      ${input('x')}
      layer {
        name: "knows" type: "${register(Knows)}" bottom: "x" top: "y"
        python_param { param_str: "anything: 5" } loss_weight: 0 power_param { scale: 3 }
      }`;
    using net = new Net({ text }, phase);
    const [name, ownPhase, paramStr, layerParam] = seen;
    t.is(name, 'knows');
    t.is(ownPhase, phase);
    t.is(paramStr, 'anything: 5');
    t.like(layerParam, {
      name: 'knows',
      bottom: ['x'],
      top: ['y'],
      lossWeight: [0],
      powerParam: { scale: 3 },
    });
    const { layer } = net.layerDict['knows'];
    t.throws(
      () => {
        (layer as { name: string }).name = 'other';
      },
      { instanceOf: TypeError },
    );
  });
}

test('without a param_str it is empty', (t) => {
  using net = new Net(
    { text: `${input('x')} layer { name: "y" type: "${register(Copy)}" bottom: "x" top: "y" }` },
    'test',
  );
  t.is(net.layerDict['y'].layer?.paramStr, '');
});

test('a layer without bottoms makes data, one without tops takes it', (t) => {
  const taken: number[][] = [];
  class Source extends Layer {
    override reshape(bottom: readonly Blob[], [top]: readonly Blob[]): void {
      t.is(bottom.length, 0);
      top.reshape(3);
    }
    override forward(_bottom: readonly Blob[], [top]: readonly Blob[]): void {
      top.data.set([1, 2, 3]);
    }
  }
  class Sink extends Layer {
    override reshape(_bottom: readonly Blob[], top: readonly Blob[]): void {
      t.is(top.length, 0);
    }
    override forward([bottom]: readonly Blob[]): void {
      taken.push([...bottom.cpuData]);
    }
  }
  const text = `
    layer { name: "source" type: "${register(Source)}" top: "x" }
    layer { name: "sink" type: "${register(Sink)}" bottom: "x" }`;
  using net = new Net({ text }, 'test');
  t.deepEqual({ ...net.forward() }, {});
  t.deepEqual(taken, [[1, 2, 3]]);
});

test('learnable blobs that setup pushes are trained, saved and loaded', (t) => {
  class Scale extends Layer {
    override setup(): void {
      if (this.blobs.length > 0) return;
      const blob = new Blob(1);
      blob.data[0] = 3;
      this.blobs.push(blob);
    }
    override reshape([x]: readonly Blob[], [y]: readonly Blob[]): void {
      y.reshapeLike(x);
    }
    override forward([x]: readonly Blob[], [y]: readonly Blob[]): void {
      const [w] = this.blobs[0].cpuData;
      y.data.set(x.cpuData.map((value) => w * value));
    }
    override backward([y]: readonly Blob[], _propagateDown: readonly boolean[], [x]: readonly Blob[]): void {
      this.blobs[0].diff[0] += y.cpuDiff.reduce((sum, d, i) => sum + d * x.cpuData[i], 0);
    }
  }
  const text = `
    layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 } data_filler { value: 2 } } }
    layer { name: "scale" type: "${register(Scale)}" bottom: "x" top: "y" param { lr_mult: 0.5 } }
    layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;
  using solver = new SGDSolver({ text: `net_param { ${text} } base_lr: 0.25 lr_policy: "fixed"` });
  const [w] = solver.net.params['scale'];
  t.is(w, (solver.net.layerDict['scale'].layer as Scale).blobs[0]);
  solver.step(2);
  // The gradient is 2 + 2, the rate 0.25 * 0.5: 3 - 2 * 0.5
  t.is(w.data[0], 2);
  using copy = new Net({ text }, 'train', { weights: solver.net.toProto() });
  t.is(copy.params['scale'][0].data[0], 2);
  t.is(copy.forward()['loss'][0], 8);
  using whole = new Net(solver.net.toProto(), 'train');
  t.is(whole.params['scale'][0].data[0], 2, 'a net that brings its own weights');
});
