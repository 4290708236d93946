import { argumentError } from '../error/argument.js';

/** A snapshot: two files, and the iteration that they are of. */
export interface Snapshot {
  readonly iter: number;
  /** The path of the solverstate, for {@link Solver.restore}. */
  readonly state: string;
  /** The path of the caffemodel. */
  readonly model: string;
}

/**
 * A snapshot that serves as the text of its solverstate's path too.
 *
 * `solver.snapshot()` gave that path before it gave names, so scripts write `${solver.snapshot()}`, `state.replace(…)` or
 * `state.endsWith(…)`: these go on. It is an object all the same: give `state` to functions of node:fs and to `===`.
 */
export class SnapshotPath extends String implements Snapshot {
  readonly iter: number;
  readonly state: string;
  readonly model: string;

  /** @internal */
  constructor({ iter, state, model }: Snapshot) {
    super(state);
    this.iter = iter;
    this.state = state;
    this.model = model;
  }
}

/** @returns the path of the solverstate @internal */
export function expectState(snapshot: unknown, name: string): string {
  const state: unknown =
    typeof snapshot === 'object' && snapshot !== null ? (snapshot as Partial<Snapshot>).state : snapshot;
  if (typeof state !== 'string') throw argumentError('a string or a snapshot', name, snapshot);
  return state;
}
