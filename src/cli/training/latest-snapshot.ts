import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CaffeError, type Solver } from '../../index.js';

/** The solverstates of a prefix, the newest first. */
function statesOf(prefix: string): string[] {
  const [folder, name] = [dirname(prefix), basename(prefix)];
  const iterations = (file: string): number => {
    const [, rest] = file.startsWith(name)
      ? (/^_iter_(\d+)\.solverstate(\.h5)?$/.exec(file.slice(name.length)) ?? [])
      : [];
    return rest === undefined ? NaN : Number(rest);
  };
  return namesIn(folder)
    .map((file) => ({ file, iter: iterations(file) }))
    .filter(({ iter }) => !Number.isNaN(iter))
    .sort((a, b) => b.iter - a.iter)
    .map(({ file }) => join(folder, file));
}

/** The solver may be about to make the folder of its first snapshot. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Restores the newest snapshot of the solver's prefix that is whole. One that a full disk or a lost file has broken is
 * passed over, and `pass` is told of it; the solver is then as it was.
 *
 * @returns the path of the solverstate; undefined if there is none
 */
export function restoreLatest(solver: Solver, pass: (state: string, error: CaffeError) => void): string | undefined {
  for (const state of statesOf(solver.param.snapshotPrefix)) {
    try {
      solver.restore(state);
      return state;
    } catch (error) {
      if (!(error instanceof CaffeError)) throw error;
      pass(state, error);
    }
  }
  return undefined;
}
