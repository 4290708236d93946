import { inspect, type InspectOptionsStylized } from 'node:util';
import type { NativeSnapshot, NativeSolver } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import { inAnyCopy } from '../copies/any-copy.js';
import {
  argumentError,
  expectBoolean,
  expectFunction,
  expectInteger,
  expectNonNegative,
  expectOptions,
} from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { Emitter } from '../events/emitter.js';
import { subscription, type Subscription } from '../events/subscription.js';
import { solverText } from '../inspect/solver-text.js';
import { native } from '../native/load.js';
import { disposeAll } from '../net/dispose-all.js';
import { Net } from '../net/net.js';
import { SolverProfile } from '../profile/solver-profile.js';
import { decimalOf } from '../proto/decimal.js';
import { decodeMessage, encodeMessage, type caffe } from '../proto/schema.js';
import { readFile, type MessageObject, type Source } from '../proto/source.js';
import { expectSignal, type AsyncOptions } from './abort.js';
import { buildSolver, buildSolverAsync, type SolverOptions, type SolverType } from './build-solver.js';
import { EventBridge } from './event-bridge.js';
import type { SolverEvents, TrainingReport } from './events.js';
import { expectLive, type LiveFields } from './live-fields.js';
import { paramHistory } from './param-history.js';
import type { Settling } from './requests.js';
import { Run, type RunWatch } from './run.js';
import { expectState, SnapshotPath, type Snapshot } from './snapshot.js';

/** A solver as a plain object, for `new Solver`: all fields are optional, and enum values are names or numbers. */
export type SolverParameter = MessageObject<'SolverParameter'>;

/** Options of {@link Solver.train}. */
export interface TrainOptions extends AsyncOptions {
  /** How many iterations to train. By default it trains up to `max_iter`. */
  iterations?: number;
  /** How many iterations pass between two reports. The default is 1. */
  every?: number;
}

/** Options of {@link Solver.restore}. */
export interface RestoreOptions {
  /**
   * Whether each data source of the nets ({@link dataSource}) continues where it was when the snapshot was taken. The
   * default is true. With false, each source begins at its first sample.
   */
  sources?: boolean;
}

const mostIterations = 2 ** 31 - 1;

/**
 * A solver of the real Caffe: a train net, test nets and an update rule. `Solver` uses the rule that the prototxt's
 * `type` names (SGD by default). {@link SGDSolver} and the other subclasses force their own rule.
 *
 * Synchronous calls run on the calling thread and block until Caffe is done. A net that a solver prototxt names is
 * looked for from the working folder, as in Caffe, and then beside the solver's file.
 */
export class Solver extends Emitter<SolverEvents> implements Disposable {
  readonly #native: NativeSolver;
  readonly #trainNet: Net;
  readonly #testNets: readonly Net[];
  readonly #run: Run;
  readonly #events: EventBridge;

  /**
   * Builds the solver and its nets.
   *
   * @param source - a prototxt's path, `{ text }`, a message object or bytes
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT, ERR_CAFFE_FILE, ERR_CAFFE_CHECK, ERR_CAFFE_LAYER as for a {@link Net};
   * ERR_CAFFE_NO_GPU for `solver_mode: GPU` if the linked Caffe has no GPU support
   */
  constructor(source: Source<'SolverParameter'>, options?: SolverOptions);
  constructor(source: Source<'SolverParameter'> | NativeSolver, options: SolverOptions = {}) {
    super();
    const { type } = this.constructor as typeof Solver;
    this.#native = source instanceof native.Solver ? source : buildSolver(source, type, options);
    const [trainNet, ...testNets] = this.#native.nets;
    this.#trainNet = new Net(trainNet);
    this.#testNets = testNets.map((net) => new Net(net));
    this.#run = new Run(this.#native);
    this.#events = new EventBridge({
      native: this.#native,
      net: this.#trainNet,
      testNets: this.#testNets,
      run: this.#run,
      emitter: this,
    });
  }

  /**
   * Builds the solver and its nets on Caffe's own thread. See {@link Net.create}. Rejects with the errors of the
   * constructor.
   */
  static async create<This extends typeof Solver>(
    this: This,
    source: Source<'SolverParameter'>,
    options: SolverOptions = {},
  ): Promise<InstanceType<This>> {
    const solver = await buildSolverAsync(source, this.type, options);
    return new this(solver as never) as InstanceType<This>;
  }

  /**
   * The update rule that a subclass forces.
   *
   * @internal
   */
  static readonly type: SolverType | undefined;

  /** The update rule, as `type` of a prototxt names it. */
  get type(): string {
    return this.#native.type();
  }

  /** The train net. It lives as long as something refers to it, or until the solver is disposed. */
  get net(): Net {
    return this.#trainNet;
  }

  /** The test nets. They share the train net's weights and see every change at once. */
  get testNets(): readonly Net[] {
    return this.#testNets;
  }

  /** How many updates have been applied. */
  get iter(): number {
    return this.#native.iter();
  }

  /**
   * The learning rate of the next update. The prototxt's `lr_policy` determines it until you set it. A rate that you
   * set applies to all updates from the next one on. Set `undefined` to return to the policy. {@link restore} does not
   * change the rate, and snapshots do not store it.
   *
   * You may also read and set it while the solver runs asynchronously. You then read the rate after the last
   * iteration. A rate that you set applies from the next iteration on.
   *
   * @throws {RangeError} for a rate that is negative or not finite
   */
  get lr(): number {
    return this.#native.lr();
  }

  /** The rate of all updates from the next one on; `undefined` goes back to the policy. */
  set lr(rate: number | undefined) {
    if (rate !== undefined) expectNonNegative(rate, 'lr');
    this.#native.overrideLr(rate);
  }

  /** The loss of the last iteration: the mean over its `iter_size` batches. NaN before the first iteration. */
  get loss(): number {
    return this.#native.loss();
  }

  /**
   * The mean loss over the last `average_loss` iterations. These may span several calls of {@link step}. NaN before
   * the first iteration.
   */
  get smoothedLoss(): number {
    return this.#native.smoothedLoss();
  }

  /**
   * The SolverParameter in use, without its nets. It is a copy of the current state. Setting a field of it, as in
   * `solver.param.baseLr = 0.001`, does what {@link setParam} does.
   */
  get param(): caffe.SolverParameter {
    const param = decodeMessage('SolverParameter', this.#native.param());
    for (const [field, value] of Object.entries(param)) {
      if (typeof value === 'number') Object.assign(param, { [field]: decimalOf(value) });
    }
    return new Proxy(param, {
      set: (copy, field, value) => {
        this.setParam({ [field]: value as unknown });
        return Reflect.set(copy, field, value);
      },
    });
  }

  /**
   * Changes fields of {@link param} of a living solver, such as `{ momentum: 0.95, weightDecay: 0.001 }`. You may also
   * call it while the solver runs. The changes apply from the next iteration on.
   *
   * @throws {TypeError} for a field that Caffe reads only when it builds a solver
   */
  setParam(fields: LiveFields): void {
    expectLive(fields);
    this.#native.setParam(encodeMessage('SolverParameter', fields));
  }

  /** The state of the update rule, such as momentum: blobs in the order of the net's learnable parameters. */
  get history(): readonly Blob[] {
    return this.#native.history() as Blob[];
  }

  /**
   * The {@link history} by layer and blob, arranged like `net.params`. `paramHistory.conv1[0]` is the state for
   * conv1's weights: one blob, or two for AdaDelta and Adam. Blobs that share their values share their history.
   */
  get paramHistory(): Readonly<Record<string, readonly (readonly Blob[])[]>> {
    return paramHistory(this.#trainNet, this.history);
  }

  /**
   * Trains for `iterations` iterations. Each iteration runs `iter_size` forward and backward passes and one update. It
   * also runs the tests and snapshots that are due.
   *
   * @param iterations - from 0 to 2³¹ - 1
   * @throws what a TypeScript layer or callback throws, or a {@link CaffeError}. The current iteration is then
   * discarded, and the next call repeats it
   */
  step(iterations: number): void {
    const count = this.#iterations(iterations);
    this.#block(() => {
      this.#native.step(count);
    });
  }

  /**
   * Trains up to `max_iter`, and takes the final snapshot unless `snapshot_after_train` is false.
   *
   * @param resume - a snapshot to {@link restore} first
   */
  solve(resume?: string | Snapshot): void {
    if (resume !== undefined) this.restore(resume);
    this.#block(() => {
      this.#native.solve();
    });
  }

  /**
   * Runs a test net for its `test_iter` batches with the current weights.
   *
   * @param index - the index of the test net, from 0
   * @returns the mean of each output over the batches. The key is the blob's name if the blob has one value, otherwise
   * `name[i]`
   */
  test(index = 0): Record<string, number> {
    return this.#events.tested(this.#testIndex(index), this.#native.test(index));
  }

  #testIndex(index: number): number {
    return expectInteger(index, 'index', 0, Math.max(0, this.testNets.length - 1));
  }

  /**
   * Like {@link step}, but on Caffe's own thread. The event loop stays free. The results are the same, bit for bit on
   * the CPU. TypeScript layers run on the calling thread, and may return promises. Several solvers take turns.
   *
   * Until the promise settles, the solver and its nets refuse other calls (ERR_CAFFE_BUSY). The exceptions are
   * {@link iter}, {@link lr}, {@link loss}, {@link smoothedLoss}, {@link setParam}, {@link snapshotNow} and
   * {@link testAsync}.
   *
   * @param options.signal - when it fires, training stops at the end of the current iteration, and the promise rejects
   * with the signal's reason. You can train on afterwards. With `mpi.attach`, all ranks then stop after one and the
   * same iteration; a signal that has fired before, or too late for this run, ends the next after its first iteration
   */
  async stepAsync(iterations: number, options: AsyncOptions = {}): Promise<void> {
    const { signal } = expectSignal(expectOptions(options, ['signal']));
    const count = this.#iterations(iterations);
    await this.#run.async(signal, (stops) => this.#native.stepAsync(count, stops));
  }

  /**
   * Like {@link solve}, but on Caffe's own thread. See {@link stepAsync}. An aborted run takes no final snapshot.
   *
   * @param options.resume - a snapshot to {@link restore} first
   */
  async solveAsync(options: AsyncOptions & { resume?: string | Snapshot } = {}): Promise<void> {
    const { signal, resume } = expectSignal(expectOptions(options, ['signal', 'resume']));
    if (this.#run.attachment === undefined) signal?.throwIfAborted();
    if (resume !== undefined) this.restore(resume);
    await this.#run.async(signal, (stops) => this.#native.solveAsync(stops));
  }

  /** Caffe adds the number to `iter`, and does nothing if the sum exceeds its integers. */
  #iterations(iterations: number): number {
    expectInteger(iterations, 'iterations', 0, mostIterations);
    return Math.min(iterations, mostIterations - this.iter);
  }

  #block(work: () => void): void {
    this.#run.blocking(() => {
      this.#events.terminable(work);
    });
  }

  /**
   * Like {@link test}, but on Caffe's own thread. See {@link stepAsync}. While the solver runs, the test takes place
   * between two iterations, and then the run continues. A layer must therefore not wait for the test. If the run ends
   * before it has made the test, the test follows after the run.
   *
   * With `mpi.attach`, all ranks must call it, and none while it trains.
   *
   * @param options.signal - when it fires, the test ends after the current batch, and the promise rejects with the
   * signal's reason. A test between two iterations runs to its end, and so does one of several ranks, even if the
   * signal has fired before
   * @throws {CaffeError} ERR_CAFFE_MPI while the solver trains together with those of other ranks
   */
  async testAsync(index = 0, options: AsyncOptions = {}): Promise<Record<string, number>> {
    const { signal } = expectSignal(expectOptions(options, ['signal']));
    this.#testIndex(index);
    if (!this.#run.isUnderWay) {
      return this.#events.tested(index, await this.#run.test(signal, () => this.#native.testAsync(index)));
    }
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      this.requestTest(index, { resolve, reject });
    });
  }

  /**
   * Asks a run that is under way for a test. Calls back at once, also in a synchronous run.
   *
   * @internal
   */
  requestTest(index: number, settling: Settling<Record<string, number>>): void {
    if (this.#run.attachment !== undefined) {
      const why = 'each rank would make it in another iteration; call it between two runs, on all ranks';
      settling.reject(new CaffeError('ERR_CAFFE_MPI', `testAsync: ${why}`));
      return;
    }
    this.#run.requests.makeCalling(
      (request) => {
        this.#native.requestTest(request, index);
      },
      (means: number[][]) => this.#events.tested(index, means),
      { now: () => this.test(index), later: () => this.testAsync(index) },
      settling,
    );
  }

  /**
   * Holds each run between two iterations: `hold` is called there again and again until the subscription ends, and
   * Caffe waits for it. With `waits` it may return a promise. It returns early for what has been asked for meanwhile:
   * tests and snapshots are served before it is called again.
   *
   * @internal
   */
  hold(hold: (waits: boolean) => Promise<void> | undefined): Subscription {
    return this.#events.onHeld.add(hold);
  }

  /**
   * The runs of this solver: to watch, stop and resume them.
   *
   * @internal
   */
  get runs(): Pick<Run, 'isUnderWay' | 'isStopped' | 'stop' | 'resume'> & { watch: (watch: RunWatch) => () => void } {
    return this.#run;
  }

  /**
   * Trains on Caffe's own thread and reports after every `every` iterations. Between two reports the solver is idle,
   * so you can read, change and test it. Leaving the loop ends the training.
   *
   * @param options.iterations - how many iterations to train; by default up to `max_iter`
   * @example
   * for await (const { iter, loss } of solver.train({ every: 100 })) console.log(iter, loss);
   */
  async *train(options: TrainOptions = {}): AsyncGenerator<TrainingReport, void, undefined> {
    const { iterations, every = 1, signal } = expectSignal(expectOptions(options, ['iterations', 'every', 'signal']));
    expectInteger(every, 'every', 1, mostIterations);
    if (iterations !== undefined) expectInteger(iterations, 'iterations', 0, mostIterations);
    const last = iterations === undefined ? this.param.maxIter : this.iter + iterations;
    while (this.iter < last) {
      const begin = performance.now();
      const before = this.iter;
      await this.stepAsync(Math.min(every, last - before), signal === undefined ? {} : { signal });
      const milliseconds = (performance.now() - begin) / Math.max(1, this.iter - before);
      yield this.#events.report(milliseconds);
      // A layer or callback may have asked the solver to stop.
      if (this.iter === before || this.#run.isStopped) return;
    }
  }

  /**
   * What trains solvers of several processes together.
   *
   * @internal
   */
  get inner(): { readonly native: NativeSolver; readonly run: Run } {
    return { native: this.#native, run: this.#run };
  }

  /** @internal */
  protected override listen(events: ReadonlySet<string | symbol>): void {
    this.#events.listen(events);
  }

  /**
   * Writes `<snapshot_prefix>_iter_<iter>.caffemodel` and `.solverstate`. Each is written to a temporary file and
   * renamed, so it is either complete or absent. The positions of the nets' data sources ({@link dataSource}) go into
   * `.solverstate.sources.json` beside them.
   *
   * @returns `{ iter, state, model }`, for {@link restore}. It also works as a string: the path of the solverstate
   * @throws {CaffeError} ERR_CAFFE_SOLVER without `snapshot_prefix`; ERR_CAFFE_CHECK or ERR_CAFFE_FILE if the files
   * cannot be written
   */
  snapshot(): SnapshotPath {
    return this.#snapshotTaken(this.#native.snapshot());
  }

  /**
   * Like {@link snapshot}, but you may also call it while the solver runs. The snapshot is then taken between two
   * iterations, and the run continues, even if the snapshot cannot be written. A layer must therefore not wait for it.
   * If the run ends before it has taken the snapshot, the snapshot follows after the run.
   */
  async snapshotNow(): Promise<SnapshotPath> {
    if (!this.#run.isUnderWay) return this.snapshot();
    return this.#run.requests.make(
      (request) => {
        this.#native.requestSnapshot(request);
      },
      (files: NativeSnapshot) => this.#snapshotTaken(files),
      { now: () => this.snapshot(), later: () => this.snapshotNow() },
    );
  }

  #snapshotTaken(files: NativeSnapshot): SnapshotPath {
    return new SnapshotPath(this.#events.snapshotTaken(files));
  }

  /**
   * Resumes training from a snapshot. It restores the iteration, weights and history, and the position of each
   * {@link dataSource}. Caffe's own data layers restart at their first record. The schedule of rates follows the
   * prototxt. The step count that a solverstate also holds is ignored.
   *
   * @param snapshot - a snapshot, or the path of a solverstate. The weights come from the caffemodel that the
   * solverstate names. The positions of data sources come from `<path>.sources.json`
   * @throws {CaffeError} ERR_CAFFE_SOLVER if the history in it has another number of blobs, or other shapes, than that
   * of this solver; ERR_CAFFE_SOURCE if that file is missing or describes other sources, or if a source cannot be
   * opened at its position. After this or any other failure, the solver is unchanged
   */
  restore(snapshot: string | Snapshot, options: RestoreOptions = {}): void {
    const { sources = true } = expectOptions(options, ['sources']);
    const path = expectState(snapshot, 'snapshot');
    readFile(path);
    const seek = this.#run.sources.restoring(expectBoolean(sources, 'sources') ? path : undefined);
    this.#native.restore(path);
    seek();
  }

  /** Makes another net share the weights of the train net. It does the same as `net.shareWith(solver.net)`. */
  shareWeights(net: Net): void {
    if (!(net instanceof Net)) throw argumentError('a Net', 'net', net);
    net.shareWith(this.#trainNet);
  }

  /** Applies one update, by the update rule, from the diffs that the net holds. It adds one to {@link iter}. */
  applyUpdate(): void {
    this.#native.applyUpdate();
  }

  /**
   * Calls `onStart` before each iteration's forward. Calls `onGradientsReady` after its backward, before the update.
   * If either throws, the call of {@link step} ends with that error.
   *
   * In {@link stepAsync}, {@link solveAsync} and {@link train} they may return promises, and Caffe waits for them. If
   * a promise rejects, the run ends with its reason. The promises must not wait for {@link snapshotNow} or
   * {@link testAsync} of this solver, which run after the iteration. In {@link step} and {@link solve} a promise is an
   * error: ERR_CAFFE_LAYER.
   *
   * @returns a function that removes both callbacks
   */
  addCallback(onStart: () => unknown, onGradientsReady: () => unknown): Subscription {
    expectFunction(onStart, 'onStart');
    expectFunction(onGradientsReady, 'onGradientsReady');
    const both = [this.#events.onStart.add(onStart), this.#events.onGradientsReady.add(onGradientsReady)];
    return subscription(() => {
      for (const remove of both) remove();
    });
  }

  /**
   * Does what {@link Net.onNaN} does, for the train net and the test nets. `f` may take a {@link snapshot} of the
   * solver.
   */
  onNaN(f?: (error: CaffeError) => unknown): Subscription {
    const all = [this.#trainNet, ...this.#testNets].map((net) => net.onNaN(f));
    return subscription(() => {
      for (const remove of all) remove();
    });
  }

  /**
   * Starts to measure how long the iterations take: each layer of the train net, forward and backward, how much of
   * that time TypeScript takes, and the update.
   *
   * @example
   * using profile = solver.profile();
   * solver.step(100);
   * console.log(String(profile));
   */
  profile(): SolverProfile {
    return new SolverProfile(this.#native, this.net.native, this.net.layers);
  }

  /**
   * Frees the solver and its nets. You may call it twice.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while the solver runs
   * @throws what `dispose` of a layer throws, after all layers have been disposed; an AggregateError if several throw
   */
  dispose(): void {
    this.#run.attachment?.keep();
    this.#native.dispose();
    this.#run.attachment = undefined;
    disposeAll([this.#trainNet, ...this.#testNets]);
  }

  /** What `console.log` and `util.inspect` print: the iteration, the rate and the loss. */
  [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    return solverText(this, depth, options);
  }

  /** Calls {@link dispose} at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    inAnyCopy(Solver, 'Solver');
  }
}
