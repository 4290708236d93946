import type { Command } from 'commander';
import { readNet, readSolver, type caffe } from '../../index.js';
import { differences, type FieldDifference } from '../../proto/differences.js';
import { kindOfText } from '../../proto/kind-of-text.js';
import { messageType } from '../../proto/schema.js';
import { readFile } from '../../proto/source.js';
import { Failure } from '../failure.js';
import { withoutWarnings } from '../old-formats.js';
import { printJson, printLine } from '../output.js';
import { pairByName } from '../pairing.js';

interface LayerName {
  name: string;
  type: string;
}

/** What is different between two nets, or two solvers, which have fields only. */
interface Differences {
  removed: LayerName[];
  added: LayerName[];
  /** A field of a layer, or without one of the net or solver itself. */
  changed: ({ layer?: string } & FieldDifference)[];
  /** Whether the layers that both have stand in another order. */
  reordered: boolean;
}

export function define(command: Command): void {
  command
    .argument('<before>', 'the prototxt of a net or a solver')
    .argument('<after>', 'another one')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
Compares by layers and fields, after what Caffe does to bring old formats up to date: not by text. Layers are the same
if their names are. A field that is written with its default is the same as none. The exit code is 1 if there is any
difference.

  tscaffe diff train_val.prototxt train_val_new.prototxt`,
    )
    .action(diff);
}

function diff(before: string, after: string, { json }: { json?: true }): void {
  const texts = [before, after].map((file) => ({ text: Buffer.from(readFile(file)).toString(), file }));
  const [isSolver, isOther] = texts.map(({ text }) => kindOfText(text) === 'SolverParameter');
  if (isSolver !== isOther) {
    throw new Failure(`${isSolver ? before : after} is a solver, and ${isSolver ? after : before} is a net`);
  }
  const found = withoutWarnings(() =>
    isSolver
      ? ofSolvers(...(texts.map((text) => readSolver(text)) as Pair<caffe.SolverParameter>))
      : ofNets(...(texts.map((text) => readNet(text)) as Pair<caffe.NetParameter>)),
  );
  if (json) printJson(found);
  else print(found, isSolver ? 'solver' : 'net');
  const { removed, added, changed, reordered } = found;
  if (reordered || removed.length + added.length + changed.length > 0) process.exitCode = 1;
}

type Pair<T> = [before: T, after: T];

function ofSolvers(before: caffe.SolverParameter, after: caffe.SolverParameter): Differences {
  const changed = differences(messageType('SolverParameter'), before, after);
  return { removed: [], added: [], changed, reordered: false };
}

function ofNets(before: caffe.NetParameter, after: caffe.NetParameter): Differences {
  const { removed, added, common, reordered } = pairByName(
    before.layer as caffe.LayerParameter[],
    after.layer as caffe.LayerParameter[],
  );
  const brief = ({ name, type }: caffe.LayerParameter): LayerName => ({ name, type });
  return {
    removed: removed.map(brief),
    added: added.map(brief),
    changed: [
      ...differences(messageType('NetParameter'), before, after, ['layer']),
      ...common.flatMap(([one, other]) =>
        differences(messageType('LayerParameter'), one, other).map((each) => ({ layer: one.name, ...each })),
      ),
    ],
    reordered,
  };
}

function print({ removed, added, changed, reordered }: Differences, kind: string): void {
  for (const { name, type } of removed) printLine(`- layer "${name}" (${type})`);
  for (const { name, type } of added) printLine(`+ layer "${name}" (${type})`);
  for (const { layer, field, before = 'none', after = 'none' } of changed) {
    printLine(`~ ${layer === undefined ? kind : `layer "${layer}"`} ${field}: ${before} -> ${after}`);
  }
  if (reordered) printLine('~ the layers that both have are in another order');
}
