import { Option, type Command } from 'commander';
import { io, math } from '../../index.js';
import { CountProgress } from '../count-progress.js';
import { Failure } from '../failure.js';
import { asInCaffe } from '../float.js';
import { allRecords } from '../images/all-records.js';
import { openDatabase } from '../images/open-database.js';
import { Interruption } from '../interruption.js';
import { printJson, printLine } from '../output.js';
import { shapeText } from '../table.js';
import { requireWritable } from '../writable.js';

interface Options {
  backend?: io.DatabaseBackend;
  json?: true;
}

export function define(command: Command): void {
  command
    .argument('<database>', 'an LMDB or a LevelDB with images of one size')
    .argument('[mean]', 'the file to write: a binaryproto, as mean_file of a data layer names it')
    .addOption(
      new Option('--backend <backend>', 'what the database must be; seen from its files').choices(['lmdb', 'leveldb']),
    )
    .option('--json', 'print the means of the channels as JSON')
    .addHelpText(
      'after',
      `
Adds up all images and prints the mean of each channel, for mean_value of a data layer: the file and the numbers of
Caffe's compute_image_mean. Encoded images are decoded on all cores.

  tscaffe compute-image-mean train_lmdb mean.binaryproto`,
    )
    .action(computeMean);
}

async function computeMean(path: string, file: string | undefined, { backend, json }: Options): Promise<void> {
  if (file !== undefined) requireWritable(file);
  const { mean, shape, records } = await meanOf(path, backend);
  if (file !== undefined) io.writeMean(file, { data: mean, shape });
  const means = meansOfChannels(mean, shape);
  if (json) {
    printJson({ records, shape, means });
    return;
  }
  printLine(`${records.toLocaleString('en')} images of shape ${shapeText(shape)}`);
  for (const [channel, value] of means.entries()) printLine(`mean_value channel [${channel}]: ${asInCaffe(value)}`);
}

/** Caffe adds up 32-bit floats, in the order of the database. */
async function meanOf(
  path: string,
  backend: io.DatabaseBackend | undefined,
): Promise<{ mean: Float32Array; shape: readonly number[]; records: number }> {
  using database = openDatabase(path, backend);
  using interruption = new Interruption();
  using progress = new CountProgress(database.count());
  let sum: Float32Array | undefined;
  let floats = new Float32Array();
  let shape: readonly number[] = [];
  let records = 0;
  for await (const [key, result] of allRecords(database, { values: true })) {
    interruption.check();
    if (result.broken !== undefined) throw new Failure(`${path}: ${key}: ${result.broken}`);
    const { data, shape: own } = result.record;
    if (sum === undefined) [sum, floats, shape] = [new Float32Array(data.length), new Float32Array(data.length), own];
    if (own.join() !== shape.join()) {
      throw new Failure(`${path}: ${key}: is ${shapeText(own)}, where the first record is ${shapeText(shape)}`);
    }
    floats.set(data);
    math.add(sum, floats, sum); // seven times as fast as a loop
    progress.update(++records);
  }
  if (sum === undefined) throw new Failure(`${path}: has no records`);
  return { mean: sum.map((value) => value / Math.fround(records)), shape, records };
}

function meansOfChannels(mean: Float32Array, [channels = 0, height = 0, width = 0]: readonly number[]): number[] {
  const size = height * width;
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (const value of mean.subarray(channel * size, (channel + 1) * size)) sum = Math.fround(sum + value);
    return Math.fround(sum / Math.fround(size));
  });
}
