/**
 * Writes peer.json anew: what Debian's stock `caffe` prints and writes for the runs of runs.ts.
 *
 *   npx tsx test/cli/stock/generate.ts CAFFE...     the command line of the tool
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, forgetAfter40, numbersIn, prepare, runs, snapshotsIn, type Outcome } from './runs.js';

const [program, ...options] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tscaffe-'));
try {
  prepare(folder);
  const outcomes: Record<string, Outcome> = {};
  for (const [name, command] of Object.entries(runs)) {
    if (name === 'resumed') forgetAfter40(folder);
    const before = snapshotsIn(folder);
    // The tool reports through glog, on standard error.
    const log = execFileSync('/bin/sh', ['-c', '"$@" 2>&1', 'sh', program, ...options, ...command.split(' ')], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
    outcomes[name] = { lines: numbersIn(log), files: snapshotsIn(folder, before) };
  }
  const peer = new URL('peer.json', import.meta.url);
  writeFileSync(peer, `${JSON.stringify(outcomes, null, 1)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
