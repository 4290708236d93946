import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { HistoryRecord } from '../../dashboard/history/history.js';
import { readHistory } from '../../dashboard/history/read-history.js';
import { runNames } from '../../dashboard/history/run-names.js';
import { showPastRuns } from '../../dashboard/past-runs.js';
import { CaffeError } from '../../error/caffe-error.js';
import { Failure } from '../failure.js';
import { wholeNumber } from '../flags.js';
import { readLog } from '../logs/log.js';
import { pastRun } from '../logs/past-run.js';
import { printLine } from '../output.js';

interface Options {
  port: number;
  host: string;
}

export function define(command: Command): void {
  command
    .argument('<runs...>', 'logs or histories of runs, or folders with some')
    .option('--port <n>', 'where the page is served; any free port by default', wholeNumber(0), 0)
    .option('--host <address>', 'the address to listen on; with another one, other machines may look', '127.0.0.1')
    .addHelpText(
      'after',
      `
Shows runs that are over in the browser, until Ctrl-C: the histories that dashboards write beside snapshots, Caffe's
logs, and what \`train\` has written with --csv and --json.

  tscaffe ui lenet_history.json train.log
  tscaffe ui runs/`,
    )
    .action(showRuns);
}

/** In a folder, what looks like a log. */
const logName = /(\.json|\.csv|\.log|\.jsonl|\.txt|\.INFO(\.[\w.-]+)?)$/;

/** What cannot be looked at is none: who reads it as a file hears why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Reads a history, by whatever name, or a log. */
function readRun(path: string, name: string): HistoryRecord {
  try {
    return readHistory(path, name);
  } catch (error) {
    const isOther = error instanceof CaffeError && error.code === 'ERR_CAFFE_FORMAT' && !path.endsWith('_history.json');
    if (!isOther) throw error;
    return pastRun(readLog(path), name);
  }
}

/** The runs in a folder: other files may be there. */
function runsIn(folder: string): string[] {
  const found = readdirSync(folder)
    .filter((name) => logName.test(name))
    .map((name) => join(folder, name))
    .filter((path) => {
      try {
        readRun(path, '');
        return true;
      } catch {
        return false;
      }
    });
  if (found.length === 0) throw new Failure(`${folder}: there is no log and no history of a run in it`);
  return found.sort();
}

async function showRuns(paths: string[], { port, host }: Options): Promise<void> {
  const all = [...new Set(paths.flatMap((path) => (isFolder(path) ? runsIn(path) : [path])))];
  const names = runNames(all);
  const runs = all.map((path, i) => readRun(path, names[i] ?? path));
  const { url } = await showPastRuns(runs, { port, host });
  printLine(url);
}
