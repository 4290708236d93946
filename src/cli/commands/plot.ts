import { extname } from 'node:path';
import type { Command } from 'commander';
import { writeFileAside } from '../../file/aside.js';
import { UsageError } from '../failure.js';
import { list, wholeNumber } from '../flags.js';
import { panelsOf } from '../logs/curves.js';
import { readLog } from '../logs/log.js';
import { toPng, toSvg } from '../logs/picture.js';
import { toText } from '../logs/terminal.js';

interface Options {
  output?: string;
  smooth: number;
  logScale?: true;
  seconds?: boolean;
  only?: string[];
}

export function define(command: Command): void {
  command
    .argument('<logs...>', "Caffe's logs, the CSV of train --csv, or what train --json has printed")
    .option('-o, --output <file>', 'write a picture: .svg or .png; without it the terminal shows it')
    .option('--smooth <n>', 'show means over n points of the train net', wholeNumber(1), 1)
    .option('--log-scale', 'show logarithms, also of the rate')
    .option('--seconds', 'against the time since a run began, not against iterations')
    .option('--only <names>', 'show these, separated by commas: loss, lr, or names of outputs', list)
    .addHelpText(
      'after',
      `
Shows loss, outputs of tests and rate of one or several runs.

  tscaffe plot train.log
  tscaffe plot sgd.log adam.csv --smooth 20 --log-scale -o runs.svg`,
    )
    .action(plot);
}

async function plot(paths: string[], { output, smooth, logScale, seconds = false, only }: Options): Promise<void> {
  const format = output === undefined ? undefined : extname(output).toLowerCase();
  if (format !== undefined && format !== '.svg' && format !== '.png') {
    throw new UsageError(`${output ?? ''}: expected a file that ends in .svg or .png`);
  }
  if (only?.length === 0) throw new UsageError('--only: expected names, separated by commas');
  const log = logScale ?? false;
  const panels = panelsOf(paths.map(readLog), { smooth, seconds, only });
  if (output === undefined) {
    const { columns, isTTY } = process.stdout; // both undefined in a pipe
    const inColor = isTTY && (process.env['NO_COLOR'] ?? '') === '';
    process.stdout.write(toText(panels, { columns: columns ?? 80, inColor, log, seconds }));
    return;
  }
  const svg = await toSvg(panels, { log, seconds });
  writeFileAside(output, format === '.svg' ? Buffer.from(svg) : await toPng(svg));
}
