// What Caffe's three data tools are run with, and the command beside them.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, Net } from 'tscaffe';
import { png } from '../images.js';
import { writeDatabases } from './databases.js';

/** The flags of convert_imageset, and the database that it writes. */
export const conversions = {
  pixels: '',
  resized: '-resize_width 8 -resize_height=6',
  gray: '--gray',
  gray_leveldb: '--gray --resize_width 11 --resize_height 12 --backend=leveldb',
  encoded: '--encoded',
  encoded_gray: '--encoded --gray',
  jpeg: '--encode_type=jpg --resize_height 20 --resize_width 30',
} as const;

/** The databases whose images have one size, with the flags of compute_image_mean. */
export const means = { resized: '', gray_leveldb: '--backend=leveldb', jpeg: '' } as const;

/** The blobs of features.prototxt that are stored: of four axes, two and one. */
export const features = ['pool', 'ip', 'label'] as const;

export const batches = 3;

const featureNet = `
  layer { name: "data" type: "Data" top: "data" top: "label"
          data_param { source: "test_lmdb" batch_size: 10 backend: LMDB } transform_param { scale: 0.00390625 } }
  layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { pool: MAX kernel_size: 3 stride: 3 } }
  layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip" inner_product_param {
          num_output: 5 weight_filler { type: "constant" value: 0.3 } } }
`;

/** Images of three sorts and many sizes, whose pixels look random: a linear congruential generator. */
function writeImages(folder: string): void {
  let state = 7;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const lines = Array.from({ length: 24 }, (_, i) => {
    const shape: [number, number, number] = [7 + (i % 4), 9 + (i % 5), [1, 3, 4][i % 3]];
    const pixels = Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, next);
    const name = `images/${i % 2 === 0 ? 'even' : 'odd ones'}/${i}.png`;
    writeFileSync(join(folder, name), png(pixels, shape));
    return `${name} ${(i % 7) - 1}\n`;
  });
  writeFileSync(join(folder, 'list.txt'), lines.join(''));
}

/** Makes all that the runs read in a folder. */
export function prepareData(folder: string): void {
  for (const name of ['even', 'odd ones']) mkdirSync(join(folder, 'images', name), { recursive: true });
  writeImages(folder);
  writeDatabases(folder);
  writeFileSync(join(folder, 'features.prototxt'), featureNet);
  new Net({ text: featureNet.replace('"test_lmdb"', `"${join(folder, 'test_lmdb')}"`) }, 'test').save(
    join(folder, 'features.caffemodel'),
  );
}

const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

/** The keys of a database, each with a checksum of its record. */
export function recordsIn(path: string): Record<string, string> {
  using database = io.Database.open(path);
  return Object.fromEntries([...database].map(([key, value]) => [key, sum(value)]));
}

export function checksum(path: string): string {
  return sum(readFileSync(path));
}

/** The means of the channels that the tool prints. */
export function meansIn(text: string): string {
  return [...text.matchAll(/mean_value channel \[\d+\]: .*$/gm)].map(([line]) => line).join('\n');
}

/** What the tools write and print. */
export interface DataPeer {
  conversions: Record<string, Record<string, string>>;
  means: Record<string, { file: string; printed: string }>;
  features: Record<string, Record<string, string>>;
}
