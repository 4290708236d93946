import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { type Blob, Layer, math, Net, registerLayer, setRandomSeed } from 'tscaffe';
import { dropoutSolver, weightsOf } from './dropout-solver.js';

// All tests are serial: Caffe's random numbers belong to the thread, and so does `hook`.

/** What the tests make the layer do; each call is told what runs. */
let hook: (during: 'setup' | 'reshape' | 'forward' | 'backward', layer: Layer) => unknown = () => undefined;

/** Copies its bottom, and doubles its gradient. */
class HookedLayer extends Layer {
  override setup(): void {
    return hook('setup', this) as undefined;
  }
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
    return hook('reshape', this) as undefined;
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void | Promise<void> {
    top.data.set(bottom.cpuData);
    return hook('forward', this) as undefined;
  }
  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void | Promise<void> {
    const answer = hook('backward', this);
    if (!(answer instanceof Promise)) bottom.diff.set(top.cpuDiff.map((x) => 2 * x));
    return (answer as Promise<void> | undefined)?.then(() => {
      bottom.diff.set(top.cpuDiff.map((x) => 2 * x));
    });
  }
}
registerLayer('Hooked', HookedLayer);

const hooked = 'layer { name: "hooked" type: "Hooked" bottom: "drop" top: "drop2" }';
const inPlace = 'layer { name: "in place" type: "Hooked" bottom: "drop" top: "drop" }';
const chain = (type: string): string => `
  layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
  layer { name: "middle" type: "${type}" bottom: "x" top: "y" }
  layer { name: "last" type: "Power" bottom: "y" top: "z" power_param { scale: 3 } }
  force_backward: true`;

const hookedNet = (): Net => new Net({ text: chain('Hooked') }, 'train');
const ones = { x: [1, 2, 3, 4, 5, 6] };

test.beforeEach(() => {
  hook = () => undefined;
});

/** What a promise is rejected with. */
async function rejection(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => {
      throw new Error('it was fulfilled');
    },
    (reason: unknown) => reason,
  );
}

test.serial('Caffe waits for the promises of reshape, forward and backward', async (t) => {
  const net = hookedNet();
  const log: string[] = [];
  hook = async (during) => {
    log.push(`${during} begins`);
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    log.push(`${during} ends`);
  };
  net.afterForward((layer) => log.push(`${layer} forward`));
  net.afterBackward((layer) => log.push(`${layer} backward`));
  const { z } = await net.forwardAsync(ones);
  t.deepEqual([...z], [3, 6, 9, 12, 15, 18]);
  const { x } = await net.backwardAsync({ z: [1, 1, 1, 1, 1, 1] });
  t.deepEqual([...x], [6, 6, 6, 6, 6, 6], 'scale 3 of the last layer, doubled');
  t.deepEqual(log, [
    'in forward',
    ...['reshape begins', 'reshape ends', 'forward begins', 'forward ends', 'middle forward', 'last forward'],
    ...['last backward', 'backward begins', 'backward ends', 'middle backward', 'in backward'],
  ]);
});

test.serial('the event loop turns while Caffe waits for a promise, and blobs may be read and written', async (t) => {
  const net = hookedNet();
  let turns = 0;
  hook = async (during) => {
    if (during !== 'forward') return;
    for (; turns < 3; turns++) await setImmediate();
    net.blobs['y'].data.fill(7);
  };
  const { z } = await net.forwardAsync(ones);
  t.is(turns, 3);
  t.deepEqual([...z], [21, 21, 21, 21, 21, 21]);
});

for (const during of ['reshape', 'forward', 'backward'] as const) {
  test.serial(
    `a promise of ${during} in a synchronous call is an error, and its rejection troubles nobody`,
    async (t) => {
      const net = hookedNet();
      net.forward(ones);
      hook = (now) => (now === during ? Promise.reject(new Error('nobody waits for this')) : undefined);
      const failure = t.throws(
        () => {
          net.forward(ones);
          net.backward();
        },
        { code: 'ERR_CAFFE_LAYER' },
      );
      t.regex(failure.message, new RegExp(`"middle".*${during}\\(\\) returned a promise.*asynchronous calls`, 's'));
      await setImmediate(); // an unhandled rejection would fail the test run
      hook = () => undefined;
      net.forward(ones);
      net.backward();
    },
  );

  for (const { what, reason } of [
    { what: 'an Error', reason: new Error('from the layer') },
    { what: 'an object', reason: { some: 'thing' } },
    { what: 'null', reason: null },
    { what: 'undefined', reason: undefined },
    { what: 'a string', reason: 'text' },
  ]) {
    test.serial(`what ${during} rejects with or throws comes out as it is: ${what}`, async (t) => {
      const net = hookedNet();
      const run = async (): Promise<void> => {
        await net.forwardAsync(ones);
        await net.backwardAsync({ z: [1, 1, 1, 1, 1, 1] });
      };
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- any value may be rejected with
      hook = (now) => (now === during ? setImmediate().then(() => Promise.reject(reason)) : undefined);
      t.is(await rejection(run()), reason);
      hook = (now) => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- and any thrown
        if (now === during) throw reason;
      };
      t.is(await rejection(run()), reason);
      hook = () => undefined;
      await run();
      t.deepEqual([...net.blobs['x'].cpuDiff], [6, 6, 6, 6, 6, 6], 'the net is as usable as before');
    });
  }
}

test.serial('a promise of setup is an error that says how to have it waited for', (t) => {
  hook = (during) => (during === 'setup' ? Promise.resolve() : undefined);
  t.throws(hookedNet, {
    code: 'ERR_CAFFE_LAYER',
    message: /setup\(\) returned a promise: build the net with await Net\.create/,
  });
});

test.serial('a thenable that is no promise is an answer like any other', async (t) => {
  const net = hookedNet();
  const thenable = { then: () => t.fail('it is not waited for') };
  hook = () => thenable;
  net.forward(ones);
  await net.forwardAsync(ones);
  t.pass();
});

test.serial('a layer that fails in a solver leaves the iteration void, and the next call begins it anew', async (t) => {
  const blocking = dropoutSolver({}, inPlace);
  blocking.step(6);

  const solver = dropoutSolver({}, inPlace);
  await solver.stepAsync(3);
  const before = weightsOf(solver);
  const reason = new Error('third time');
  let calls = 0;
  hook = (during) => {
    if (during === 'backward' && ++calls === 1) throw reason;
  };
  t.is(await rejection(solver.stepAsync(3)), reason);
  t.is(solver.iter, 3);
  t.is(weightsOf(solver), before);
  await solver.stepAsync(3);
  t.is(solver.iter, 6);
});

test.serial('a solver with a waiting layer computes the bits of one whose layer does not wait', async (t) => {
  const blocking = dropoutSolver({}, inPlace);
  blocking.step(5);
  const waiting = dropoutSolver({}, inPlace);
  hook = () => setImmediate();
  await waiting.stepAsync(5);
  t.is(weightsOf(waiting), weightsOf(blocking));
});

test.serial("a layer may use Caffe's random numbers: the same ones in both kinds of calls", async (t) => {
  const drawn: number[][] = [];
  hook = (during) => {
    if (during !== 'forward') return;
    const numbers = new Float32Array(2);
    math.rngGaussian(0, 1, numbers);
    drawn.at(-1)?.push(...numbers);
  };
  const weights = [];
  for (const background of [false, true]) {
    setRandomSeed(3);
    const solver = dropoutSolver({}, inPlace);
    drawn.push([]);
    for (let call = 0; call < 3; call++) {
      if (background) await solver.stepAsync(2);
      else solver.step(2);
    }
    weights.push(weightsOf(solver));
  }
  t.is(drawn[0].length, 12);
  t.deepEqual(drawn[1], drawn[0]);
  t.is(weights[1], weights[0]);
});

test.serial('a layer may wait for an asynchronous call of another net', async (t) => {
  const inner = new Net({ text: chain('ReLU') }, 'test');
  const solver = dropoutSolver({}, hooked);
  let sum = 0;
  hook = async (during) => {
    if (during !== 'forward') return;
    const { z } = await inner.forwardAsync(ones);
    sum += z[0];
  };
  await solver.stepAsync(3);
  t.is(sum, 9);
});

test.serial('two solvers may wait for each other in their layers', async (t) => {
  const solvers = [dropoutSolver({}, inPlace), dropoutSolver({}, inPlace)];
  let waiting: (() => void)[] = [];
  hook = (during) => {
    if (during !== 'backward') return undefined;
    // A barrier: the gradients of both are there before either goes on.
    return new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < 2) return;
      for (const go of waiting) go();
      waiting = [];
    });
  };
  await Promise.all(solvers.map((solver) => solver.stepAsync(10)));
  t.deepEqual(
    solvers.map(({ iter }) => iter),
    [10, 10],
  );
});

test.serial('a layer may wait for a call that began before its own', async (t) => {
  const [first, second] = [hookedNet(), hookedNet()];
  let running: Promise<unknown> = Promise.resolve();
  let begun = (): void => undefined;
  const secondBegins = new Promise<void>((resolve) => (begun = resolve));
  // The first net is in the middle of its layer when the second begins, which then waits for the first to end.
  hook = async (during, layer) => {
    if (during !== 'forward') return;
    if (layer === first.layerDict['middle'].layer) {
      await secondBegins;
      return;
    }
    begun();
    await running;
  };
  running = first.forwardAsync(ones);
  const { z } = await second.forwardAsync(ones);
  t.is(z[0], 3);
});

test.serial('many asynchronous calls may be under way at once', async (t) => {
  const nets = Array.from({ length: 50 }, hookedNet);
  hook = (during) => (during === 'forward' ? setImmediate() : undefined);
  const outputs = await Promise.all(nets.map((net) => net.forwardAsync(ones)));
  for (const { z } of outputs) t.deepEqual([...z], [3, 6, 9, 12, 15, 18]);
});

test.serial('a layer that calls its own net is refused', async (t) => {
  const net = hookedNet();
  hook = (during) => (during === 'forward' ? net.forwardAsync() : undefined);
  await t.throwsAsync(net.forwardAsync(ones), { code: 'ERR_CAFFE_BUSY' });
  hook = (during) => {
    if (during === 'forward') net.forward();
  };
  await t.throwsAsync(net.forwardAsync(ones), { code: 'ERR_CAFFE_BUSY' });
  t.throws(() => net.forward(ones), { code: 'ERR_CAFFE_BUSY' });
  hook = (during) => {
    if (during === 'forward') net.dispose();
  };
  await t.throwsAsync(net.forwardAsync(ones), { code: 'ERR_CAFFE_BUSY' });

  const solver = dropoutSolver({}, hooked);
  hook = (during) => (during === 'forward' ? solver.stepAsync(1) : undefined);
  await t.throwsAsync(solver.stepAsync(2), { code: 'ERR_CAFFE_BUSY' });
  hook = () => undefined;
  await solver.stepAsync(2);
  t.is(solver.iter, 2);
});

test.serial('a layer may build and run a net of its own in an asynchronous call', async (t) => {
  const net = hookedNet();
  let inner = 0;
  hook = (during, layer) => {
    if (during !== 'forward' || layer.name !== 'middle') return;
    using nested = new Net({ text: chain('ReLU') }, 'test');
    inner = nested.forward(ones)['z'][5];
  };
  await net.forwardAsync(ones);
  t.is(inner, 18);
});

test.serial('callbacks and layer hooks are called in an asynchronous call, and what they throw ends it', async (t) => {
  const solver = dropoutSolver();
  const log: string[] = [];
  const remove = [
    solver.addCallback(
      () => log.push('start'),
      () => log.push('gradients'),
    ),
    solver.net.beforeForward((layer) => log.push(`${layer} forward`)),
    solver.net.beforeBackward((layer) => log.push(`${layer} backward`)),
  ];
  await solver.stepAsync(1);
  t.deepEqual(log, [
    'start',
    ...['data', 'conv', 'relu', 'drop', 'ip', 'loss'].map((layer) => `${layer} forward`),
    ...['loss', 'ip', 'drop', 'relu', 'conv', 'data'].map((layer) => `${layer} backward`),
    'gradients',
  ]);
  for (const undo of remove) undo();
  const reason = new Error('from a hook');
  const undo = solver.net.afterForward(() => {
    throw reason;
  });
  t.is(await rejection(solver.stepAsync(1)), reason);
  undo();
  t.is(solver.iter, 1);
});
