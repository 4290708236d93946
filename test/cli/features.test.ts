import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';

/** A net that squares and halves images of a database; `inner/half` has a slash, as GoogLeNet's blobs have. */
const net = `
  layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "db" batch_size: 2 backend: LMDB } }
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "inner/half" inner_product_param {
          num_output: 1 weight_filler { type: "constant" value: 0.5 } } }
  layer { name: "square" type: "Power" bottom: "data" top: "square" power_param { power: 2 } }
  layer { name: "mean" type: "Reduction" bottom: "square" top: "mean" reduction_param { operation: MEAN } }
`;

/** Three images of 1 x 2: i and i + 1, with the label 10 i. The net goes round them, two at a time. */
function prepare(folder: string): void {
  using database = io.Database.create(join(folder, 'db'));
  for (let i = 0; i < 3; i++) {
    database.put(String(i), io.arrayToDatum({ data: Uint8Array.of(i, i + 1), shape: [1, 1, 2] }, 10 * i));
  }
  database.close();
  writeFileSync(join(folder, 'net.prototxt'), net);
  new Net({ text: net.replace('"db"', `"${join(folder, 'db')}"`) }, 'test').save(join(folder, 'net.caffemodel'));
}

const command = (rest: string): string => `extract-features net.caffemodel net.prototxt ${rest}`;

test('extract-features stores what blobs hold in a database, .npy and HDF5', async (t) => {
  const cwd = scratchFolder(t);
  prepare(cwd);
  const outputs = 'square.npy,half_db,label.h5,mean.npy';
  const outcome = await tscaffe(command(`square,inner/half,label,mean ${outputs} --iterations 2`), { cwd });
  t.like(outcome, {
    code: 0,
    stdout: 'square.npy: (4, 1, 1, 2)\nhalf_db: 4 records\nlabel.h5: label (4)\nmean.npy: (2)\n',
  });
  // 0, 1, 2 and 0 again.
  t.deepEqual(io.readNpy(join(cwd, 'square.npy')), {
    data: Float32Array.of(0, 1, 1, 4, 4, 9, 0, 1),
    shape: [4, 1, 1, 2],
  });
  // Of the squares of two items: (0 + 1 + 1 + 4) / 4 and (4 + 9 + 0 + 1) / 4.
  t.deepEqual(io.readNpy(join(cwd, 'mean.npy')), { data: Float32Array.of(1.5, 3.5), shape: [2] });
  using database = io.Database.open(join(cwd, 'half_db'));
  t.deepEqual(
    [...database].map(([key, value]) => [key, io.datumToArray(value)]),
    [0.5, 1.5, 2.5, 0.5].map((value, i) => [
      `000000000${i}`,
      { data: Float32Array.of(value), shape: [1, 1, 1], label: 0 },
    ]),
  );
});

test('an HDF5 file of features is one that an HDF5Data layer reads', async (t) => {
  const cwd = scratchFolder(t);
  prepare(cwd);
  const outcome = await tscaffe(command('inner/half,square,label features.h5 --iterations 3'), { cwd });
  const shapes = 'inner/half (6, 1), square (6, 1, 1, 2), label (6)';
  t.like(outcome, { code: 0, stdout: `features.h5: ${shapes}\n` });
  writeFileSync(join(cwd, 'list.txt'), `${join(cwd, 'features.h5')}\n`);
  const reader = new Net(
    {
      text: `layer { name: "in" type: "HDF5Data" top: "square" top: "label"
               hdf5_data_param { source: "${join(cwd, 'list.txt')}" batch_size: 6 } }`,
    },
    'test',
  );
  const { square, label } = reader.forward();
  t.deepEqual([...square], [0, 1, 1, 4, 4, 9, 0, 1, 1, 4, 4, 9]);
  t.deepEqual([...label], [0, 10, 20, 0, 10, 20]);
  // A name with a slash is in a group, which h5py reads and an HDF5Data layer does not.
  const { stdout } = await tscaffe('weights stats features.h5 --json', { cwd });
  const [{ blobs }] = objectsIn(stdout) as { blobs: object[] }[];
  t.like(
    blobs.find((blob) => 'layer' in blob && blob.layer === 'inner/half'),
    { shape: [6, 1], min: 0.5, max: 2.5, mean: 1.5 },
  );
});

test('what is wrong with extract-features is one line, and nothing is written', async (t) => {
  const cwd = scratchFolder(t);
  prepare(cwd);
  mkdirSync(join(cwd, 'there'));
  const before = readdirSync(cwd);
  for (const [rest, code, message] of [
    ['label x', 2, /^tscaffe: required option '--iterations <n>' not specified\n$/],
    ['label --iterations 1', 2, /^tscaffe: missing required argument 'outputs'\n$/],
    ['label,ip x,y --iterations 1', 2, /the net has no blob ip\n$/],
    ['labels x --iterations 1', 2, /the net has no blob labels; did you mean label\?\n$/],
    ['label,mean x --iterations 1', 2, /2 blobs, but 1 outputs: name one for each, or one \.h5 for all\n$/],
    ['label,mean x,x --iterations 1', 2, /x: is named for two blobs\n$/],
    ['label,mean x.npy,x.npy --iterations 1', 2, /x\.npy: is named for two blobs\n$/],
    ['label,label x.h5 --iterations 1', 2, /label: is named twice for one file\n$/],
    ['label,mean,label x.h5,x.h5,x.h5 --iterations 1', 2, /label: is named twice for one file\n$/],
    ['label,mean x,there --iterations 1', 1, /there: is there already; remove it first\n$/],
    ['label none/x.npy --iterations 1', 1, /none\/x\.npy: cannot be written: ENOENT: [^\n]*\n$/],
    ['label none/x --iterations 1', 1, /none\/x: cannot be written: ENOENT: [^\n]*\n$/],
    ['label /dev/full --iterations 1', 1, /^tscaffe extract-features: \/dev\/full: [^\n]*\n$/],
  ] as const) {
    const outcome = await tscaffe(command(rest), { cwd });
    t.is(outcome.code, code, `${rest}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, rest);
    t.is(outcome.stdout, '', rest);
  }
  t.deepEqual(readdirSync(cwd), before);
});

test('features that find no room leave nothing', async (t) => {
  const cwd = scratchFolder(t);
  prepare(cwd);
  const before = readdirSync(cwd);
  for (const output of ['x.npy', 'x.h5', 'x_lmdb']) {
    const outcome = await tscaffe(command(`square ${output} --iterations 8000`), { cwd, limit: 'ulimit -f 60' });
    t.is(outcome.code, 1, outcome.stderr);
    t.regex(outcome.stderr, new RegExp(`^tscaffe extract-features: ${output}: [^\\n]*\\n$`));
    t.is(outcome.stdout, '');
    t.deepEqual(readdirSync(cwd), before, output);
  }
});
