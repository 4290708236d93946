import test from 'ava';
import { CaffeError, layerTypes, Net, registerLayer, SGDSolver, type Blob } from 'tscaffe';
import { Copy, input, register } from './copy-layer.js';

/** A class that runs `act` in one of its methods, and then does what Copy does. */
function acting(method: 'setup' | 'reshape' | 'forward' | 'backward', act: (bottom: readonly Blob[]) => void): string {
  return register(
    class Acting extends Copy {
      override setup(bottom: readonly Blob[]): void {
        if (method === 'setup') act(bottom);
      }
      override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
        if (method === 'reshape') act(bottom);
        super.reshape(bottom, top);
      }
      override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
        if (method === 'forward') act(bottom);
        super.forward(bottom, top);
      }
      override backward(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
        if (method === 'backward') act(bottom);
        super.backward(top, propagateDown, bottom);
      }
    },
  );
}

const netOf = (type: string): { text: string } => ({
  text: `force_backward: true ${input('x')} layer { name: "y" type: "${type}" bottom: "x" top: "y" loss_weight: 1 }`,
});

for (const method of ['reshape', 'forward', 'backward'] as const) {
  test(`${method} may read its own net; to run, change or dispose it is ERR_CAFFE_BUSY, and the run goes on`, (t) => {
    const made: { net?: Net } = {};
    let refused = 0;
    const type = acting(method, () => {
      const { net: running } = made;
      if (running === undefined) return; // under construction
      t.deepEqual([...running.blobs['x'].data], [1, 2]);
      t.deepEqual(running.layerNames, ['input', 'y']);
      t.true(running.toProto().length > 0);
      for (const call of [
        () => running.forward(),
        () => running.backward(),
        () => {
          running.reshape();
        },
        () => {
          running.clearParamDiffs();
        },
        () => {
          running.copyFrom(new Uint8Array());
        },
        () => {
          running.shareWith(running);
        },
        () => {
          running.dispose();
        },
      ]) {
        const error = t.throws<CaffeError>(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_BUSY' });
        t.regex(error.message, /the net is running/);
        refused++;
      }
    });
    const net = (made.net = new Net(netOf(type), 'train'));
    t.deepEqual([...net.forward({ x: [1, 2] })['y']], [1, 2]);
    net.backward();
    t.is(refused, 7);
    t.notThrows(() => net.forward());
    net.dispose();
  });

  test(`${method} of a layer in a solver may read it; to step or dispose it is ERR_CAFFE_BUSY, and the step goes on`, (t) => {
    const made: { solver?: SGDSolver } = {};
    let refused = 0;
    const type = acting(method, () => {
      const { solver: running } = made;
      if (running === undefined) return;
      t.is(running.iter, refused / 5);
      for (const call of [
        () => {
          running.step(1);
        },
        () => {
          running.solve();
        },
        () => {
          running.dispose();
        },
        () => running.net.forward(),
        () => {
          running.net.dispose();
        },
      ]) {
        t.throws(call, { instanceOf: CaffeError, code: 'ERR_CAFFE_BUSY' });
        refused++;
      }
    });
    const solver = new SGDSolver({ text: `net_param { ${netOf(type).text} } base_lr: 1 lr_policy: "fixed"` });
    made.solver = solver;
    solver.step(2);
    t.is(solver.iter, 2);
    t.is(refused, 10);
    solver.dispose();
  });
}

for (const method of ['setup', 'reshape', 'forward', 'backward'] as const) {
  test(`${method} may build, run and dispose nets and solvers of its own`, (t) => {
    const sums: number[] = [];
    const inner = register(Copy);
    const type = acting(method, () => {
      using net = new Net(netOf(inner), 'train');
      sums.push(net.forward({ x: [3, 4] })['y'].reduce((a, b) => a + b));
      using solver = new SGDSolver({ text: `net_param { ${netOf(inner).text} } base_lr: 1 lr_policy: "fixed"` });
      solver.step(1);
    });
    using net = new Net(netOf(type), 'train');
    t.deepEqual([...net.forward({ x: [1, 2] })['y']], [1, 2]);
    t.deepEqual([...net.backward()['x']], [1, 1]);
    t.is(sums.length, method === 'reshape' ? 2 : 1);
    t.true(sums.every((sum) => sum === 7));
  });
}

test('a layer may hold a net of its own type', (t) => {
  let depth = 0;
  const type = acting('setup', () => {
    if (depth === 5) return;
    depth++;
    new Net(netOf(type), 'train').forward();
  });
  using net = new Net(netOf(type), 'train');
  t.is(depth, 5);
  t.deepEqual([...net.forward({ x: [1, 2] })['y']], [1, 2]);
});

test('a type may be registered while a net is being built, and used by the next layer', (t) => {
  const type = acting('setup', () => {
    registerLayer('layer-reentry/Later', Copy);
  });
  using net = new Net(
    { text: `${netOf(type).text} layer { name: "z" type: "layer-reentry/Later" bottom: "y" top: "z" }` },
    'test',
  );
  t.true(layerTypes().includes('layer-reentry/Later'));
  t.deepEqual([...net.forward({ x: [1, 2] })['z']], [1, 2]);
});

for (const size of [1, 5, 5000]) {
  test(`a layer that reshapes its bottom to ${size} in forward: the next forward has the shape, and the process lives`, (t) => {
    const type = acting('forward', ([x]) => {
      x.reshape(size);
    });
    using net = new Net(
      {
        text: `
          ${input('x')}
          layer { name: "before" type: "Power" bottom: "x" top: "p" }
          layer { name: "y" type: "${type}" bottom: "p" top: "y" }
          layer { name: "after" type: "Power" bottom: "y" top: "z" power_param { scale: 2 } }`,
      },
      'test',
    );
    // Copy writes as many values as the bottom has into a top that has two.
    const tooMany = size > 2;
    if (tooMany) t.throws(() => net.forward({ x: [1, 2] }), { instanceOf: RangeError });
    else t.notThrows(() => net.forward({ x: [1, 2] }));
    t.deepEqual(net.blobs['p'].shape, [size]);
    net.reshape();
    t.deepEqual(net.blobs['p'].shape, [2], 'by the layer that makes it');
    t.deepEqual(net.blobs['z'].shape, [2]);
  });
}

test('a view that a layer keeps goes on showing the blob, and has length 0 once the blob has other memory', (t) => {
  const views: Float32Array[] = [];
  const type = acting('forward', ([x]) => {
    views.push(x.data);
  });
  using net = new Net(netOf(type), 'train');
  net.forward({ x: [1, 2] });
  net.forward({ x: [3, 4] });
  t.is(views[0], views[1]);
  t.deepEqual([...views[0]], [3, 4]);
  net.blobs['x'].reshape(3);
  net.forward({ x: [5, 6, 7] });
  t.is(views[0].length, 0);
  t.deepEqual([...views[2]], [5, 6, 7]);
});

test('a stale view is found out within a run: the layer after the one that grows a blob', (t) => {
  const lengths: number[] = [];
  let kept: Float32Array | undefined;
  let grown = 2;
  const grows = register(
    class Grows extends Copy {
      override reshape(_bottom: readonly Blob[], [y]: readonly Blob[]): void {
        y.reshape(grown);
      }
      override forward(_bottom: readonly Blob[], [y]: readonly Blob[]): void {
        y.data.fill(7);
      }
    },
  );
  const looks = acting('forward', ([y]) => {
    kept ??= y.data;
    lengths.push(kept.length, y.data.length, y.data[y.count - 1]);
  });
  using net = new Net(
    {
      text: `
        ${input('x')}
        layer { name: "grows" type: "${grows}" bottom: "x" top: "y" }
        layer { name: "looks" type: "${looks}" bottom: "y" top: "z" }`,
    },
    'test',
  );
  net.forward();
  grown = 10;
  net.forward();
  t.deepEqual(lengths, [2, 2, 7, 0, 10, 7]);
});

test('blobs that a layer keeps stay readable after its net is disposed', (t) => {
  let kept: readonly Blob[] = [];
  const type = acting('forward', (bottom) => {
    kept = bottom;
  });
  const net = new Net(netOf(type), 'train');
  net.forward({ x: [1, 2] });
  net.dispose();
  globalThis.gc?.();
  t.deepEqual([...kept[0].data], [1, 2]);
});

test('a net and a solver that nothing else refers to live until their running call returns', (t) => {
  let calls = 0;
  const type = acting('forward', () => {
    calls++;
    for (let i = 0; i < 3; i++) globalThis.gc?.();
  });
  t.deepEqual([...new Net(netOf(type), 'train').forward({ x: [1, 2] })['y']], [1, 2]);
  new SGDSolver({ text: `net_param { ${netOf(type).text} } base_lr: 1 lr_policy: "fixed"` }).step(3);
  t.is(calls, 4);
});

test('a layer may dispose another net, whose blobs it then still reads', (t) => {
  const other = new Net(netOf(register(Copy)), 'train');
  other.forward({ x: [3, 4] });
  const seen: number[][] = [];
  const type = acting('forward', () => {
    other.dispose();
    seen.push([...other.blobs['y'].data]);
  });
  using net = new Net(netOf(type), 'train');
  net.forward();
  net.forward();
  t.deepEqual(seen, [
    [3, 4],
    [3, 4],
  ]);
});
