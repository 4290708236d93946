import type { NativeExchange, NativeSolver } from '../../typings/native.js';
import { SourceLayer } from '../data-source/source-layer.js';
import { argumentError, expectBoolean, expectInteger, expectOptions } from '../error/argument.js';
import { native } from '../native/load.js';
import type { Net } from '../net/net.js';
import type { Run } from '../solver/run.js';
import { Solver } from '../solver/solver.js';
import { expectWorld } from './world.js';

/** Options of {@link attach}. */
export interface AttachOptions {
  /**
   * How many bytes of gradients are sent at once, at most. The default is 4 MB. A bucket that is a quarter full ends
   * with its layer.
   */
  bucketBytes?: number;
  /** Whether gradients are sent while backward still computes others. The default is true. */
  overlap?: boolean;
  /** After how many iterations each to {@link check} that all ranks have the same weights. The default is 0: never. */
  check?: number;
}

const nothing: NativeExchange = { iterations: 0, bytes: 0, milliseconds: 0, hidden: 0, visible: 0 };

/** A solver that trains together with those of the other ranks, and what the averaging has taken so far. */
export class Attachment implements Disposable {
  readonly #native: NativeSolver;
  readonly #run: Run;
  #last = nothing;

  /** @internal */
  constructor(solver: Solver) {
    ({ native: this.#native, run: this.#run } = solver.inner);
  }

  #figures(): NativeExchange {
    if (this.#run.attachment === this) this.#last = this.#native.exchanged() ?? this.#last;
    return this.#last;
  }

  /**
   * Notes the figures, before another attachment or nothing is in the place of this one.
   *
   * @internal
   */
  keep(): void {
    this.#figures();
  }

  /** The iterations that all ranks have made together. */
  get iterations(): number {
    return this.#figures().iterations;
  }

  /** The bytes of gradients that this rank has sent. It has received as many. */
  get bytes(): number {
    return this.#figures().bytes;
  }

  /** The milliseconds in which gradients were under way. */
  get milliseconds(): number {
    return this.#figures().milliseconds;
  }

  /** Of these, the milliseconds in which backward was still at work. */
  get hidden(): number {
    return this.#figures().hidden;
  }

  /** The milliseconds by which averaging has made the iterations longer, waiting for slower ranks included. */
  get visible(): number {
    return this.#figures().visible;
  }

  /**
   * From now on the solver trains alone. All ranks must do so after the same iteration. You may call it twice. It does
   * nothing if the solver has been attached again since, or disposed; the figures stay.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while the solver runs
   */
  dispose(): void {
    if (this.#run.attachment !== this) return;
    this.keep();
    this.#native.detach();
    this.#run.isSilent = false;
    this.#run.attachment = undefined;
  }

  /** Calls {@link dispose} at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function expectSolver(solver: unknown): Solver {
  if (!(solver instanceof Solver)) throw argumentError('a Solver', 'solver', solver);
  return solver;
}

/** Layers without bottoms that need not know of other ranks: what they make is not read, or Caffe shares it out. */
const sharedOut = new Set(['Data', 'HDF5Data', 'Input', 'DummyData', 'MemoryData', 'Parameter']);

/** Says once which layers give all ranks the same samples. */
function warnOfData(net: Net): void {
  for (const [name, { layer, type }] of Object.entries(net.layerDict)) {
    if ((net.bottomNames[name] ?? []).length > 0 || sharedOut.has(type) || layer instanceof SourceLayer) continue;
    const own =
      layer === undefined ? 'give each rank a list of its own' : 'let it look at solverRank() and solverCount()';
    process.emitWarning(
      `layer "${name}" (${type}) is not shared out: all ranks read the same samples. Use dataSource, or ${own}`,
      { type: 'TscaffeWarning', code: 'TSCAFFE_MPI_DATA' },
    );
  }
}

/**
 * Trains a solver together with those of the other ranks. From now on the gradients of each iteration are averaged
 * over all ranks, before they are clipped and applied: R ranks with batches of B compute what one process with a batch
 * of R · B does. All ranks call it, with the same net and solver. Weights, history, iteration and the positions of data
 * sources are those of rank 0.
 *
 * Tests run on all ranks, a part of the batches on each, and all get the means: all ranks must call `test`. So must
 * they `step` and the like. {@link Solver.loss} is the mean of all ranks. Rank 0 takes the snapshots and emits the
 * events; a rate that it sets applies to all. If one rank stops, all stop.
 *
 * With one rank nothing changes, and it costs nothing.
 *
 * @returns what the averaging takes; dispose it to train alone again
 * @throws {CaffeError} ERR_CAFFE_MPI on all ranks if their solvers or nets differ, with the first difference; if a rank
 * has failed or left; before `mpi.init()`
 *
 * @example
 * const { rank } = mpi.init();
 * using solver = new Solver('lenet_solver.prototxt');
 * using averaging = mpi.attach(solver);
 * solver.solve();
 */
export function attach(solver: Solver, options: AttachOptions = {}): Attachment {
  const { native: own, run } = expectSolver(solver).inner;
  const {
    bucketBytes = 2 ** 22,
    overlap = true,
    check = 0,
  } = expectOptions(options, ['bucketBytes', 'overlap', 'check']);
  expectInteger(bucketBytes, 'bucketBytes', 4, 2 ** 28);
  expectBoolean(overlap, 'overlap');
  expectInteger(check, 'check', 0, 2 ** 31 - 1);
  const { rank, size } = expectWorld('mpi.attach');
  const attachment = new Attachment(solver);
  if (size === 1) return attachment;
  run.attachment?.keep();
  own.attach(bucketBytes, overlap, check);
  run.attachment = attachment;
  run.isSilent = rank > 0;
  const { sources } = run;
  if (sources.any) {
    const positions = native.mpi.broadcastText(rank === 0 ? sources.snapshot(own.iter()) : '', 0);
    if (rank > 0) sources.restoringFrom(positions, 'rank 0')();
  }
  if (rank === 0) warnOfData(solver.net);
  return attachment;
}

/**
 * Compares weights and history of all ranks, by a hash of their bits. All ranks call it. The option `check` of
 * {@link attach} does so every so many iterations.
 *
 * @throws {CaffeError} ERR_CAFFE_MPI on all ranks if they differ, with the first blob and rank
 */
export function check(solver: Solver): void {
  const { native: own } = expectSolver(solver).inner;
  if (expectWorld('mpi.check').size > 1) own.requireSame();
}
