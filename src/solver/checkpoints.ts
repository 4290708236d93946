import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inAnyCopy } from '../copies/any-copy.js';
import { CaffeError } from '../error/caffe-error.js';
import { expectInteger, expectNumber, expectObject, expectOptions, expectString } from '../error/argument.js';
import { writeFileAside } from '../file/aside.js';
import { Best, expectCount, expectSolver, type ImprovementOptions } from './improvement.js';
import type { Snapshot } from './snapshot.js';
import type { Solver } from './solver.js';

/** Options of {@link Checkpoints}. */
export interface CheckpointsOptions extends Pick<ImprovementOptions, 'mode'> {
  /** How many of the latest snapshots to keep. The default is 1. */
  last?: number;
  /** How many of the best snapshots to keep, by their metric. The default is 1. */
  best?: number;
}

/** A snapshot that is kept, with its metric. */
export interface Checkpoint extends Snapshot {
  /** How good the snapshot is. Undefined if it was saved without a metric, or with NaN. */
  metric?: number;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Removes the files of a snapshot. The solverstate goes first, because it names the others. Then goes everything
 * beside it that has the same name.
 */
function remove({ state }: Checkpoint): void {
  const folder = dirname(state);
  const name = basename(state).replace(/\.solverstate(\.h5)?$/, '');
  rmSync(state, { force: true });
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`${name}.`)) rmSync(join(folder, file), { force: true });
  }
}

/**
 * Keeps the last and the best snapshots of a solver, and removes the others that it kept before. It stores a list of
 * them in `<snapshot_prefix>_checkpoints.json`, beside the snapshots. A process that resumes from one of them
 * continues with that list. Snapshots that are not in the list are never removed.
 *
 * @example
 * const checkpoints = new Checkpoints(solver, { last: 3, mode: 'max' });
 * if (checkpoints.latest) solver.restore(checkpoints.latest);
 * for await (const { iter } of solver.train({ every: 500 })) {
 *   const { accuracy } = await solver.testAsync();
 *   checkpoints.save(accuracy);
 * }
 * solver.net.copyFrom(checkpoints.best.model);
 */
export class Checkpoints {
  readonly #solver: Solver;
  readonly #list: string;
  readonly #last: number;
  readonly #most: number;
  readonly #order: Best;
  #kept: Checkpoint[] = [];

  /**
   * @throws {CaffeError} ERR_CAFFE_SOLVER if the solver has no `snapshot_prefix`; ERR_CAFFE_FORMAT if the list file is
   * not a valid list
   */
  constructor(solver: Solver, checkpointsOptions: CheckpointsOptions = {}) {
    const { last = 1, best = 1, mode = 'min' } = expectOptions(checkpointsOptions, ['last', 'best', 'mode']);
    const { snapshotPrefix } = expectSolver(solver).param;
    if (!snapshotPrefix) {
      throw new CaffeError('ERR_CAFFE_SOLVER', 'Checkpoints: the solver has no snapshot_prefix', {});
    }
    this.#solver = solver;
    this.#list = `${snapshotPrefix}_checkpoints.json`;
    this.#last = expectCount(last, 'last');
    this.#most = expectCount(best, 'best');
    this.#order = new Best({ mode });
    if (exists(this.#list)) this.#kept = this.#read().filter(({ state, model }) => exists(state) && exists(model));
  }

  #read(): Checkpoint[] {
    try {
      const list: unknown = JSON.parse(readFileSync(this.#list, 'utf8'));
      const isList = Array.isArray(list) && list.every((item: Checkpoint | null) => typeof item?.state === 'string');
      if (!isList) throw new Error('no list of snapshots');
      return list as Checkpoint[];
    } catch (cause) {
      throw new CaffeError('ERR_CAFFE_FORMAT', `is not a list of snapshots: ${(cause as Error).message}`, {
        file: this.#list,
        cause,
      });
    }
  }

  /** The snapshots that are kept, in the order in which they were taken. */
  get all(): readonly Checkpoint[] {
    return [...this.#kept];
  }

  /** The latest snapshot that is kept. Undefined before the first one. */
  get latest(): Checkpoint | undefined {
    return this.#kept.at(-1);
  }

  /**
   * The snapshot with the best metric. Of equal ones it is the earlier one. Undefined while no snapshot has a metric.
   */
  get best(): Checkpoint | undefined {
    return this.#ranked()[0];
  }

  #ranked(): Checkpoint[] {
    const better = (a: number, b: number): number =>
      this.#order.isBetter(a, b) ? -1 : this.#order.isBetter(b, a) ? 1 : 0;
    return this.#kept
      .filter(({ metric }) => metric !== undefined)
      .sort((a, b) => better(a.metric ?? NaN, b.metric ?? NaN));
  }

  /**
   * Takes a snapshot and keeps it. Call it while the solver is idle, or in a listener of the solver's event
   * `iteration`.
   *
   * @param metric - how good the snapshot is. Without a metric, or with NaN, it does not count among the best
   * @throws as {@link Solver.snapshot}. The snapshots that were kept before then stay
   */
  save(metric?: number): Checkpoint {
    return this.add(this.#solver.snapshot(), metric);
  }

  /**
   * Keeps a snapshot that already exists, such as one from the event `snapshot`.
   * `solver.on('snapshot', (it) => checkpoints.add(it))` keeps the last of the snapshots that the prototxt schedules.
   */
  add(snapshot: Snapshot, metric?: number): Checkpoint {
    const { iter, state, model } = expectObject(snapshot, 'snapshot', '{ iter, state, model }');
    expectInteger(iter, 'snapshot.iter', 0, 2 ** 31 - 1);
    expectString(state, 'snapshot.state');
    expectString(model, 'snapshot.model');
    const worth = metric === undefined || Number.isNaN(expectNumber(metric, 'metric')) ? {} : { metric };
    const checkpoint = { iter, state, model, ...worth };
    // The new snapshot has replaced an earlier one with the same name.
    this.#kept = [...this.#kept.filter((other) => other.state !== state), checkpoint];
    const wanted = new Set([
      ...this.#kept.slice(Math.max(0, this.#kept.length - this.#last)),
      ...this.#ranked().slice(0, this.#most),
    ]);
    // Keep the new snapshot until the next one comes. Otherwise `last: 0` would lose the one that it has just saved.
    wanted.add(checkpoint);
    for (const other of this.#kept) if (!wanted.has(other)) remove(other);
    this.#kept = this.#kept.filter((other) => wanted.has(other));
    writeFileAside(this.#list, Buffer.from(`${JSON.stringify(this.#kept, null, 2)}\n`));
    return checkpoint;
  }

  static {
    inAnyCopy(Checkpoints, 'Checkpoints');
  }
}
