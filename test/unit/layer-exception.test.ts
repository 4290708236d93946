import test from 'ava';
import { Layer, Net, registerLayer, SGDSolver, type Blob } from 'tscaffe';

type Place = 'constructor' | 'setup' | 'reshape' | 'forward' | 'backward';

/** Where the next layer throws, and what: set by each test, and taken when it is thrown. */
let plan: { place: Place; value: unknown } | undefined;

function maybeThrow(place: Place): void {
  if (plan?.place !== place) return;
  const { value } = plan;
  plan = undefined;
  throw value;
}

/** y = 2 x with one learnable blob that takes no part, and that throws where it is told to. */
class Throws extends Layer {
  constructor() {
    super();
    maybeThrow('constructor');
  }
  override setup(): void {
    maybeThrow('setup');
    this.addBlob([1]);
  }
  override reshape([x]: Blob[], [y]: Blob[]): void {
    maybeThrow('reshape');
    y.reshapeLike(x);
  }
  override forward([x]: Blob[], [y]: Blob[]): void {
    maybeThrow('forward');
    y.data.set(x.cpuData.map((value) => 2 * value));
  }
  override backward([y]: Blob[], propagateDown: boolean[], [x]: Blob[]): void {
    maybeThrow('backward');
    if (propagateDown[0]) x.diff.set(y.cpuDiff.map((value) => 2 * value));
  }
}
registerLayer('layer-exception/Throws', Throws);

const layers = `
layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }
layer {
  name: "w" type: "InnerProduct" bottom: "x" top: "w"
  inner_product_param { num_output: 1 bias_term: false weight_filler { value: 3 } }
}
layer { name: "twice" type: "layer-exception/Throws" bottom: "w" top: "y" }
layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;
const solverText = `net_param { ${layers} } base_lr: 0.5 lr_policy: "fixed" max_iter: 4`;

class OwnError extends Error {
  constructor(readonly detail: object) {
    super('of my own');
  }
}

const thrown: [what: string, value: unknown][] = [
  ['an Error', new Error('plain')],
  ['an error of a class of its own', new OwnError({})],
  ['a string', 'just text'],
  ['an empty string', ''],
  ['a number', 42],
  ['null', null],
  ['undefined', undefined],
  ['false', false],
  ['a symbol', Symbol('thrown')],
  ['a bigint', 12n],
  ['a function', () => undefined],
  ['a frozen object', Object.freeze({ frozen: true })],
  ['an object without a prototype', Object.create(null)],
  ['a frozen Error', Object.freeze(new Error('frozen'))],
  ['a proxy that allows nothing', new Proxy({}, { get: () => undefined, ownKeys: () => [], has: () => false })],
];

/** What `run` throws, in a list: nothing, or one value. */
function caught(run: () => unknown): unknown[] {
  try {
    run();
  } catch (error) {
    return [error];
  }
  return [];
}

const places: { run: string; place: Place; start: () => { call: () => unknown; after: () => number } }[] = [
  ...(['constructor', 'setup', 'reshape'] as const).flatMap((place) => [
    {
      run: 'new Net',
      place,
      start: () => ({
        call: () => new Net({ text: layers }, 'train'),
        after: () => new Net({ text: layers }, 'train').forward()['loss'][0],
      }),
    },
    {
      run: 'new SGDSolver',
      place,
      start: () => ({
        call: () => new SGDSolver({ text: solverText }),
        after: () => new SGDSolver({ text: solverText }).net.forward()['loss'][0],
      }),
    },
  ]),
  ...(['reshape', 'forward', 'backward'] as const).map((place) => ({
    run: place === 'backward' ? 'backward' : 'forward',
    place,
    start: () => {
      const net = new Net({ text: layers }, 'train');
      net.forward();
      return {
        call: () => (place === 'backward' ? net.backward() : net.forward()),
        after: () => net.forward()['loss'][0],
      };
    },
  })),
  {
    run: 'reshape',
    place: 'reshape',
    start: () => {
      const net = new Net({ text: layers }, 'train');
      return {
        call: () => {
          net.reshape();
        },
        after: () => net.forward()['loss'][0],
      };
    },
  },
];

for (const [what, value] of thrown) {
  for (const { run, place, start } of places) {
    test.serial(`${what} thrown in ${place} comes out of ${run} as it is, and all goes on afterwards`, (t) => {
      const { call, after } = start();
      plan = { place, value };
      const errors = caught(call);
      t.is(errors.length, 1);
      t.true(Object.is(errors[0], value));
      t.is(after(), 6);
    });
  }

  for (const place of ['reshape', 'forward', 'backward'] as const) {
    for (const run of ['step', 'solve'] as const) {
      test.serial(
        `${what} thrown in ${place} comes out of ${run} as it is, and the solver steps on as if nothing was`,
        (t) => {
          using solver = new SGDSolver({ text: solverText });
          const [w] = solver.net.params['w'];
          solver.step(1);
          plan = { place, value };
          const errors = caught(() => {
            if (run === 'step') solver.step(3);
            else solver.solve();
          });
          t.is(errors.length, 1);
          t.true(Object.is(errors[0], value));
          t.is(solver.iter, 1);
          solver.step(2);
          t.is(solver.iter, 3);
          // The gradient is 2: each of three updates takes 1 off the 3.
          t.is(w.data[0], 0);
        },
      );
    }
  }
}

test.serial('an Error keeps its stack, which names the method of the layer', (t) => {
  class Fails extends Throws {
    override forward(): void {
      throw new RangeError('here');
    }
  }
  registerLayer('layer-exception/Fails', Fails);
  using net = new Net({ text: layers.replace('layer-exception/Throws', 'layer-exception/Fails') }, 'train');
  const error = t.throws(() => net.forward(), { instanceOf: RangeError, message: 'here' });
  t.regex(error.stack ?? '', /at Fails\.forward .*layer-exception\.test\.ts/);
});

test.serial('a blob of a net whose construction failed refuses to be used, and the process goes on', (t) => {
  const kept: Blob[] = [];
  class Keeps extends Throws {
    override reshape(bottom: Blob[], top: Blob[]): void {
      kept.push(...bottom, ...top);
      super.reshape(bottom, top);
    }
  }
  registerLayer('layer-exception/Keeps', Keeps);
  plan = { place: 'reshape', value: 'stop' };
  const text = layers.replace('layer-exception/Throws', 'layer-exception/Keeps');
  t.deepEqual(
    caught(() => new Net({ text }, 'train')),
    ['stop'],
  );
  t.is(kept.length, 2);
  for (const blob of kept) {
    t.throws(() => blob.data, { code: 'ERR_CAFFE_DISPOSED' });
    t.throws(() => blob.shape, { code: 'ERR_CAFFE_DISPOSED' });
    t.throws(
      () => {
        blob.reshape(1);
      },
      { code: 'ERR_CAFFE_DISPOSED' },
    );
  }
});

test.serial('a thousand exceptions in a row leave nothing behind that matters', (t) => {
  using net = new Net({ text: layers }, 'train');
  for (let i = 0; i < 1000; i++) {
    plan = { place: i % 2 === 0 ? 'forward' : 'reshape', value: i };
    t.deepEqual(
      caught(() => net.forward()),
      [i],
    );
  }
  t.is(net.forward()['loss'][0], 6);
});

test.serial('an exception passes through a net that runs inside of a layer of another', (t) => {
  class Nested extends Throws {
    readonly inner = new Net({ text: layers }, 'train');
    override forward(bottom: Blob[], top: Blob[]): void {
      this.inner.forward();
      super.forward(bottom, top);
    }
  }
  registerLayer('layer-exception/Nested', Nested);
  using net = new Net({ text: layers.replace('layer-exception/Throws', 'layer-exception/Nested') }, 'train');
  const value = new OwnError({});
  plan = { place: 'forward', value };
  const [error] = caught(() => net.forward());
  t.is(error, value);
  t.is(net.forward()['loss'][0], 6);
});
