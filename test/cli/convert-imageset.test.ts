import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe, type Outcome } from './command.js';
import { plain, png } from './images.js';

/** What a database holds: key, label and first value of each record. */
function contents(path: string): [key: string, label: number, value: number][] {
  using database = io.Database.open(path);
  return [...database].map(([key, value]) => {
    const { label, data } = io.datumToArray(value);
    return [key, label, data[0]];
  });
}

/** Writes plain images 0.png, 1.png ... and a list of them with their numbers as labels. */
function writePlainImages(folder: string, count: number): void {
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `${i}.png`), plain(i));
  writeFileSync(join(folder, 'list.txt'), Array.from({ length: count }, (_, i) => `${i}.png ${i}\n`).join(''));
}

test('the records are in the order of the list, though many threads decode', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 250);
  const { code, stderr } = await tscaffe('convert-imageset . list.txt db --gray', { cwd });
  t.is(code, 0, stderr);
  t.deepEqual(
    contents(join(cwd, 'db')),
    Array.from({ length: 250 }, (_, i) => [`${String(i).padStart(8, '0')}_${i}.png`, i, i]),
  );
});

test('--shuffle puts them in an order that a seed repeats', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 60);
  for (const [name, options] of [
    ['a', '--seed 1'],
    ['b', '--seed 1'],
    ['c', '--seed 2'],
    ['d', ''],
  ]) {
    const command = `convert-imageset . list.txt ${name} --shuffle ${options}`.trim();
    t.is((await tscaffe(command, { cwd })).code, 0);
  }
  const labels = (name: string): number[] => contents(join(cwd, name)).map(([, label]) => label);
  t.deepEqual(labels('b'), labels('a'));
  const orders = ['a', 'c', 'd'].map((name) => labels(name).join());
  t.is(new Set(orders).size, 3);
  const sorted = Array.from({ length: 60 }, (_, i) => i);
  for (const name of ['a', 'c', 'd'])
    t.deepEqual(
      [...labels(name)].sort((x, y) => x - y),
      sorted,
    );
  for (const [i, [key, label, value]] of contents(join(cwd, 'd')).entries()) {
    t.is(key, `${String(i).padStart(8, '0')}_${label}.png`);
    t.is(value, label);
  }
});

test('folders by class have the labels of their names, which are written beside the database', async (t) => {
  const cwd = scratchFolder(t);
  for (const folder of ['zebra', 'ant', 'ant/more', 'bee', '.git'])
    mkdirSync(join(cwd, 'root', folder), { recursive: true });
  for (const [i, name] of ['zebra/a.png', 'ant/b.PNG', 'ant/more/a.png', 'bee/x.png', '.git/y.png'].entries()) {
    writeFileSync(join(cwd, 'root', name), plain(10 * i));
  }
  writeFileSync(join(cwd, 'root/bee/notes.txt'), 'no image');
  writeFileSync(join(cwd, 'root/list.txt'), 'no class');
  const outcome = await tscaffe('convert-imageset root db', { cwd });
  t.like(outcome, { code: 0, stdout: 'db: 4 images of 3 classes\n', stderr: '' });
  t.deepEqual(contents(join(cwd, 'db')), [
    ['00000000_ant/b.PNG', 0, 10],
    ['00000001_ant/more/a.png', 0, 20],
    ['00000002_bee/x.png', 1, 30],
    ['00000003_zebra/a.png', 2, 0],
  ]);
  t.is(readFileSync(join(cwd, 'db_classes.txt'), 'utf8'), 'ant\nbee\nzebra\n');
  mkdirSync(join(cwd, 'root/cow'));
  const { code, stderr } = await tscaffe('convert-imageset root db2', { cwd });
  t.is(code, 1);
  t.is(stderr, 'tscaffe convert-imageset: root/cow: has no images, where each folder is a class\n');
  t.deepEqual(readdirSync(cwd).sort(), ['db', 'db_classes.txt', 'root']);
});

/** A JPEG's beginning: the start of the image, and of a scan that does not end. */
const cutJpeg = Buffer.of(0xff, 0xd8, 0xff, 0xda, 0, 1, 2, 3);

test('a broken image is named and ends it; with --skip-broken it is named and left out', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 40);
  const damaged = plain(1);
  damaged[damaged.length - 14] ^= 1; // in the data of the IDAT or its checksum: the IEND behind it takes 12
  const long = `${'x'.repeat(300)}.png`;
  const broken: Record<string, [content: Uint8Array | undefined, why: string]> = {
    '3.png': [plain(3).subarray(0, -5), 'is cut off'],
    '17.png': [damaged, 'is damaged: the checksum of its IDAT is wrong'],
    '21.jpg': [cutJpeg, 'is cut off'],
    '30.png': [Buffer.from('text'), 'cannot be decoded as an image'],
    '38.png': [Buffer.alloc(0), 'cannot be decoded as an image'],
    'none.png': [undefined, "cannot be read: ENOENT: no such file or directory, open './none.png'"],
    [long]: [undefined, `cannot be read: ENAMETOOLONG: name too long, open './${long}'`],
  };
  for (const [name, [content]] of Object.entries(broken)) if (content) writeFileSync(join(cwd, name), content);
  const list = readFileSync(join(cwd, 'list.txt'), 'utf8').replace('21.png', '21.jpg');
  writeFileSync(join(cwd, 'list.txt'), `${list}none.png 0\n${long} 0\n`);

  const ended = await tscaffe('convert-imageset . list.txt db', { cwd });
  t.is(ended.stderr, 'tscaffe convert-imageset: ./3.png: is cut off (--skip-broken leaves it out)\n');
  t.like(ended, { code: 1, stdout: '' });
  t.deepEqual(
    readdirSync(cwd).filter((name) => name.startsWith('db')),
    [],
  );

  const skipped = await tscaffe('convert-imageset . list.txt db --skip-broken', { cwd });
  t.like(skipped, { code: 0, stdout: 'db: 35 images; 7 skipped\n' });
  const said = Object.entries(broken).map(
    ([name, [, why]]) => `tscaffe convert-imageset: skipped: ./${name}: ${why}\n`,
  );
  t.is(skipped.stderr, said.join(''));
  // The keys have the numbers of the lines, as with Caffe's tool.
  const labels = Array.from({ length: 40 }, (_, i) => i).filter((i) => ![3, 17, 21, 30, 38].includes(i));
  t.deepEqual(
    contents(join(cwd, 'db')).map(([key]) => key),
    labels.map((i) => `${String(i).padStart(8, '0')}_${i}.png`),
  );
  writeFileSync(join(cwd, 'only.txt'), 'none.png 1\n');
  const none = await tscaffe('convert-imageset . only.txt empty --skip-broken', { cwd });
  t.is(none.code, 1);
  t.regex(none.stderr, /none of the images can be read; nothing was written\n$/);
  t.false(readdirSync(cwd).includes('empty'));
});

test('a JPEG is whole up to its end, whatever is in its segments and behind it', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 1);
  t.like(await tscaffe('convert-imageset . list.txt jpegs --encode-type jpg', { cwd }), { code: 0, stderr: '' });
  using database = io.Database.open(join(cwd, 'jpegs'));
  const [[, record]] = [...database].map(([key, value]) => [key, Buffer.from(value)] as const);
  const [start, end] = [record.indexOf(Buffer.of(0xff, 0xd8, 0xff)), record.lastIndexOf(Buffer.of(0xff, 0xd9)) + 2];
  const jpeg = record.subarray(start, end);
  const scan = jpeg.indexOf(Buffer.of(0xff, 0xda));
  const length = (content: Buffer): Buffer => Buffer.of((content.length + 2) >> 8, (content.length + 2) & 0xff);
  const withThumbnail = (thumbnail: Buffer, image: Buffer): Buffer =>
    Buffer.concat([image.subarray(0, 2), Buffer.of(0xff, 0xe1), length(thumbnail), thumbnail, image.subarray(2)]);
  const whole = {
    plain: jpeg,
    // A film behind the picture, as in the motion photos of phones, begins a scan that does not end.
    film: Buffer.concat([jpeg, Buffer.from('a film: '), jpeg.subarray(0, -2)]),
    // And a thumbnail that is cut off is not the image.
    thumbnail: withThumbnail(jpeg.subarray(0, -2), jpeg),
    fill: Buffer.concat([jpeg.subarray(0, -2), Buffer.of(0xff, 0xff), jpeg.subarray(-2)]),
  };
  const cut = {
    end: jpeg.subarray(0, -2),
    'half-a-marker': jpeg.subarray(0, -1),
    scan: jpeg.subarray(0, scan + 16),
    'head-of-scan': jpeg.subarray(0, scan + 5),
    segment: jpeg.subarray(0, 8),
    'behind-thumbnail': withThumbnail(jpeg, jpeg.subarray(0, -2)),
  };
  const all = Object.entries({ ...whole, ...cut });
  for (const [name, bytes] of all) writeFileSync(join(cwd, `${name}.jpg`), bytes);
  writeFileSync(join(cwd, 'jpegs.txt'), all.map(([name]) => `${name}.jpg 0\n`).join(''));
  const { stdout, stderr } = await tscaffe('convert-imageset . jpegs.txt db --skip-broken', { cwd });
  t.is(
    stderr,
    Object.keys(cut)
      .map((name) => `tscaffe convert-imageset: skipped: ./${name}.jpg: is cut off\n`)
      .join(''),
  );
  t.is(stdout, 'db: 4 images; 6 skipped\n');
});

test('--check-size refuses images of different sizes, also encoded ones, unless they are resized', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'a.png'), plain(1));
  writeFileSync(join(cwd, 'b.png'), png(new Uint8Array(3 * 4 * 3), [3, 4, 3]));
  writeFileSync(join(cwd, 'list.txt'), 'a.png 0\nb.png 1\n');
  for (const options of ['', ' --encoded', ' --encode-type png']) {
    const { code, stderr } = await tscaffe(`convert-imageset . list.txt db --check-size${options}`, { cwd });
    t.is(code, 1);
    const first = options === '' ? '(3, 2, 3)' : '(1, 2, 3)'; // Caffe stores a file that is encoded already as it is
    t.is(stderr, `tscaffe convert-imageset: b.png: is (3, 3, 4), where the first image is ${first}\n`);
  }
  t.is((await tscaffe('convert-imageset . list.txt db --check-size --resize 5x4', { cwd })).code, 0);
  using database = io.Database.open(join(cwd, 'db'));
  for (const [, value] of database) t.deepEqual(io.datumToArray(value).shape, [3, 4, 5]);
});

const wrong: [args: string, code: 1 | 2, message: RegExp][] = [
  ['.', 2, /^tscaffe: missing required argument 'list-or-database'\n$/],
  ['. list.txt db --resize', 2, /^tscaffe: option '--resize <size>' argument missing\n$/],
  ['. list.txt db --resize 0x5', 2, /argument '0x5' is invalid\. Expected WIDTHxHEIGHT, such as 256x256\.\n$/],
  ['. list.txt db --resize-width 5', 2, /--resize-width and --resize-height go together\n$/],
  ['. list.txt db --resize 5x5 -resize_width 5 -resize_height 5', 2, /--resize says the width and the height already/],
  ['. list.txt db --seed 5', 2, /--seed is for --shuffle\n$/],
  ['. list.txt db --encode-type gif', 2, /Allowed choices are jpg, jpeg, png, bmp, webp, tiff, ppm, pgm\.\n$/],
  ['. list.txt db --backend hdf5', 2, /Allowed choices are lmdb, leveldb\.\n$/],
  ['. list.txt db --grey', 2, /^tscaffe: unknown option '--grey'\n\(Did you mean --gray\?\)\n$/],
  ['. none.txt db', 1, /^tscaffe convert-imageset: none\.txt: cannot be read: ENOENT: .*\n$/],
  ['. wrong.txt db', 1, /wrong\.txt:2: expected a path, a space and a whole number, not "1\.png"\n$/],
  ['. list.txt there', 1, /^tscaffe convert-imageset: there: is there already; remove it first\n$/],
  ['. list.txt none/db', 1, /^tscaffe convert-imageset: none\/db: cannot be written: ENOENT: .*\n$/],
  ['. long.txt db', 1, /^tscaffe convert-imageset: x{503}: a path in a list has at most 502 bytes\n$/],
  ['. bare.txt db --encoded', 1, /bare: has no ending that says how to encode it; use --encode-type\n$/],
  ['none db', 1, /^tscaffe convert-imageset: none: cannot be read: ENOENT: .*\n$/],
  ['there db', 1, /^tscaffe convert-imageset: there: expected a folder for each class, and there is none\n$/],
];

test('what is wrong is one line on standard error, and nothing is written', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 2);
  writeFileSync(join(cwd, 'wrong.txt'), '0.png 0\n1.png\n');
  writeFileSync(join(cwd, 'bare'), plain(0));
  writeFileSync(join(cwd, 'bare.txt'), 'bare 0\n');
  writeFileSync(join(cwd, 'long.txt'), `${'x'.repeat(503)} 0\n`);
  mkdirSync(join(cwd, 'there'));
  const before = readdirSync(cwd);
  for (const [args, code, message] of wrong) {
    const outcome = await tscaffe(`convert-imageset ${args}`, { cwd });
    t.is(outcome.code, code, `${args}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, args);
    t.is(outcome.stdout, '', args);
  }
  t.deepEqual(readdirSync(cwd), before);
});

test('a file that may not grow, as on a full disk, is an error that leaves nothing', async (t) => {
  const cwd = scratchFolder(t);
  const pixels = Uint8Array.from({ length: 3 * 100 * 100 }, (_, i) => i % 251);
  for (let i = 0; i < 10; i++) writeFileSync(join(cwd, `${i}.png`), png(pixels, [100, 100, 3]));
  writeFileSync(join(cwd, 'list.txt'), Array.from({ length: 10 }, (_, i) => `${i}.png ${i}\n`).join(''));
  const before = readdirSync(cwd);
  for (const backend of ['lmdb', 'leveldb']) {
    const command = `convert-imageset . list.txt db --backend ${backend}`;
    const { code, stderr, stdout } = await tscaffe(command, { cwd, limit: 'ulimit -f 100' });
    t.is(code, 1, stderr);
    t.regex(stderr, /^tscaffe convert-imageset: db: cannot be written; is the disk full\? [^\n]*\n$/);
    t.is(stdout, '');
    t.deepEqual(readdirSync(cwd), before, backend);
  }
});

/** Runs it on a list that takes a while, and sends a signal when it has named the broken image at its beginning. */
async function endedBy(signal: NodeJS.Signals, cwd: string): Promise<Outcome> {
  return tscaffe('convert-imageset . long.txt db --skip-broken', {
    cwd,
    onError: (text, child) => {
      if (text.includes('skipped')) child.kill(signal);
    },
  });
}

test('a run that is ended or killed leaves no database, and the next one works', async (t) => {
  const cwd = scratchFolder(t);
  writePlainImages(cwd, 2);
  const lines = ['none.png 0\n', ...Array.from({ length: 200_000 }, (_, i) => `${i % 2}.png ${i}\n`)];
  writeFileSync(join(cwd, 'long.txt'), lines.join(''));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const outcome = await endedBy(signal, cwd);
    t.is(outcome.code, 1);
    t.regex(outcome.stderr, new RegExp(`\\ntscaffe convert-imageset: ended by ${signal}; nothing was written\\n$`));
    t.deepEqual(readdirSync(cwd).sort(), ['0.png', '1.png', 'list.txt', 'long.txt']);
  }
  t.is((await endedBy('SIGKILL', cwd)).signal, 'SIGKILL');
  t.false(readdirSync(cwd).includes('db'));
  t.is((await tscaffe('convert-imageset . list.txt db', { cwd })).code, 0);
  t.deepEqual(readdirSync(cwd).sort(), ['0.png', '1.png', 'db', 'list.txt', 'long.txt']);
});
