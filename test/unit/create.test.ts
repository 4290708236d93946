// Nets and solvers that are built on Caffe's thread, whose layers may wait.
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Blob } from 'tscaffe';
import { CaffeError, Layer, Net, registerLayer, SGDSolver, Solver } from 'tscaffe';

/** What layers of this type do, by their param_str. */
const behaviours: Record<string, Partial<Layer> & { kept?: Blob }> = {};

class Waits extends Layer {
  override async setup(bottom: readonly Blob[], top: readonly Blob[]): Promise<void> {
    await setImmediate();
    await behaviours[this.paramStr]?.setup?.(bottom, top);
  }
  override async reshape(bottom: readonly Blob[], top: readonly Blob[]): Promise<void> {
    await setImmediate();
    await behaviours[this.paramStr]?.reshape?.(bottom, top);
    const [x] = bottom;
    const [y] = top;
    if (x !== undefined) y?.reshapeLike(x);
  }
  override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
    top[0]?.data.set(bottom[0]?.data.map((value) => value * 2) ?? []);
  }
  override backward(): void {
    // Its gradient is 0.
  }
}
registerLayer('Waits', Waits);

const text = (behaviour = '') => `
  layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 } data_filler { value: 3 } } }
  layer { name: "wait" type: "Waits" bottom: "x" top: "y" python_param { param_str: "${behaviour}" } }
  layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;

async function failure(t: ExecutionContext, work: Promise<unknown>): Promise<CaffeError> {
  return t.throwsAsync<CaffeError>(work, { instanceOf: CaffeError });
}

test('Net.create waits for the promises of setup and reshape', async (t) => {
  using net = await Net.create({ text: text() }, 'train');
  t.true(net instanceof Net);
  t.deepEqual([...((await net.forwardAsync())['loss'] ?? [])], [12]); // 2 (3 + 3)
  t.is(net.layerDict['wait']?.layer?.constructor, Waits);
  t.throws(() => new Net({ text: text() }, 'train'), { code: 'ERR_CAFFE_LAYER', message: /await Net\.create/ });
});

test('Solver.create builds a solver of the class that it is called on', async (t) => {
  using solver = await SGDSolver.create({ text: `base_lr: 0.1 lr_policy: "fixed" net_param { ${text()} }` });
  t.true(solver instanceof SGDSolver);
  await solver.stepAsync(2);
  t.deepEqual([solver.iter, solver.loss], [2, 12]);
});

test('the event loop is free while layers wait, and several nets are built at a time', async (t) => {
  let turns = 0;
  const counting = (async () => {
    for (; turns < 5; turns++) await setImmediate();
  })();
  const nets = await Promise.all(Array.from({ length: 4 }, async () => Net.create({ text: text() }, 'test')));
  await counting;
  for (const net of nets) {
    t.deepEqual([...((await net.forwardAsync())['loss'] ?? [])], [12]);
    net.dispose();
  }
  t.is(turns, 5);
});

test('what a layer throws rejects the promise unchanged, and the next net is built', async (t) => {
  const thrown = new Error('not today');
  behaviours['throws'] = {
    setup: () => {
      throw thrown;
    },
  };
  t.is(await t.throwsAsync(Net.create({ text: text('throws') }, 'train')), thrown);
  using net = await Net.create({ text: text() }, 'train');
  t.truthy(net);
});

test('errors name the file and the line of the layer, as those of the constructor do', async (t) => {
  const wrong = `${text()}\nlayer { name: "bad" type: "InnerProduct" bottom: "x" top: "z" }`;
  const source = { text: wrong, file: 'wrong.prototxt' };
  const error = await failure(t, Net.create(source, 'train'));
  t.deepEqual([error.code, error.file, error.line, error.layer], ['ERR_CAFFE_CHECK', 'wrong.prototxt', 5, 'bad']);
  t.true(error.message.startsWith('wrong.prototxt:5: layer "bad" setup: '), error.message);
  const solver = { text: `base_lr: 0.1 type: "None" net_param { ${text()} }`, file: 'solver.prototxt' };
  t.is((await failure(t, Solver.create(solver))).file, 'solver.prototxt');
});

test('a blob that a layer keeps is refused or right while the net is built, and right afterwards', async (t) => {
  const kept: Blob[] = [];
  const codes: unknown[] = [];
  behaviours['keeps'] = {
    setup: (bottom) => {
      kept.push(...bottom);
      t.is(kept[0]?.count, 2);
      queueMicrotask(() => {
        void setImmediate().then(() => {
          try {
            codes.push(kept[0]?.data.length);
          } catch (error) {
            codes.push((error as CaffeError).code);
          }
        });
      });
    },
    reshape: async () => {
      for (let i = 0; i < 3; i++) await setImmediate();
    },
  };
  using net = await Net.create({ text: text('keeps') }, 'train');
  t.is(codes.length, 1);
  t.true(codes[0] === 'ERR_CAFFE_BUSY' || codes[0] === 2, String(codes[0]));
  t.is(kept[0], net.blobs['x']);
  t.deepEqual([...(kept[0]?.data ?? [])], [3, 3]);
});

test('a blob of a net that could not be built refuses access', async (t) => {
  const kept: Blob[] = [];
  behaviours['keeps and throws'] = {
    setup: (bottom) => {
      kept.push(...bottom);
    },
    reshape: () => {
      throw new Error('no');
    },
  };
  await t.throwsAsync(Net.create({ text: text('keeps and throws') }, 'train'), { message: 'no' });
  t.throws(() => kept[0]?.data, { code: 'ERR_CAFFE_DISPOSED' });
});

test('a layer type may be registered, and a net built and run, inside a callback of a net that is built', async (t) => {
  behaviours['builds'] = {
    setup: async () => {
      registerLayer('WaitsToo', class extends Waits {});
      using inner = new Net({ text: text().replaceAll('Waits', 'ReLU') }, 'test');
      t.deepEqual([...(inner.forward()['loss'] ?? [])], [6]);
      using other = await Net.create({ text: text().replaceAll('Waits', 'WaitsToo') }, 'test');
      t.truthy(other);
    },
  };
  using net = await Net.create({ text: text('builds') }, 'train');
  t.deepEqual([...((await net.forwardAsync())['loss'] ?? [])], [12]);
});

test('bad arguments reject', async (t) => {
  await t.throwsAsync(Net.create({ text: text() }, 'neither' as never), { instanceOf: TypeError });
  await t.throwsAsync(Net.create(3 as never, 'test'), { instanceOf: TypeError });
});
