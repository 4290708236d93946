// The process that is killed: trainer.ts FOLDER FORMAT MODE. It says `go` before it begins.
//
// `resume` takes up training from the newest snapshot and goes on for ever; `rewrite` trains five iterations of the one
// run, then of the other, in turns, so that each snapshot overwrites one of other numbers.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { newestState, statesIn } from './snapshots.js';
import { newSolver, type Run } from './runs.js';

const [folder = '.', format = 'BINARYPROTO', mode = 'resume'] = process.argv.slice(2);
const prefix = join(folder, 'w');
const fields = `snapshot: 1 snapshot_format: ${format}`;

/** Keeps the disk from filling; the state goes first, as nothing may name weights that are not there. */
function removeOld(): void {
  for (const { iter, state } of statesIn(folder).slice(0, -3)) {
    rmSync(state);
    for (const name of readdirSync(folder)) if (name.startsWith(`w_iter_${iter}.`)) rmSync(join(folder, name));
  }
}

if (mode === 'resume') {
  const solver = newSolver(prefix, 1, fields);
  const newest = newestState(folder);
  if (newest !== undefined) solver.restore(newest.state);
  console.log('go');
  for (;;) {
    solver.step(1);
    removeOld();
  }
}
console.log('go');
for (let run: Run = 1; ; run = run === 1 ? 2 : 1) {
  using solver = newSolver(prefix, run, fields);
  solver.step(5);
}
