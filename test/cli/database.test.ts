import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';
import { plain, png } from './images.js';

/** Writes a database of records, by key. */
function write(path: string, records: Record<string, Uint8Array>, backend: io.DatabaseBackend = 'lmdb'): void {
  using database = io.Database.create(path, { backend });
  for (const [key, value] of Object.entries(records)) database.put(key, value);
  database.close();
}

const pixels = (values: number[], shape: number[], label?: number): Uint8Array =>
  io.arrayToDatum({ data: Uint8Array.from(values), shape }, label);

/** Good records: pixels, floats without a label, an encoded image. */
const good = {
  a: pixels([1, 2, 3, 4], [1, 2, 2], 7),
  b: io.arrayToDatum({ data: Float32Array.of(0.5, -1), shape: [2, 1, 1] }),
  c: io.imageToDatum(png(new Uint8Array(3 * 4 * 3), [3, 4, 3]), -2),
};

/** A PNG with a flipped bit in its pixels, between the header of 41 bytes and the checksum. */
function damaged(): Buffer {
  const image = plain(9);
  image[image.length - 20] ^= 1;
  return image;
}

const broken = {
  d: io.imageToDatum(plain(9).subarray(0, -6), 1),
  e: io.imageToDatum(damaged(), 1),
  f: io.imageToDatum(Buffer.from('no image'), 1),
  g: new Uint8Array(20).fill(0xff),
  h: new Uint8Array(),
};

const reasons = [
  ['d', 'the image is cut off'],
  ['e', 'the image is damaged: the checksum of its IDAT is wrong'],
  ['f', 'the encoded image cannot be decoded'],
  ['g', '20 bytes that are not a serialized caffe.Datum'],
  ['h', 'it has no values'],
];

test('db head, cat and count show records of LMDB and LevelDB', async (t) => {
  const cwd = scratchFolder(t);
  for (const backend of ['lmdb', 'leveldb'] as const) {
    write(join(cwd, backend), { ...good, ...broken }, backend);
    const lines = [
      'a  (1, 2, 2)  label 7',
      'b  (2, 1, 1)  no label',
      'c  (3, 3, 4)  label -2  encoded',
      ...reasons.map(([key, reason]) => `${key}  broken: ${reason}`),
    ].map((line) => `${line}\n`);
    t.like(await tscaffe(`db cat ${backend}`, { cwd }), { code: 0, stdout: lines.join(''), stderr: '' });
    t.like(await tscaffe(`db head ${backend} -n 2`, { cwd }), { code: 0, stdout: lines.slice(0, 2).join('') });
    t.like(await tscaffe(`db count ${backend}`, { cwd }), { code: 0, stdout: '8\n' });
  }
  const { stdout } = await tscaffe('db head lmdb --json', { cwd });
  t.deepEqual(objectsIn(stdout).slice(0, 4), [
    { key: 'a', bytes: good.a.length, shape: [1, 2, 2], label: 7, encoded: false },
    { key: 'b', bytes: good.b.length, shape: [2, 1, 1], label: null, encoded: false },
    { key: 'c', bytes: good.c.length, shape: [3, 3, 4], label: -2, encoded: true },
    { key: 'd', bytes: broken.d.length, broken: 'the image is cut off' },
  ]);
  t.like(await tscaffe('db count lmdb --json', { cwd }), { stdout: '{"records":8}\n' });
});

test('db verify names the broken records, with exit code 1 if there are any', async (t) => {
  const cwd = scratchFolder(t);
  write(join(cwd, 'good'), good);
  const whole = await tscaffe('db verify good', { cwd });
  t.is(whole.code, 0, whole.stderr);
  const summary = ['1 of shape (1, 2, 2)', '1 of shape (2, 1, 1)', '1 of shape (3, 3, 4)'];
  t.is(whole.stdout, ['3 records, none broken', ...summary, 'labels from -2 to 7, 2 different', ''].join('\n'));

  // So many that threads have several batches of them.
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`b${String(i).padStart(3, '0')}`, pixels([i % 256], [1, 1, 1], i)]),
  );
  write(join(cwd, 'broken'), { ...good, ...many, ...broken });
  const { code, stdout } = await tscaffe('db verify broken', { cwd });
  t.is(code, 1);
  const lines = [
    ...reasons.map(([key, reason]) => `${key}: ${reason}`),
    '308 records, 5 broken',
    '300 of shape (1, 1, 1)',
    ...summary,
    'labels from -2 to 299, 301 different',
  ];
  t.is(stdout, lines.map((line) => `${line}\n`).join(''));

  const json = await tscaffe('db verify broken --json', { cwd });
  t.is(json.code, 1);
  const [found] = objectsIn(json.stdout);
  t.deepEqual(found, {
    records: 308,
    broken: reasons.map(([key, reason]) => ({ key, reason })),
    shapes: [
      { shape: [1, 1, 1], records: 300 },
      { shape: [1, 2, 2], records: 1 },
      { shape: [2, 1, 1], records: 1 },
      { shape: [3, 3, 4], records: 1 },
    ],
    labels: { least: -2, most: 299, different: 301 },
  });
});

test('a database that is damaged, no database or open elsewhere is one line', async (t) => {
  const cwd = scratchFolder(t);
  write(join(cwd, 'lmdb'), good);
  writeFileSync(join(cwd, 'file'), 'x');
  mkdirSync(join(cwd, 'torn'));
  copyFileSync(join(cwd, 'lmdb/data.mdb'), join(cwd, 'torn/data.mdb'));
  writeFileSync(join(cwd, 'torn/data.mdb'), readFileSync(join(cwd, 'torn/data.mdb')).subarray(0, 5000));
  for (const [args, code, message] of [
    ['db', 2, /Usage: tscaffe db/],
    ['db heads lmdb', 2, /^tscaffe: unknown command 'heads'\n\(Did you mean head\?\)\n$/],
    ['db head', 2, /^tscaffe: missing required argument 'database'\n$/],
    ['db head lmdb -n 0', 2, /Expected a whole number from 1 on\.\n$/],
    ['db count none', 1, /^tscaffe db: none: there is no such database\n$/],
    ['db verify file', 1, /^tscaffe db: file: is [^\n]*\n$/],
    ['db verify torn', 1, /^tscaffe db: torn: [^\n]*\n$/],
    ['compute-image-mean lmdb --backend leveldb', 1, /lmdb: is a database of backend lmdb, not leveldb\n$/],
    ['compute-image-mean lmdb none/mean', 1, /none\/mean: cannot be written: ENOENT: [^\n]*\n$/],
    ['compute-image-mean lmdb mean', 1, /lmdb: b: is \(2, 1, 1\), where the first record is \(1, 2, 2\)\n$/],
  ] as const) {
    const outcome = await tscaffe(args, { cwd });
    t.is(outcome.code, code, `${args}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, args);
    t.is(outcome.stdout, '', args);
  }
  t.deepEqual(readdirSync(cwd).sort(), ['file', 'lmdb', 'torn']);
});

test('compute-image-mean gives the mean of each value and channel, also of floats', async (t) => {
  const cwd = scratchFolder(t);
  write(join(cwd, 'db'), {
    a: io.arrayToDatum({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 1, 2] }),
    b: pixels([2, 4, 8, 16], [2, 1, 2]),
  });
  const { code, stdout } = await tscaffe('compute-image-mean db mean.binaryproto --json', { cwd });
  t.is(code, 0);
  t.deepEqual(objectsIn(stdout), [{ records: 2, shape: [2, 1, 2], means: [2.25, 7.75] }]);
  t.deepEqual(io.readMean(join(cwd, 'mean.binaryproto')), {
    data: Float32Array.of(1.5, 3, 5.5, 10),
    shape: [2, 1, 2],
  });
  write(join(cwd, 'broken'), { a: pixels([1], [1, 1, 1]), ...broken });
  const failed = await tscaffe('compute-image-mean broken new.binaryproto', { cwd });
  t.like(failed, { code: 1, stdout: '', stderr: 'tscaffe compute-image-mean: broken: d: the image is cut off\n' });
  write(join(cwd, 'empty'), {});
  const empty = await tscaffe('compute-image-mean empty new.binaryproto', { cwd });
  t.like(empty, { code: 1, stderr: 'tscaffe compute-image-mean: empty: has no records\n' });
  t.deepEqual(readdirSync(cwd).sort(), ['broken', 'db', 'empty', 'mean.binaryproto']);
});

test('db cat ends when nobody reads on', async (t) => {
  const cwd = scratchFolder(t);
  write(join(cwd, 'db'), Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key ${i}`.repeat(8), good.a])));
  const outcome = await tscaffe('db cat db', {
    cwd,
    onLine: (_line, child) => child.stdout?.destroy(),
  });
  t.is(outcome.code, 0);
  t.is(outcome.stderr, '');
});
