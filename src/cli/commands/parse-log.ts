import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { systemReason } from '../../error/system-reason.js';
import { writeFileAside } from '../../file/aside.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../folder.js';
import { readLog } from '../logs/log.js';
import { tablesOf } from '../logs/tables.js';
import { printLine } from '../output.js';

export function define(command: Command): void {
  command
    .argument('<log>', "Caffe's log, or what train --csv or --json has written")
    .argument('[folder]', 'where to write; it is made if it is not there', '.')
    .addHelpText(
      'after',
      `
Writes LOG.train and LOG.test: the outputs of the train net and of the test nets as CSV, with the columns and the bytes
of Caffe's parse_log.py. NaN and infinite outputs are there too.

  tscaffe parse-log train.log tables`,
    )
    .action(parseLog);
}

function parseLog(path: string, folder: string): void {
  const tables = Object.entries(tablesOf(readLog(path).entries)).filter(([, text]) => text !== '');
  if (tables.length === 0) throw new Failure(`${path}: no output of a net is in it`);
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new Failure(`${folder}: cannot be made: ${systemReason(cause)}`, { cause });
  }
  for (const [which, text] of tables) {
    const file = join(folder, `${basename(path)}.${which}`);
    writeFileAside(file, Buffer.from(text));
    printLine(file);
  }
}
