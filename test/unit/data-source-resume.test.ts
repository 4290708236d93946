import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { CaffeError, Checkpoints, dataSource, Solver, type DataSource, type DataSourceOptions } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { weightsOf } from './dropout-solver.js';
import { numbered, numberedSamples, sourceLayer, type Numbered } from './numbered-samples.js';

const tops = { data: { shape: [2], scale: 0.01 }, label: { shape: [1], scale: 0.01 } };

/** A solver whose train net, and test net if there are `tests`, have sources. */
function solverOf(prefix: string, source: DataSource, fields = '', tests = source): Solver {
  return new Solver({
    text: `base_lr: 0.1 momentum: 0.9 lr_policy: "fixed" random_seed: 3 snapshot_prefix: "${prefix}" ${fields}
      net_param { ${sourceLayer(source, 'include { phase: TRAIN }')} ${sourceLayer(tests, 'include { phase: TEST }')}
        layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
          inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" } }`,
  });
}

/** The samples' labels as they stand in each batch that a net computes. */
function watch(net: Solver['net']): number[][] {
  const seen: number[][] = [];
  net.afterForward((layer) => {
    if (layer === 'loss') seen.push([...net.blobs['label'].data].map((label) => Math.round(label * 100)));
  });
  return seen;
}

function* generate(first: number, count: number): Generator<Numbered> {
  for (let n = first; n < count; n++) yield numbered(n);
}

/** 23 samples: batches of 4 end none of their epochs. */
const count = 23;
const sources = {
  'a list': () => numberedSamples(count),
  'a list with promises': () => ({ length: count, at: (n: number) => Promise.resolve(numbered(n)) }),
  'a stream': () => () => generate(0, count),
  'an asynchronous stream': () =>
    async function* () {
      for (const sample of generate(0, count)) yield await Promise.resolve(sample);
    },
  'a stream that skips':
    () =>
    (_epoch: number, { skip }: { skip: number }) =>
      generate(skip, count),
};

const ways: { what: string; options: Partial<DataSourceOptions<'data' | 'label'>>; fields?: string }[] = [
  { what: 'in order', options: {} },
  { what: 'shuffled', options: { shuffle: { seed: 5, buffer: 6 } } },
  { what: 'shuffled, with wrapped batches', options: { shuffle: { seed: 5, buffer: 6 }, last: 'wrap' } },
  { what: 'shuffled, with dropped samples', options: { shuffle: { seed: 5, buffer: 6 }, last: 'drop' } },
  { what: 'two batches an iteration', options: { shuffle: 9, last: { pad: 0 } }, fields: 'iter_size: 2' },
];

for (const [kind, make] of Object.entries(sources)) {
  for (const { what, options, fields = '' } of ways) {
    test(`a resumed run sees the samples of one that was never interrupted: ${kind}, ${what}`, async (t) => {
      const prefix = join(scratchFolder(t), 'w');
      const sourceOf = (): DataSource =>
        dataSource(make(), { tops, batchSize: 4, skips: kind === 'a stream that skips', ...options });
      using whole = solverOf(prefix, sourceOf(), fields);
      const expected = watch(whole.net);
      await whole.stepAsync(25);
      for (const iterations of [0, 3, 6, 13]) {
        using first = solverOf(prefix, sourceOf(), fields);
        const seen = watch(first.net);
        await first.stepAsync(iterations);
        // What has been read ahead by now must not count.
        for (let turn = 0; turn < 5; turn++) await setImmediate();
        const state = first.snapshot();
        using second = solverOf(prefix, sourceOf(), fields);
        const more = watch(second.net);
        await second.stepAsync(2); // it may have trained on something else before
        more.length = 0;
        second.restore(state);
        await second.stepAsync(25 - iterations);
        t.deepEqual([...seen, ...more], expected);
        t.is(weightsOf(second), weightsOf(whole));
      }
    });
  }
}

test('test nets go on with their samples too', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  const train = dataSource(numberedSamples(9), { tops, batchSize: 2, shuffle: 1 });
  const check = dataSource(numberedSamples(7), { tops, batchSize: 3, shuffle: 2 });
  const fields = 'test_iter: 2 test_interval: 2 test_initialization: false snapshot: 4';
  using whole = solverOf(prefix, train, fields, check);
  const expected = [watch(whole.net), watch(whole.testNets[0])];
  whole.step(8);
  using second = solverOf(prefix, train, fields, check);
  const seen = [watch(second.net), watch(second.testNets[0])];
  second.restore(`${prefix}_iter_4.solverstate`);
  second.step(4);
  t.deepEqual(seen[0], expected[0].slice(4));
  // Tests before iterations 2, 4 and 6, two batches each; the snapshot is taken before that of 4.
  t.deepEqual(seen[1], expected[1].slice(2));
});

for (const moment of ['onStart', 'onGradientsReady', 'iteration', 'test', 'snapshotNow'] as const) {
  test(`a snapshot that is taken within a run goes on as that run does: ${moment}`, async (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = dataSource(numberedSamples(9), { tops, batchSize: 2, shuffle: 1 });
    const fields = 'iter_size: 2 test_iter: 1 test_interval: 3';
    using whole = solverOf(prefix, source, fields);
    const seen = watch(whole.net);
    const tested = watch(whole.testNets[0]);
    let taken = '';
    const take = (): void => {
      if (whole.iter === 3 && taken === '') taken = whole.snapshot().state;
    };
    const nothing = (): void => undefined;
    if (moment === 'onStart') whole.addCallback(take, nothing);
    else if (moment === 'onGradientsReady') whole.addCallback(nothing, take);
    else if (moment === 'snapshotNow') {
      whole.on('iteration', ({ iter }) => {
        if (iter === 3) void whole.snapshotNow().then(({ state }) => (taken = state));
      });
    } else whole.on(moment, take);
    await whole.stepAsync(7);
    t.is(taken, `${prefix}_iter_3.solverstate`);

    using second = solverOf(prefix, source, fields);
    const more = watch(second.net);
    const testedAgain = watch(second.testNets[0]);
    second.restore(taken);
    second.step(4);
    t.deepEqual(more, seen.slice(6), 'iteration 3 begins anew');
    t.deepEqual(testedAgain, tested.slice(1), 'and with it its test');
    t.is(weightsOf(second), weightsOf(whole));
  });
}

test('a snapshot after an iteration that failed goes on with the next batch, as the solver itself does', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  const source = dataSource(numberedSamples(20), { tops, batchSize: 2 });
  using solver = solverOf(prefix, source);
  solver.step(2);
  const undo = solver.net.afterForward(() => {
    throw new Error('void');
  });
  t.throws(() => {
    solver.step(1);
  });
  undo();
  const state = solver.snapshot();
  const seen = watch(solver.net);
  solver.step(1);
  t.deepEqual(seen, [[6, 7]]);
  using second = solverOf(prefix, source);
  const more = watch(second.net);
  second.restore(state);
  second.step(1);
  t.deepEqual(more, seen);
});

test('batches that are read by hand count', (t) => {
  const prefix = join(scratchFolder(t), 'w');
  using solver = solverOf(prefix, dataSource(numberedSamples(20), { tops, batchSize: 2 }));
  solver.step(1);
  solver.net.forward();
  const state = solver.snapshot();
  solver.step(3);
  solver.restore(state);
  const seen = watch(solver.net);
  solver.step(1);
  t.deepEqual(seen, [[4, 5]]);
});

test('solve and solveAsync resume too, and the final snapshot tells of the sources', async (t) => {
  const folder = scratchFolder(t);
  const prefix = join(folder, 'w');
  const source = dataSource(numberedSamples(20), { tops, batchSize: 2 });
  using first = solverOf(prefix, source, 'max_iter: 2');
  first.solve();
  t.deepEqual(readdirSync(folder).sort(), [
    'w_iter_2.caffemodel',
    'w_iter_2.solverstate',
    'w_iter_2.solverstate.sources.json',
  ]);
  using second = solverOf(prefix, source, 'max_iter: 3');
  const seen = watch(second.net);
  second.solve(`${prefix}_iter_2.solverstate`);
  using third = solverOf(prefix, source, 'max_iter: 4');
  const more = watch(third.net);
  await third.solveAsync({ resume: `${prefix}_iter_3.solverstate` });
  t.deepEqual(seen[0], [4, 5]);
  t.deepEqual(more, [[6, 7]]);
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`the file beside the solverstate says how far each source has been read: ${format}`, (t) => {
    const prefix = join(scratchFolder(t), 'w');
    const source = dataSource(numberedSamples(5), { type: `Of${format}`, tops, batchSize: 2, shuffle: 8 });
    using solver = solverOf(prefix, source, `snapshot_format: ${format}`);
    solver.step(4);
    const { state } = solver.snapshot();
    t.deepEqual(JSON.parse(readFileSync(`${state}.sources.json`, 'utf8')), {
      // Batches of 2, 2, 1 and 2.
      sources: [{ net: 0, layer: 'in', type: `Of${format}`, epoch: 1, sample: 2, seed: 8, length: 5 }],
    });
  });
}

/** A snapshot after two iterations, and a solver that can be restored from it. */
function taken(t: Parameters<typeof scratchFolder>[0], source: DataSource): { state: string; solver: Solver } {
  const prefix = join(scratchFolder(t), 'w');
  using first = solverOf(prefix, source);
  first.step(2);
  return { state: first.snapshot().state, solver: solverOf(prefix, source) };
}

for (const { what, spoil, code, message } of [
  {
    what: 'that is not there',
    spoil: (file: string) => {
      rmSync(file);
    },
    code: 'ERR_CAFFE_SOURCE',
    message: /is not there, so nobody knows how far.*restore\(path, { sources: false }\)/,
  },
  {
    what: 'that is cut off',
    spoil: (file: string) => {
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, 20));
    },
    code: 'ERR_CAFFE_FORMAT',
    message: /does not say how far data sources had been read/,
  },
  {
    what: 'with nonsense in it',
    spoil: (file: string) => {
      writeFileSync(file, '{ "sources": [{ "net": 0, "layer": "in", "epoch": -1, "sample": 0.5 }] }');
    },
    code: 'ERR_CAFFE_FORMAT',
    message: /no list of sources/,
  },
  {
    what: 'that is null',
    spoil: (file: string) => {
      writeFileSync(file, 'null');
    },
    code: 'ERR_CAFFE_FORMAT',
    message: /does not say/,
  },
  {
    what: 'of another net',
    spoil: (file: string) => {
      writeFileSync(file, readFileSync(file, 'utf8').replace('"in"', '"out"'));
    },
    code: 'ERR_CAFFE_SOURCE',
    message: /layer "in": says nothing of this source/,
  },
  {
    what: 'that is a folder',
    spoil: (file: string) => {
      rmSync(file);
      mkdirSync(file);
    },
    code: 'ERR_CAFFE_FILE',
    message: /cannot be read/,
  },
]) {
  test(`a file of sources ${what} is an error, and the solver stays as it was`, (t) => {
    const { state, solver } = taken(t, dataSource(numberedSamples(20), { tops, batchSize: 2 }));
    const seen = watch(solver.net);
    solver.step(1);
    const before = weightsOf(solver);
    const file = `${state}.sources.json`;
    spoil(file);
    const error = t.throws<CaffeError>(
      () => {
        solver.restore(state);
      },
      { instanceOf: CaffeError, code },
    );
    t.is(error.file, file);
    t.regex(error.message, message);
    t.is(solver.iter, 1);
    t.is(weightsOf(solver), before);
    solver.step(1);
    t.deepEqual(seen, [
      [0, 1],
      [2, 3],
    ]);
  });
}

for (const { what, options, message } of [
  { what: 'another seed', options: { shuffle: 2 }, message: /seed 1, but the source has 2/ },
  { what: 'no seed', options: {}, message: /seed 1, but the source has undefined/ },
  { what: 'another length', options: { shuffle: 1, length: 19 }, message: /length 20, but the source has 19/ },
]) {
  test(`a source that would give other samples is refused: ${what}`, (t) => {
    const { state } = taken(t, dataSource(numberedSamples(20), { tops, batchSize: 2, shuffle: 1 }));
    const { length = 20, ...rest } = options as { length?: number; shuffle?: number };
    using solver = solverOf('w', dataSource(numberedSamples(length), { tops, batchSize: 2, ...rest }));
    const restore = (): void => {
      solver.restore(state);
    };
    t.throws(restore, { code: 'ERR_CAFFE_SOURCE', message });
    t.is(solver.iter, 0);
    solver.restore(state, { sources: false });
    t.is(solver.iter, 2);
  });
}

test('restore with sources: false begins at the first samples', (t) => {
  const { state, solver } = taken(t, dataSource(numberedSamples(20), { tops, batchSize: 2 }));
  rmSync(`${state}.sources.json`);
  solver.step(3);
  const seen = watch(solver.net);
  solver.restore(state, { sources: false });
  solver.step(1);
  t.deepEqual(seen, [[0, 1]]);
  t.throws(
    () => {
      solver.restore(state, { sources: 1 as never });
    },
    { instanceOf: TypeError, message: /true or false for sources/ },
  );
  t.throws(
    () => {
      solver.restore(state, null as never);
    },
    { instanceOf: TypeError, message: /an object of options for options but received null/ },
  );
});

test('a stream that is shorter than it was is an error', (t) => {
  let length = 20;
  const { state, solver } = taken(
    t,
    dataSource(() => generate(0, length), { tops, batchSize: 2 }),
  );
  length = 3;
  solver.restore(state);
  t.throws(
    () => {
      solver.step(1);
    },
    {
      code: 'ERR_CAFFE_SOURCE',
      message: /was to go on at sample 4, but has ended 1 before it: the source has changed/,
    },
  );
});

test('an iterator that can be read once is read on to where the snapshot was, unless it has been read', (t) => {
  const sourceOf = (): DataSource => dataSource(generate(0, 20), { tops, batchSize: 2 });
  const prefix = join(scratchFolder(t), 'w');
  using first = solverOf(prefix, sourceOf());
  first.step(2);
  const state = first.snapshot();
  t.throws(
    () => {
      first.restore(state);
    },
    { code: 'ERR_CAFFE_SOURCE', message: /has been read from, and cannot be opened again at sample 4/ },
  );
  using second = solverOf(prefix, sourceOf());
  const seen = watch(second.net);
  second.restore(state);
  second.step(1);
  t.deepEqual(seen, [[4, 5]]);
});

test('a file of sources that cannot be put in place leaves no state that could be restored', (t) => {
  const folder = scratchFolder(t);
  const prefix = join(folder, 'w');
  using solver = solverOf(prefix, dataSource(numberedSamples(20), { tops, batchSize: 2 }));
  mkdirSync(`${prefix}_iter_0.solverstate.sources.json`);
  const error = t.throws<CaffeError>(() => solver.snapshot(), { code: 'ERR_CAFFE_FILE' });
  t.regex(error.message, /w_iter_0.solverstate.sources.json: cannot be put in its place/);
  t.false(existsSync(`${prefix}_iter_0.solverstate`));
  t.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
  solver.step(1);
  t.true(existsSync(solver.snapshot().state));
});

test('a snapshot without sources removes the file of an earlier one of that name', (t) => {
  const folder = scratchFolder(t);
  const prefix = join(folder, 'w');
  using fed = solverOf(prefix, dataSource(numberedSamples(20), { tops, batchSize: 2 }));
  fed.snapshot();
  using plain = new Solver({
    text: `base_lr: 0.1 lr_policy: "fixed" snapshot_prefix: "${prefix}" net_param {
      layer { name: "in" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } } }
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 1 } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "x" } }`,
  });
  plain.snapshot();
  t.deepEqual(readdirSync(folder).sort(), ['w_iter_0.caffemodel', 'w_iter_0.solverstate']);
});

test('Checkpoints remove the file with the snapshot', (t) => {
  const folder = scratchFolder(t);
  using solver = solverOf(join(folder, 'w'), dataSource(numberedSamples(20), { tops, batchSize: 2 }));
  const checkpoints = new Checkpoints(solver, { last: 1, best: 0 });
  for (let save = 0; save < 2; save++) {
    solver.step(1);
    checkpoints.save();
  }
  t.deepEqual(readdirSync(folder).sort(), [
    'w_checkpoints.json',
    'w_iter_2.caffemodel',
    'w_iter_2.solverstate',
    'w_iter_2.solverstate.sources.json',
  ]);
});

for (const shuffle of [undefined, 5]) {
  for (const asynchronous of [false, true]) {
    const what = `${shuffle === undefined ? 'in order' : 'shuffled'}, ${asynchronous ? 'with promises' : 'at once'}`;
    test(`random numbers of a sample are the same in a resumed run, and other ones in each epoch: ${what}`, async (t) => {
      const prefix = join(scratchFolder(t), 'w');
      /** Values that only the random numbers determine; the label tells the sample and its epoch. */
      const sourceOf = (): DataSource =>
        dataSource(
          {
            length: 10,
            at: (n, { epoch, random }) => {
              const sample = { data: [random() * 100, random() * 100], label: n + 10 * epoch };
              return asynchronous ? Promise.resolve(sample) : sample;
            },
          },
          { tops, batchSize: 4, last: 'wrap', ...(shuffle !== undefined && { shuffle }) },
        );
      const watchValues = ({ net }: Solver): Map<number, string> => {
        const seen = new Map<number, string>();
        net.afterForward((layer) => {
          if (layer !== 'loss') return;
          const values = [...net.blobs['data'].data];
          for (const [i, label] of net.blobs['label'].data.entries())
            seen.set(Math.round(label * 100), values.slice(2 * i, 2 * i + 2).join());
        });
        return seen;
      };
      using whole = solverOf(prefix, sourceOf());
      const expected = watchValues(whole);
      await whole.stepAsync(10);
      // Four epochs: 40 samples, no two alike, all from 0 to 1.
      t.deepEqual(
        [...expected.keys()].sort((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n),
      );
      t.is(new Set(expected.values()).size, 40);
      t.true([...expected.values()].every((pair) => pair.split(',').every((x) => Number(x) >= 0 && Number(x) < 1)));

      using first = solverOf(prefix, sourceOf());
      await first.stepAsync(4);
      const state = first.snapshot();
      using second = solverOf(prefix, sourceOf());
      second.restore(state);
      const more = watchValues(second);
      await second.stepAsync(6);
      t.is(more.size, 24);
      for (const [label, values] of more) t.is(expected.get(label), values, `sample ${label}`);
    });
  }
}
