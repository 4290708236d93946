import type { Command } from 'commander';
import { onLog } from '../../index.js';
import { CountProgress } from '../count-progress.js';
import { wholeNumber } from '../flags.js';
import { allRecords } from '../images/all-records.js';
import { openDatabase } from '../images/open-database.js';
import { readRecord, type ReadRecord } from '../images/record.js';
import { printJson, printLine } from '../output.js';
import { shapeText } from '../table.js';

interface Options {
  json?: true;
}

export function define(command: Command): void {
  command.addHelpText(
    'after',
    `
Databases are LMDB or LevelDB; which one it is, is seen from the files.

  tscaffe db head train_lmdb
  tscaffe db verify train_lmdb`,
  );
  command
    .command('head')
    .description('Show the first records: key, shape, label, and whether the image is encoded')
    .argument('<database>', 'an LMDB or a LevelDB')
    .option('-n, --records <n>', 'how many', wholeNumber(1), 10)
    .option('--json', 'print a JSON object for each')
    .action(async (path: string, { records, json }: Options & { records: number }) => show(path, records, json));
  command
    .command('cat')
    .description('Show all records')
    .argument('<database>', 'an LMDB or a LevelDB')
    .option('--json', 'print a JSON object for each')
    .action(async (path: string, { json }: Options) => show(path, Infinity, json));
  command
    .command('count')
    .description('Print how many records there are')
    .argument('<database>', 'an LMDB or a LevelDB')
    .option('--json', 'print it as JSON')
    .action(count);
  command
    .command('verify')
    .description('Decode all records and name the broken ones; the exit code is 1 if there is any')
    .argument('<database>', 'an LMDB or a LevelDB')
    .option('--json', 'print it as JSON')
    .action(verify);
}

function count(path: string, { json }: Options): void {
  using database = openDatabase(path);
  const records = database.count();
  if (json) printJson({ records });
  else printLine(String(records));
}

/** Ends early if nobody reads any more, as in `| head`. */
const isRead = (): boolean => process.stdout.errored === null;

/** Lets an error of standard output arrive. */
const turn = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function show(path: string, most: number, json: true | undefined): Promise<void> {
  // What Caffe says of a broken image is shown as the record's.
  onLog(() => undefined);
  using database = openDatabase(path);
  let shown = 0;
  for (const [key, bytes] of database) {
    const result = readRecord(bytes);
    if (json) printJson({ key, bytes: bytes.length, ...inJson(result) });
    else printLine(`${key}  ${inWords(result)}`);
    if (++shown === most) return;
    if (shown % 100 > 0) continue;
    await turn();
    if (!isRead()) return;
  }
}

function inJson(result: ReadRecord): object {
  if (result.broken !== undefined) return { broken: result.broken };
  const { shape, label, encoded } = result.record;
  return { shape, label: label ?? null, encoded };
}

function inWords(result: ReadRecord): string {
  if (result.broken !== undefined) return `broken: ${result.broken}`;
  const { shape, label, encoded } = result.record;
  return `${shapeText(shape)}  ${label === undefined ? 'no label' : `label ${label}`}${encoded ? '  encoded' : ''}`;
}

interface Verification {
  records: number;
  broken: { key: string; reason: string }[];
  /** How many of the others have a shape: a Data layer wants one shape for all, unless it crops. */
  shapes: { shape: readonly number[]; records: number }[];
  labels: { least: number; most: number; different: number } | undefined;
}

async function verify(path: string, { json }: Options): Promise<void> {
  using database = openDatabase(path);
  using progress = new CountProgress(database.count());
  const found: Verification = { records: 0, broken: [], shapes: [], labels: undefined };
  const shapes = new Map<string, Verification['shapes'][number]>();
  const labels = new Set<number>();
  for await (const [key, result] of allRecords(database, { values: false })) {
    progress.update(++found.records);
    if (result.broken === undefined) {
      const { shape, label } = result.record;
      const known = shapes.get(shape.join()) ?? { shape, records: 0 };
      known.records++;
      shapes.set(shape.join(), known);
      if (label !== undefined) labels.add(label);
    } else {
      found.broken.push({ key, reason: result.broken });
      progress.clear();
      if (!json) printLine(`${key}: ${result.broken}`);
    }
  }
  progress[Symbol.dispose]();
  found.shapes = [...shapes.values()].sort((a, b) => b.records - a.records);
  found.labels = rangeOf(labels);
  if (json) printJson(found);
  else printSummary(found);
  if (found.broken.length > 0) process.exitCode = 1;
}

function rangeOf(labels: ReadonlySet<number>): Verification['labels'] {
  let [least, most] = [Infinity, -Infinity];
  for (const label of labels) [least, most] = [Math.min(least, label), Math.max(most, label)];
  return labels.size === 0 ? undefined : { least, most, different: labels.size };
}

const number = (value: number): string => value.toLocaleString('en');

function printSummary({ records, broken, shapes, labels }: Verification): void {
  printLine(`${number(records)} records, ${broken.length === 0 ? 'none' : number(broken.length)} broken`);
  for (const { shape, records: count } of shapes.slice(0, 5))
    printLine(`${number(count)} of shape ${shapeText(shape)}`);
  if (shapes.length > 5) printLine(`and ${number(shapes.length - 5)} shapes more`);
  if (labels !== undefined) {
    printLine(`labels from ${labels.least} to ${labels.most}, ${number(labels.different)} different`);
  }
}
