import { pathToFileURL } from 'node:url';
import { argumentError } from '../error/argument.js';

/** A snapshot: two files, and the iteration at which they were written. */
export interface Snapshot {
  /** The iteration at which the snapshot was taken: the number of updates before it. */
  readonly iter: number;
  /** The path of the solverstate, for {@link Solver.restore}. */
  readonly state: string;
  /** The path of the caffemodel. */
  readonly model: string;
}

/**
 * A snapshot that also works as a string: the path of its solverstate.
 *
 * `solver.snapshot()` used to return that path as a string. Scripts therefore write `${solver.snapshot()}`,
 * `state.replace(…)` or `existsSync(solver.snapshot())`, and all of these still work. It is still an object: pass
 * `state` to `===` and to node:path.
 */
export class SnapshotPath extends String implements Snapshot {
  /** The iteration at which the snapshot was taken: the number of updates before it. */
  readonly iter: number;
  /** The path of the solverstate, for {@link Solver.restore}. */
  readonly state: string;
  /** The path of the caffemodel. */
  readonly model: string;

  // node:fs takes a string or a file: URL, and recognizes a URL by these fields. Without them, existsSync silently
  // returned false.
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

/**
 * @returns the path of the solverstate
 * @internal
 */
export function expectState(snapshot: unknown, name: string): string {
  let state = snapshot;
  if (typeof snapshot === 'object' && snapshot !== null && 'state' in snapshot) state = snapshot.state;
  // A SnapshotPath that came from another thread is a String without names.
  else if (snapshot instanceof String) state = String(snapshot);
  if (typeof state !== 'string') throw argumentError('a string or a snapshot', name, snapshot);
  return state;
}
