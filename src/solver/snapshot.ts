import { pathToFileURL } from 'node:url';
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
 * A snapshot that serves as the path of its solverstate too.
 *
 * `solver.snapshot()` gave that path as a string before it gave names, so scripts write `${solver.snapshot()}`,
 * `state.replace(…)` or `existsSync(solver.snapshot())`: all this goes on. It is an object all the same: give `state`
 * to `===` and to node:path.
 */
export class SnapshotPath extends String implements Snapshot {
  readonly iter: number;
  readonly state: string;
  readonly model: string;

  // node:fs takes a string or a file: URL, and knows the URL by these: without them existsSync said false without a
  // word.
  /** @internal */
  readonly href: string;
  /** @internal */
  readonly protocol: string;
  /** @internal */
  readonly hostname: string;
  /** @internal */
  readonly pathname: string;

  /** @internal */
  constructor({ iter, state, model }: Snapshot) {
    super(state);
    this.iter = iter;
    this.state = state;
    this.model = model;
    ({
      href: this.href,
      protocol: this.protocol,
      hostname: this.hostname,
      pathname: this.pathname,
    } = pathToFileURL(state));
    for (const key of ['href', 'protocol', 'hostname', 'pathname']) {
      Object.defineProperty(this, key, { enumerable: false });
    }
  }
}

/** @returns the path of the solverstate @internal */
export function expectState(snapshot: unknown, name: string): string {
  const state: unknown =
    typeof snapshot === 'object' && snapshot !== null ? (snapshot as Partial<Snapshot>).state : snapshot;
  if (typeof state !== 'string') throw argumentError('a string or a snapshot', name, snapshot);
  return state;
}
