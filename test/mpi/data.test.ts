import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, Net, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { job, test } from './job.js';

test('a data source is shared out: each sample to one rank, none lost, in the order of one process', async (t) => {
  const program = `
    const run = async (source, options, iterations) => {
      const { type } = tscaffe.dataSource(source, { tops: { data: [1] }, batchSize: 2, ...options });
      const solver = new tscaffe.Solver({ text: 'base_lr: 0 lr_policy: "fixed" net_param {' +
        'layer { name: "d" type: "' + type + '" top: "data" }' +
        'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 1 } }' +
        'layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "a" top: "l" } }' });
      const averaging = mpi.attach(solver);
      const batches = [];
      for (let i = 0; i < iterations; i++) {
        await solver.stepAsync(1);
        batches.push(Array.from(solver.net.blobs.data.data));
      }
      averaging.dispose();
      return { batches, cursor: solver.net.layerDict.d.layer.cursor };
    };
    const numbers = Array.from({ length: 14 }, (_, i) => [i]);
    const later = { length: 14, at: async (i) => [i] };
    const stream = async function* () { yield* numbers; };
    tell({
      short: await run(numbers, {}, 6),
      drop: await run(numbers, { last: 'drop' }, 4),
      wrap: await run(numbers, { last: 'wrap' }, 7),
      pad: await run(numbers, { last: { pad: -1 } }, 3),
      later: await run(later, {}, 6),
      stream: await run(stream, {}, 6),
      shuffled: await run(numbers, { shuffle: 7 }, 3),
      asked: await (async () => {
        const asked = [];
        await run({ length: 12, at: (i) => (asked.push(i), [i]) }, { prefetch: 0 }, 2);
        return asked;
      })(),
    });
  `;
  interface Run {
    batches: number[][];
    cursor: { epoch: number; sample: number };
  }
  const { code, told, output } = await job<Record<string, Run> & { asked: number[] }>(program, { ranks: 3 });
  t.is(code, 0, output);
  t.is(told.length, 3);
  /** What all ranks had in iteration i, in the order of one process. */
  const together = (name: string, i: number): number[] => {
    const of = told.map((rank) => rank[name].batches[i]);
    return of[0].flatMap((_, place) => of.flatMap((batch) => batch.slice(place, place + 1)));
  };
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const [first, second] = [range(0, 6), range(6, 12)];
  for (const name of ['short', 'later', 'stream']) {
    t.deepEqual([together(name, 0), together(name, 1)], [first, second], name);
    // 12 and 13 are left: one for rank 0, one for rank 1, and for rank 2 one of an earlier batch, which counts nothing.
    t.deepEqual(together(name, 2).slice(0, 2), [12, 13], name);
    t.deepEqual([together(name, 3), together(name, 4)], [first, second], `${name}, the next epoch`);
    for (const rank of told) t.deepEqual(rank[name].cursor, { epoch: 2, sample: 0 }, name);
  }
  t.deepEqual(
    range(0, 4).map((i) => together('drop', i)),
    [first, second, first, second],
  );
  t.deepEqual(
    range(0, 7).flatMap((i) => together('wrap', i)),
    [...range(0, 14), ...range(0, 14), ...range(0, 14)],
  );
  t.deepEqual(together('pad', 2), [12, 13, -1, -1, -1, -1]);
  const shuffled = range(0, 3).flatMap((i) => together('shuffled', i).slice(0, i < 2 ? 6 : 2));
  t.deepEqual(
    [...shuffled].sort((a, b) => a - b),
    range(0, 14),
  );
  t.notDeepEqual(shuffled, range(0, 14));
  t.deepEqual(
    told.map(({ asked }) => asked),
    [0, 1, 2].map((rank) => [rank, rank + 3, rank + 6, rank + 9]),
    'a list is asked for its own samples only',
  );
});

const net = (source: string, batch: number): string => `
  layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN }
    data_param { source: "${source}" batch_size: ${batch} backend: LMDB } }
  layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST }
    data_param { source: "${source}" batch_size: 3 backend: LMDB } }
  layer { name: "a" type: "InnerProduct" bottom: "data" top: "a"
    inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.1 } } }
  layer { name: "accuracy" type: "Accuracy" bottom: "a" bottom: "label" top: "accuracy" include { phase: TEST } }
  layer { name: "l" type: "SoftmaxWithLoss" bottom: "a" bottom: "label" top: "l" }`;

test("Caffe's data layers are shared out, tests are of all ranks, and rank 0 alone tells and writes", async (t) => {
  const folder = scratchFolder(t);
  const source = join(folder, 'lmdb');
  {
    using database = io.Database.create(source);
    for (let i = 0; i < 21; i++) {
      const data = Uint8Array.of(i, 7 * i, (i * i) % 50);
      database.put(String(i).padStart(8, '0'), io.arrayToDatum({ data, shape: [3, 1, 1] }, i % 2));
    }
    database.close();
  }
  const solver = (batch: number): string =>
    `base_lr: 0.0001 lr_policy: "fixed" random_seed: 1 max_iter: 6 display: 2 test_iter: 7 test_interval: 2
     snapshot: 3 snapshot_prefix: "${join(folder, 'w')}" net_param { ${net(source, batch)} }`;
  const program = `
    const lines = [];
    tscaffe.onLog(({ text }) => lines.push(text));
    const solver = new tscaffe.Solver({ text: ${JSON.stringify(solver(2))} });
    mpi.attach(solver);
    const pixels = [], events = { iteration: [], test: [], snapshot: [], lr: [] };
    solver.addCallback(() => {}, () => pixels.push(solver.net.blobs.data.data[0], solver.net.blobs.data.data[3]));
    solver.on('iteration', ({ iter }) => { if (iter === 4) solver.lr = 0.0002; });
    for (const name of Object.keys(events)) solver.on(name, (report) => events[name].push(report));
    await solver.solveAsync();
    const { accuracy, l } = solver.test();
    tell({
      pixels, accuracy, l, loss: solver.loss, lr: solver.lr, iter: solver.iter, snapshot: String(solver.snapshot()),
      tested: events.test.map(({ iter, outputs }) => [iter, outputs.accuracy, outputs.l]),
      told: Object.values(events).map(({ length }) => length), log: lines.filter((text) => /Iteration|Test net/.test(text)),
      weights: solver.net.layers.flatMap(({ blobs }) => blobs).map(({ data }) => Array.from(data)),
    });
  `;
  const { code, told, output } = await job<{
    pixels: number[];
    accuracy: number;
    l: number;
    loss: number;
    lr: number;
    iter: number;
    snapshot: string;
    tested: number[][];
    told: number[];
    log: string[];
    weights: number[][];
  }>(program);
  t.is(code, 0, output);
  const [root, other] = told;
  const records = Array.from({ length: 24 }, (_, i) => i % 21);
  t.deepEqual(
    root.pixels,
    records.filter((_, i) => i % 2 === 0),
  );
  t.deepEqual(
    other.pixels,
    records.filter((_, i) => i % 2 === 1),
  );
  t.deepEqual([other.accuracy, other.l, other.loss, other.weights], [root.accuracy, root.l, root.loss, root.weights]);
  t.deepEqual([root.iter, other.iter], [6, 6]);
  t.deepEqual([root.lr, other.lr], [0.0002, 0.0002], 'a rate that a listener on rank 0 sets applies to all');

  t.deepEqual(other.told, [0, 0, 0, 0]);
  t.deepEqual(root.told, [6, 5, 3, 1], 'iterations, tests, snapshots, rates, with those asked for at the end');
  t.deepEqual(other.log, []);
  t.is(root.log.filter((text) => text.includes('Testing net (#0)')).length, 4);
  t.is(root.log.filter((text) => text.includes('Test net output #0: accuracy')).length, 4);

  // The same by one process.
  using one = new Solver({ text: solver(4) });
  const tested: number[][] = [];
  one.on('iteration', ({ iter }) => {
    if (iter === 4) one.lr = 0.0002;
  });
  one.on('test', ({ iter, outputs }) => tested.push([iter, outputs['accuracy'], outputs['l']]));
  one.solve();
  one.test();
  t.is(root.tested.length, tested.length);
  root.tested.forEach((row, i) => {
    row.forEach((value, j) => {
      t.true(Math.abs(value - tested[i][j]) < 1e-5, row.join());
    });
  });

  t.is(other.snapshot, root.snapshot);
  t.true(existsSync(root.snapshot));
  const states = readdirSync(folder).filter((name) => name.endsWith('state'));
  t.deepEqual(states.sort(), ['w_iter_3.solverstate', 'w_iter_6.solverstate']);
});

test('HDF5Data is shared out by Caffe, and a test net reads all of it on each rank', async (t) => {
  const folder = scratchFolder(t);
  const file = join(folder, 'rows.h5');
  {
    const rows = `layer { name: "x" type: "Input" top: "x" top: "y" input_param { shape { dim: 12 dim: 1 } } }
      layer { name: "out" type: "HDF5Output" bottom: "x" bottom: "y" hdf5_output_param { file_name: "${file}" } }`;
    using writer = new Net({ text: rows }, 'test');
    writer.blobs['x'].data.set(Array.from({ length: 12 }, (_, i) => i));
    writer.forward();
  }
  const list = join(folder, 'files.txt');
  writeFileSync(list, `${file}\n`);
  const layer = `layer { name: "d" type: "HDF5Data" top: "data" hdf5_data_param { source: "${list}" batch_size: 2 } }`;
  const program = `
    const read = (phase) => {
      const net = new tscaffe.Net({ text: ${JSON.stringify(layer)} }, phase);
      return [1, 2, 3].flatMap(() => (net.forward(), Array.from(net.blobs.data.data)));
    };
    tell({ train: read('train'), test: read('test') });
  `;
  const { code, told, output } = await job<{ train: number[]; test: number[] }>(program, { ranks: 3 });
  t.is(code, 0, output);
  // Rank r of 3 has rows r, r + 3, r + 6, r + 9, and begins again.
  for (const { rank, train, test: all } of told) {
    t.deepEqual(train, [rank, rank + 3, rank + 6, rank + 9, rank, rank + 3]);
    t.deepEqual(all, [0, 1, 2, 3, 4, 5]);
  }
  t.is(told.length, 3);
});

test('layers that give all ranks the same samples are named once, with what to do', async (t) => {
  const program = `
    class Ones extends tscaffe.Layer {
      setup(_, [top]) { top.reshape(2, 1); }
      reshape() {}
      forward(_, [top]) { top.data.fill(1); }
      backward() {}
    }
    tscaffe.registerLayer('Ones', Ones);
    const solver = new tscaffe.Solver({ text: 'base_lr: 0.1 lr_policy: "fixed" net_param {' +
      'layer { name: "ones" type: "Ones" top: "ones" }' +
      'layer { name: "dummy" type: "DummyData" top: "dummy" dummy_data_param { shape { dim: 2 dim: 1 } } }' +
      'layer { name: "a" type: "InnerProduct" bottom: "ones" top: "a" inner_product_param { num_output: 1 } }' +
      'layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "dummy" top: "l" } }' });
    mpi.attach(solver);
    solver.step(2);
  `;
  const { code, output } = await job(program);
  t.is(code, 0, output);
  const warnings = output.split('\n').filter((line) => line.includes('TSCAFFE_MPI_DATA'));
  t.is(warnings.length, 1, output);
  t.regex(warnings[0], /layer "ones" \(Ones\) is not shared out.*solverRank\(\) and solverCount\(\)/);
});
