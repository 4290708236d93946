import { existsSync, rmSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { permutation } from '../../data-source/permutation.js';
import { writeFileAside } from '../../file/aside.js';
import { io } from '../../index.js';
import { CountProgress } from '../count-progress.js';
import { Failure, UsageError } from '../failure.js';
import { wholeNumber } from '../flags.js';
import { readFolders, readList, type ListedImage } from '../images/image-list.js';
import type { ImageJob, ImageResult, ImageSettings } from '../images/image-worker.js';
import { readRecord } from '../images/record.js';
import { Interruption } from '../interruption.js';
import { printLine } from '../output.js';
import { shapeText } from '../table.js';
import { onAllCores } from '../worker-pool.js';
import { requireWritable, writing } from '../writable.js';

interface Options {
  resize?: { width: number; height: number };
  resizeWidth: number;
  resizeHeight: number;
  gray?: true;
  shuffle?: true;
  seed?: number;
  encoded?: true;
  encodeType?: string;
  checkSize?: true;
  backend: io.DatabaseBackend;
  skipBroken?: true;
}

/** What OpenCV writes. */
const encodings = ['jpg', 'jpeg', 'png', 'bmp', 'webp', 'tiff', 'ppm', 'pgm'];

/** What a thread takes at a time: many small images, so that they do not cost a message each, but one photograph. */
const batchOf = { images: 16, bytes: 2 ** 18 };

/** What is stored at a time. Until then it is in memory, and Caffe's tool takes a thousand images of any size. */
const transactionOf = { records: 1000, bytes: 2 ** 28 };

/** The longest key of a database, without the number and the underscore at its beginning. */
const longestName = 511 - 9;

export function define(command: Command): void {
  command
    .argument('<root>', 'the folder that paths in the list begin in; without a list, it has a folder for each class')
    .argument('<list-or-database>', 'the list: a line for each image, with its path, a space and its label')
    .argument('[database]', 'the database to write')
    .option('--resize <size>', 'scale images to this width and height: 256x256', size)
    .option('--resize-width <n>', 'the same, as Caffe’s tool has it; 0 keeps the size', wholeNumber(0), 0)
    .option('--resize-height <n>', 'goes with it', wholeNumber(0), 0)
    .option('--gray', 'store grey images')
    .option('--shuffle', 'put them in a random order')
    .option('--seed <n>', 'the order of --shuffle, the same each time for the same number', wholeNumber(0))
    .option('--encoded', 'store image files instead of pixels, in the format of the image')
    .addOption(new Option('--encode-type <type>', 'store image files of this format').choices(encodings))
    .option('--check-size', 'refuse images of different sizes')
    .addOption(new Option('--backend <backend>', 'what to write').choices(['lmdb', 'leveldb']).default('lmdb'))
    .option('--skip-broken', 'name images that cannot be read, and leave them out')
    .addHelpText('after', help)
    .action(convert);
}

const help = `
Writes a database of images and labels for a Data layer: the records of Caffe's convert_imageset. The order is that of
the list. Images are decoded on all cores. The database appears when it is whole.

Without a list, each folder below ROOT is a class. Classes are counted by name, from 0, and their names are written to
DATABASE_classes.txt, a line for each.

  tscaffe convert-imageset images/ train.txt train_lmdb --resize 256x256 --shuffle --seed 1
  tscaffe convert-imageset flowers/ flowers_lmdb --resize 256x256 --shuffle`;

function size(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  if (Number(width) > 0 && Number(height) > 0) return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError('Expected WIDTHxHEIGHT, such as 256x256.');
}

/** @throws {UsageError} for options that do not go together */
function settingsOf({ resize, resizeWidth, resizeHeight, ...options }: Options): ImageSettings {
  if (options.seed !== undefined && !options.shuffle) throw new UsageError('--seed is for --shuffle');
  if (resizeWidth > 0 !== resizeHeight > 0) throw new UsageError('--resize-width and --resize-height go together');
  if (resize !== undefined && resizeWidth > 0) throw new UsageError('--resize says the width and the height already');
  const { width, height } = resize ?? { width: resizeWidth, height: resizeHeight };
  return { width, height, color: !options.gray };
}

async function convert(root: string, second: string, third: string | undefined, options: Options): Promise<void> {
  const settings = settingsOf(options);
  const [list, path] = third === undefined ? [undefined, second] : [second, third];
  requireWritable(path);
  const { images, classes } = list === undefined ? readFolders(root) : { images: readList(list), classes: undefined };
  const tooLong = images.find(({ name }) => Buffer.byteLength(name) > longestName);
  if (tooLong !== undefined) throw new Failure(`${tooLong.name}: a path in a list has at most ${longestName} bytes`);
  const inOrder = options.shuffle ? shuffled(images, options.seed) : images;
  using database = writing(path, () => io.Database.create(path, { backend: options.backend }));
  const skipped = await fill(database, root, inOrder, settings, options);
  if (skipped === images.length) throw new Failure('none of the images can be read; nothing was written');
  writing(path, () => {
    finish(database, classes);
  });
  const count = (images.length - skipped).toLocaleString('en');
  const of = classes === undefined ? '' : ` of ${classes.length} classes`;
  printLine(`${path}: ${count} images${of}${skipped > 0 ? `; ${skipped.toLocaleString('en')} skipped` : ''}`);
}

function shuffled(images: readonly ListedImage[], seed = Math.floor(Math.random() * 2 ** 31)): ListedImage[] {
  return Array.from(permutation(images.length, seed, 0)).flatMap((i) => images[i] ?? []);
}

/** The names of the classes appear with the database, or not at all. */
function finish(database: io.Database, classes: readonly string[] | undefined): void {
  if (classes === undefined) {
    database.close();
    return;
  }
  // Another run may have ended first: its names stay.
  if (existsSync(database.path)) throw new Failure(`${database.path}: is there already; remove it first`);
  const names = `${database.path.replace(/\/+$/, '')}_classes.txt`;
  writeFileAside(names, Buffer.from(classes.map((name) => `${name}\n`).join('')));
  try {
    database.close();
  } catch (error) {
    rmSync(names, { force: true });
    throw error;
  }
}

function* jobsOf(root: string, images: readonly ListedImage[], options: Options): Generator<ImageJob[]> {
  const folder = root === '' || root.endsWith('/') ? root : `${root}/`;
  let [batch, bytes]: [ImageJob[], number] = [[], 0];
  for (const { name, label } of images) {
    const path = folder + name;
    batch.push({ path, label, encoding: encodingOf(name, options) });
    bytes += sizeOf(path);
    if (batch.length < batchOf.images && bytes < batchOf.bytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** 0 of a file that cannot be looked at: the thread that reads it says why. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** As Caffe's tool chooses: by the ending of the file if none is given. */
function encodingOf(name: string, { encoded, encodeType = '' }: Options): string {
  if (encodeType !== '' || !encoded) return encodeType;
  const ending = extname(name).slice(1).toLowerCase();
  if (ending === '') throw new Failure(`${name}: has no ending that says how to encode it; use --encode-type`);
  return ending;
}

/** @returns how many images were skipped */
async function fill(
  database: io.Database,
  root: string,
  images: readonly ListedImage[],
  settings: ImageSettings,
  options: Options,
): Promise<number> {
  using interruption = new Interruption();
  using progress = new CountProgress(images.length);
  const batches = onAllCores<ImageJob[], ImageResult[]>({
    module: new URL('../images/image-worker.js', import.meta.url),
    settings,
    jobs: jobsOf(root, images, options),
  });
  const put = transactions(database);
  let [done, skipped] = [0, 0];
  let first: readonly number[] | undefined;
  for await (const batch of batches) {
    interruption.check();
    for (const result of batch) {
      const name = images[done]?.name ?? '';
      if (result.broken === undefined) {
        if (options.checkSize) first = sameShape(name, result.datum, first);
        put(`${String(done).padStart(8, '0')}_${name}`, result.datum);
      } else {
        if (!options.skipBroken) throw new Failure(`${result.broken} (--skip-broken leaves it out)`);
        skipped++;
        progress.clear();
        process.stderr.write(`tscaffe convert-imageset: skipped: ${result.broken}\n`);
      }
      done++;
    }
    progress.update(done);
  }
  return skipped;
}

/** @returns what puts a record, and stores those before it when they are many */
function transactions(database: io.Database): (key: string, datum: Uint8Array) => void {
  let [records, bytes] = [0, 0];
  const store = (): void => {
    database.commit();
    [records, bytes] = [0, 0];
  };
  return (key, datum) => {
    if (records >= transactionOf.records || bytes >= transactionOf.bytes) writing(database.path, store);
    database.put(key, datum);
    [records, bytes] = [records + 1, bytes + datum.length];
  };
}

function sameShape(name: string, datum: Uint8Array, first: readonly number[] | undefined): readonly number[] {
  const read = readRecord(datum);
  if (read.broken !== undefined) throw new Failure(`${name}: ${read.broken}`);
  const { shape } = read.record;
  if (first === undefined || first.join() === shape.join()) return shape;
  throw new Failure(`${name}: is ${shapeText(shape)}, where the first image is ${shapeText(first)}`);
}
