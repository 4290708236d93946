import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface SnapshotState {
  iter: number;
  state: string;
}

/** The solverstates of a folder, oldest first. */
export function statesIn(folder: string): SnapshotState[] {
  return readdirSync(folder)
    .map((name) => ({ iter: Number(/^w_iter_(\d+)\.solverstate/.exec(name)?.[1] ?? -1), state: join(folder, name) }))
    .filter(({ iter }) => iter >= 0)
    .sort((a, b) => a.iter - b.iter);
}

export function newestState(folder: string): SnapshotState | undefined {
  return statesIn(folder).at(-1);
}
