import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { dataSource, Solver, type DataSource } from 'tscaffe';
import {
  nextBatches,
  numbered,
  numberedSamples,
  numbersIn,
  sourceLayer,
  sourceNet,
  tops,
  type Numbered,
} from './numbered-samples.js';

/** A source whose samples come when the test lets them. After the test it holds none back: no run waits for ever. */
class Gate {
  #open: (() => void)[] = [];
  #isOver = false;
  next = 0;
  returned = 0;

  constructor(t: ExecutionContext) {
    t.teardown(() => {
      this.#isOver = true;
      for (const open of this.#open) open();
    });
  }

  readonly source = (): AsyncIterable<Numbered> => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        if (!this.#isOver) await new Promise<void>((resolve) => this.#open.push(resolve));
        return { done: false as const, value: numbered(this.next++) };
      },
      return: () => {
        this.returned++;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  });

  /** Lets samples through, each when it is asked for. What is ready by then is with the net's layer afterwards. */
  async pass(count: number): Promise<void> {
    for (let passed = 0; passed < count; passed++) {
      while (this.#open.length === 0) await setImmediate();
      this.#open.shift()?.();
    }
    await setImmediate(); // all that a sample still waits for are promises that are fulfilled
  }
}

function solverOf(source: DataSource, fields = ''): Solver {
  return new Solver({
    text: `base_lr: 0.001 lr_policy: "fixed" max_iter: 100 ${fields}
      net_param { ${sourceLayer(source)}
        layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 1 } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" } }`,
  });
}

/** EuclideanLoss wants both of one shape. */
const column = { ...tops, label: [1] };

const refused =
  /layer "in": source .* its next batch is not there yet; a synchronous call cannot wait for it: use stepAsync/;

test('an asynchronous source in a synchronous call is an error while its batch is not there, never a wrong batch', async (t) => {
  const gate = new Gate(t);
  using net = sourceNet(dataSource(gate.source, { tops, batchSize: 2, prefetch: 1 }));
  const values = net.blobs['label'].data;
  values.fill(-7);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_SOURCE', message: refused });
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_SOURCE' });
  await gate.pass(2);
  t.deepEqual([...values], [-7, -7], 'what nobody waited for any more is not written');
  t.deepEqual(nextBatches(net, 1), [[0, 1]]);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_SOURCE' });
  const running = net.forwardAsync();
  await gate.pass(2);
  await running;
  t.deepEqual(numbersIn(net), [2, 3], 'a call that was refused has used nothing');
});

test('while Caffe waits for a batch the event loop turns, and the net computes with what comes', async (t) => {
  const gate = new Gate(t);
  using solver = solverOf(dataSource(gate.source, { tops: column, batchSize: 3 }));
  const first = once(solver, 'iteration');
  const running = solver.stepAsync(2);
  await gate.pass(3);
  await first;
  t.is(solver.iter, 1);
  t.throws(() => solver.net.forward(), { code: 'ERR_CAFFE_BUSY' });
  await gate.pass(3);
  await running;
  t.is(solver.iter, 2);
});

test('aborting ends the wait for a batch, and the next call takes that very batch', async (t) => {
  const gate = new Gate(t);
  using solver = solverOf(dataSource(gate.source, { tops: column, batchSize: 2 }));
  const controller = new AbortController();
  const running = solver.stepAsync(5, { signal: controller.signal });
  await gate.pass(1);
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(running), reason);
  t.is(solver.iter, 0);
  const next = solver.stepAsync(1);
  await gate.pass(1);
  await next;
  t.deepEqual(numbersIn(solver.net), [0, 1]);
});

test('aborting before the wait begins ends it too', async (t) => {
  const gate = new Gate(t);
  // Two batches an iteration: the signal fires between them.
  using solver = solverOf(dataSource(gate.source, { tops: column, batchSize: 1, prefetch: 0 }), 'iter_size: 2');
  const controller = new AbortController();
  const reason = new Error('enough');
  const undo = solver.net.afterForward((layer) => {
    if (layer === 'loss') controller.abort(reason);
  });
  const running = solver.stepAsync(1, { signal: controller.signal });
  await gate.pass(1);
  t.is(await t.throwsAsync(running), reason);
  undo();
  const next = solver.stepAsync(1);
  await gate.pass(2);
  await next;
  t.is(solver.iter, 1);
});

test('aborting a test ends the wait of its net', async (t) => {
  const gate = new Gate(t);
  using solver = solverOf(
    dataSource(gate.source, { tops: column, batchSize: 1 }),
    'test_iter: 2 test_interval: 100 test_initialization: false',
  );
  const controller = new AbortController();
  const running = solver.testAsync(0, { signal: controller.signal });
  await gate.pass(1);
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(running), reason);
});

test('train and test nets have sources of their own', async (t) => {
  const train = dataSource(numberedSamples(4), { tops: column, batchSize: 2 });
  const check = dataSource(
    async function* () {
      yield* await Promise.resolve([numbered(70), numbered(71)]);
    },
    { tops: column, batchSize: 1 },
  );
  using solver = new Solver({
    text: `base_lr: 0.001 lr_policy: "fixed" test_iter: 2 test_interval: 1 test_initialization: false
      net_param { ${sourceLayer(train, 'include { phase: TRAIN }')} ${sourceLayer(check, 'include { phase: TEST }')}
        layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 1 } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" } }`,
  });
  await solver.stepAsync(3);
  t.deepEqual(numbersIn(solver.net), [0, 1]);
  t.deepEqual(numbersIn(solver.testNets[0]), [71]);
});

test('dispose lets go of the iterator, and of nothing twice', async (t) => {
  const gate = new Gate(t);
  const net = sourceNet(dataSource(gate.source, { tops, batchSize: 1, prefetch: 2 }));
  const running = net.forwardAsync();
  t.throws(
    () => {
      net.dispose();
    },
    { code: 'ERR_CAFFE_BUSY' },
  );
  await gate.pass(1);
  await running;
  t.is(gate.returned, 0);
  net.dispose();
  net.dispose();
  t.is(gate.returned, 1);

  let finished = 0;
  const source = function* (): Generator<Numbered> {
    try {
      for (;;) yield numbered(0);
    } finally {
      finished++;
    }
  };
  const solver = solverOf(dataSource(source, { tops: column, batchSize: 1 }));
  solver.step(1);
  solver.dispose();
  t.is(finished, 1);
});

for (const { what, end } of [
  {
    what: 'throws',
    end: () => {
      throw new Error('closing');
    },
  },
  { what: 'rejects', end: () => Promise.reject(new Error('closing')) },
]) {
  test(`a return() that ${what} troubles nobody`, async (t) => {
    const iterator = { next: () => ({ done: false as const, value: numbered(1) }), return: end as never };
    const net = sourceNet(dataSource(() => ({ [Symbol.iterator]: () => iterator }), { tops, batchSize: 1 }));
    net.forward();
    net.dispose();
    await setImmediate(); // an unhandled rejection would fail the test run
    t.pass();
  });
}

test('a source is read while the net computes: at most one batch of the whole run is waited for', async (t) => {
  let waits = 0;
  const source = async function* (): AsyncGenerator<Numbered> {
    for (let n = 0; ; n++) {
      await Promise.resolve();
      yield numbered(n % 10);
    }
  };
  using solver = solverOf(dataSource(source, { tops: column, batchSize: 4 }));
  for (let step = 0; step < 20; step++) {
    try {
      solver.step(1);
    } catch {
      waits++;
      await solver.stepAsync(1);
    }
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  }
  t.is(waits, 1);
  t.is(solver.iter, 20);
});
