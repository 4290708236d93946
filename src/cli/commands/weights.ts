import type { Command } from 'commander';
import '../../native/initialize.js';
import { statisticsOf, valueDifference, type ValueDifference } from '../../weights/blob-statistics.js';
import { readStoredLayers, type StoredLayer } from '../../weights/stored-layers.js';
import { asInCaffe } from '../float.js';
import { printJson, printLine } from '../output.js';
import { pairByName } from '../pairing.js';
import { printTable, shapeText } from '../table.js';

interface Options {
  json?: true;
}

const json = ['--json', 'print it as JSON'] as const;

export function define(command: Command): void {
  command.addHelpText(
    'after',
    `
Files are caffemodels, HDF5, or a binaryproto, which holds one blob without a name.

  tscaffe weights ls lenet.caffemodel
  tscaffe weights diff lenet_iter_5000.caffemodel lenet_iter_10000.caffemodel`,
  );
  command
    .command('ls')
    .description('Show the layers of a file, with the shapes of their blobs')
    .argument('<file>', 'trained weights')
    .option(...json)
    .action(list);
  command
    .command('stats')
    .description('Show what the values of each blob are like; the first four figures are of the finite ones')
    .argument('<file>', 'trained weights')
    .option(...json)
    .action(showStatistics);
  command
    .command('diff')
    .description('Compare two files: layers, shapes and values; the exit code is 1 if there is any difference')
    .argument('<before>', 'trained weights')
    .argument('<after>', 'others')
    .option(...json)
    .action(diff);
}

const count = (layer: StoredLayer): number => layer.blobs.reduce((sum, { data }) => sum + data.length, 0);

const number = (value: number): string => value.toLocaleString('en');

function list(file: string, { json }: Options): void {
  const layers = readStoredLayers(file);
  const total = layers.reduce((sum, layer) => sum + count(layer), 0);
  if (json) {
    printJson({
      layers: layers.map((layer) => ({
        name: layer.name,
        type: layer.type,
        blobs: layer.blobs.map(({ shape, data }) => ({ shape, count: data.length })),
        count: count(layer),
      })),
      count: total,
    });
    return;
  }
  printTable(
    [
      ['layer', 'type', 'blobs', 'values'],
      ...layers.map((layer) => [
        layer.name,
        layer.type,
        layer.blobs.map(({ shape }) => shapeText(shape)).join(' '),
        number(count(layer)),
      ]),
      ['in all', '', '', number(total)],
    ],
    3,
  );
}

function showStatistics(file: string, { json }: Options): void {
  const blobs = readStoredLayers(file).flatMap((layer) =>
    layer.blobs.map(({ shape, data }, i) => ({
      layer: layer.name,
      blob: i,
      shape,
      count: data.length,
      ...statisticsOf(data),
    })),
  );
  if (json) {
    printJson({ blobs });
    return;
  }
  printTable(
    [
      ['layer', 'blob', 'shape', 'values', 'min', 'max', 'mean', 'std', 'NaN', 'infinite'],
      ...blobs.map((each) => [
        each.layer,
        String(each.blob),
        shapeText(each.shape),
        number(each.count),
        ...[each.min, each.max, each.mean, each.std].map(asInCaffe),
        number(each.nan),
        number(each.infinite),
      ]),
    ],
    3,
  );
}

interface Brief {
  name: string;
  type: string;
}

interface Differences {
  removed: Brief[];
  added: Brief[];
  /** Blobs that have another shape, or are in one file only: then the other shape is undefined. */
  shapes: { layer: string; blob: number; before?: readonly number[]; after?: readonly number[] }[];
  values: ({ layer: string; blob: number; count: number } & ValueDifference)[];
}

function diff(before: string, after: string, { json }: Options): void {
  const { removed, added, common } = pairByName(readStoredLayers(before), readStoredLayers(after));
  const brief = ({ name, type }: StoredLayer): Brief => ({ name, type });
  const found: Differences = { removed: removed.map(brief), added: added.map(brief), shapes: [], values: [] };
  for (const [one, other] of common) compare(one, other, found);
  if (json) printJson(found);
  else print(found);
  if (Object.values(found).some(({ length }: unknown[]) => length > 0)) process.exitCode = 1;
}

/** Files from before 2015 have leading ones in shapes. */
const essential = (shape: readonly number[]): string => shape.join().replace(/^(1,)+/, '');

function compare(one: StoredLayer, other: StoredLayer, found: Differences): void {
  for (let blob = 0; blob < Math.max(one.blobs.length, other.blobs.length); blob++) {
    const [before, after] = [one.blobs[blob], other.blobs[blob]];
    const place = { layer: one.name, blob };
    if (before === undefined || after === undefined || essential(before.shape) !== essential(after.shape)) {
      found.shapes.push({ ...place, ...(before && { before: before.shape }), ...(after && { after: after.shape }) });
      continue;
    }
    const difference = valueDifference(before.data, after.data);
    if (difference.differing > 0) found.values.push({ ...place, count: before.data.length, ...difference });
  }
}

function print({ removed, added, shapes, values }: Differences): void {
  const layerText = ({ name, type }: Brief): string => `layer "${name}"${type === '' ? '' : ` (${type})`}`;
  for (const layer of removed) printLine(`- ${layerText(layer)}`);
  for (const layer of added) printLine(`+ ${layerText(layer)}`);
  const shown = (shape: readonly number[] | undefined): string => (shape === undefined ? 'none' : shapeText(shape));
  for (const { layer, blob, before, after } of shapes) {
    printLine(`~ layer "${layer}" blobs[${blob}]: ${shown(before)} -> ${shown(after)}`);
  }
  for (const { layer, blob, count, differing, largest, at } of values) {
    const most = `the largest difference is ${asInCaffe(largest)}, at ${number(at)}`;
    printLine(`~ layer "${layer}" blobs[${blob}]: ${number(differing)} of ${number(count)} values differ; ${most}`);
  }
}
