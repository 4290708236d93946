import test from 'ava';
import { Net } from 'tscaffe';

const text = `
force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
layer { name: "double" type: "Power" bottom: "x" top: "y" power_param { scale: 2 } }
layer { name: "sum" type: "Reduction" bottom: "y" top: "sum" }`;

for (const { method, run, calls } of [
  { method: 'beforeForward', run: 'forward', calls: ['x 0', 'double 1', 'sum 2'] },
  { method: 'afterForward', run: 'forward', calls: ['x 0', 'double 1', 'sum 2'] },
  { method: 'beforeBackward', run: 'backward', calls: ['sum 2', 'double 1', 'x 0'] },
  { method: 'afterBackward', run: 'backward', calls: ['sum 2', 'double 1', 'x 0'] },
] as const) {
  test(`${method} is called with the name and index of each layer, until it is removed`, (t) => {
    using net = new Net({ text }, 'test');
    net.forward({ x: [1, 2] });
    const seen: string[] = [];
    const remove = net[method]((layer, index) => seen.push(`${layer} ${index}`));
    net[run]();
    t.deepEqual(seen, calls);
    remove();
    net[run]();
    t.deepEqual(seen, calls);
    t.notThrows(remove, 'twice is fine');
  });

  test(`what ${method} throws comes out of ${run} as it is, and the net goes on`, (t) => {
    using net = new Net({ text }, 'test');
    net.forward();
    const thrown = { frozen: Object.freeze({}) };
    const remove = net[method]((layer) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- any value may be thrown
      if (layer === 'double') throw thrown;
    });
    let caught: unknown;
    try {
      net[run]();
    } catch (error) {
      caught = error;
    }
    t.is(caught, thrown);
    remove();
    t.deepEqual([...net.forward({ x: [1, 2] })['sum']], [6]);
    t.deepEqual([...net.backward({ sum: [1] })['x']], [2, 2]);
  });

  test(`${method} takes a function only`, (t) => {
    using net = new Net({ text }, 'test');
    t.throws(() => net[method](undefined as never), {
      instanceOf: TypeError,
      message: /a function for f but received undefined/,
    });
    t.throws(() => net[method]({} as never), {
      instanceOf: TypeError,
      message: /a function for f but received an object/,
    });
  });
}

test('a forward of some layers calls the hooks of these only', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  net.beforeForward((layer) => seen.push(layer));
  net.forward(undefined, { start: 'double', end: 'double' });
  t.deepEqual(seen, ['double']);
});

test('beforeForward comes before the layer writes its top, afterForward after', (t) => {
  using net = new Net({ text }, 'test');
  const { y } = net.blobs;
  const seen: [string, number][] = [];
  net.beforeForward((layer) => layer === 'double' && seen.push(['before', y.data[0]]));
  net.afterForward((layer) => layer === 'double' && seen.push(['after', y.data[0]]));
  net.forward({ x: [21, 0] });
  t.deepEqual(seen, [
    ['before', 0],
    ['after', 42],
  ]);
});

test('a hook may change what the next layer sees', (t) => {
  using net = new Net({ text }, 'test');
  const { y } = net.blobs;
  net.afterForward((layer) => {
    if (layer === 'double') y.data.set([100, 0]);
  });
  t.deepEqual([...net.forward({ x: [1, 2] })['sum']], [100]);
});

test('several hooks are called in the order in which they were added', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  net.beforeForward((layer) => seen.push(`first ${layer}`));
  net.beforeForward((layer) => seen.push(`second ${layer}`));
  net.forward(undefined, { end: 'double' });
  t.deepEqual(seen, ['first x', 'second x', 'first double', 'second double']);
});

test('a hook may remove itself', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  const remove = net.beforeForward((layer) => {
    seen.push(layer);
    remove();
  });
  net.forward();
  net.forward();
  t.deepEqual(seen, ['x']);
});

test('a hook may remove another one before its turn', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  net.beforeForward(() => {
    removeSecond();
  });
  const removeSecond = net.beforeForward((layer) => seen.push(layer));
  net.forward();
  t.deepEqual(seen, []);
});

test('a hook may add another one, which is called from the next layer on', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  const remove = net.beforeForward(() => {
    remove();
    net.beforeForward((layer) => seen.push(layer));
  });
  net.forward();
  t.deepEqual(seen, ['double', 'sum']);
});

test('a function that is added twice is called twice, and each removal takes back one', (t) => {
  using net = new Net({ text }, 'test');
  const seen: string[] = [];
  const hook = (layer: string): void => void seen.push(layer);
  const remove = net.beforeForward(hook);
  net.beforeForward(hook);
  net.forward(undefined, { end: 'x' });
  t.deepEqual(seen, ['x', 'x']);
  remove();
  net.forward(undefined, { end: 'x' });
  t.deepEqual(seen, ['x', 'x', 'x']);
});

test('a hook that runs, changes or disposes its net is refused with ERR_CAFFE_BUSY, and may read it', (t) => {
  using net = new Net({ text }, 'test');
  let calls = 0;
  net.beforeForward((layer) => {
    if (layer !== 'sum') return;
    calls++;
    for (const call of [
      () => net.forward(),
      () => net.backward(),
      () => {
        net.reshape();
      },
      () => {
        net.clearParamDiffs();
      },
      () => {
        net.copyFrom(new Uint8Array());
      },
      () => {
        net.shareWith(net);
      },
      () => {
        net.dispose();
      },
    ]) {
      t.throws(call, { code: 'ERR_CAFFE_BUSY', message: /net is running/ });
    }
    t.deepEqual([...net.blobs['y'].data], [2, 4]);
    t.is(net.blobs['y'].count, 2);
    t.true(net.toProto().length > 0);
  });
  t.deepEqual([...net.forward({ x: [1, 2] })['sum']], [6]);
  t.is(calls, 1);
});

test('a hook may run another net', (t) => {
  using net = new Net({ text }, 'test');
  using other = new Net({ text }, 'test');
  const seen: number[] = [];
  net.beforeForward(() => seen.push(other.forward({ x: [seen.length, 1] })['sum'][0]));
  t.deepEqual([...net.forward({ x: [1, 2] })['sum']], [6]);
  // 2 (0 + 1), 2 (1 + 1), 2 (2 + 1)
  t.deepEqual(seen, [2, 4, 6]);
});

test('a hook may be removed after its net is gone', (t) => {
  const net = new Net({ text }, 'test');
  const remove = net.beforeForward(() => undefined);
  net.dispose();
  t.notThrows(remove);
});
