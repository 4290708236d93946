import type { NativeSnapshot, NativeSolver } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import {
  argumentError,
  expectBoolean,
  expectFunction,
  expectInteger,
  expectNonNegative,
  expectOptions,
} from '../error/argument.js';
import type { CaffeError } from '../error/caffe-error.js';
import { Emitter } from '../events/emitter.js';
import { subscription, type Subscription } from '../events/subscription.js';
import { disposeAll } from '../net/dispose-all.js';
import { Net } from '../net/net.js';
import { SolverProfile } from '../profile/solver-profile.js';
import { decodeMessage, encodeMessage, type caffe } from '../proto/schema.js';
import { readFile, type Source } from '../proto/source.js';
import { expectSignal, type AsyncOptions } from './abort.js';
import { buildSolver, type SolverType } from './build-solver.js';
import { EventBridge } from './event-bridge.js';
import type { SolverEvents, TrainingReport } from './events.js';
import { expectLive, type LiveFields } from './live-fields.js';
import { paramHistory } from './param-history.js';
import { Run } from './run.js';
import { expectState, SnapshotPath, type Snapshot } from './snapshot.js';

/** The fields of a solver that can be read while it trains: all but its nets. */
export type SolverParameter = caffe.SolverParameter;

export interface TrainOptions extends AsyncOptions {
  /** How many in all; by default up to `max_iter`. */
  iterations?: number;
  /** How many between two reports, 1 by default. */
  every?: number;
}

export interface RestoreOptions {
  /**
   * Whether the data sources of the nets ({@link dataSource}) go on where they were when the snapshot was taken, as
   * they do by default. With false they begin at their first samples.
   */
  sources?: boolean;
}

const mostIterations = 2 ** 31 - 1;

/**
 * A solver of the real Caffe: a train net, test nets and an update rule. `Solver` takes the rule that the prototxt's
 * `type` names (SGD by default); {@link SGDSolver} and the others force theirs.
 *
 * Its calls block until Caffe is done, on this thread. Nets named in a solver prototxt are looked for from the working
 * folder, as Caffe does, then beside the solver's file.
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
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT, ERR_CAFFE_FILE, ERR_CAFFE_CHECK, ERR_CAFFE_LAYER as for a {@link Net};
   * ERR_CAFFE_NO_GPU for `solver_mode: GPU` where the linked Caffe has none
   */
  constructor(source: Source<'SolverParameter'>) {
    super();
    this.#native = buildSolver(source, (this.constructor as typeof Solver).type);
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

  /** The update rule that a subclass forces. @internal */
  static readonly type: SolverType | undefined;

  /** The update rule, as `type` of a prototxt names it. */
  get type(): string {
    return this.#native.type();
  }

  /** The train net. It lives as long as it is referred to, or until the solver is disposed. */
  get net(): Net {
    return this.#trainNet;
  }

  /** The test nets. They use the train net's weights, and see every change of them at once. */
  get testNets(): readonly Net[] {
    return this.#testNets;
  }

  /** How many updates have been applied. */
  get iter(): number {
    return this.#native.iter();
  }

  /**
   * The learning rate of the next update: by the prototxt's `lr_policy`, until it is set. A rate that was set holds for
   * all updates, from the next one on; `undefined` gives the rate back to the policy. {@link restore} leaves it alone,
   * and snapshots do not hold it.
   *
   * While the solver runs asynchronously it may be read and set too: read, it is that after the last iteration, and
   * set, it counts from the next iteration on.
   */
  get lr(): number {
    return this.#native.lr();
  }

  set lr(rate: number | undefined) {
    if (rate !== undefined) expectNonNegative(rate, 'lr');
    this.#native.overrideLr(rate);
  }

  /** The loss of the last iteration, the mean over its `iter_size` batches; NaN before the first. */
  get loss(): number {
    return this.#native.loss();
  }

  /**
   * The mean loss of the last `average_loss` iterations, over any number of calls of {@link step}; NaN before the
   * first.
   */
  get smoothedLoss(): number {
    return this.#native.smoothedLoss();
  }

  /**
   * The SolverParameter in force, without its nets. It is a copy of the moment, but setting a field of it does what
   * {@link setParam} does: `solver.param.baseLr = 0.001`.
   */
  get param(): SolverParameter {
    return new Proxy(decodeMessage('SolverParameter', this.#native.param()), {
      set: (param, field, value) => {
        this.setParam({ [field]: value as unknown });
        return Reflect.set(param, field, value);
      },
    });
  }

  /**
   * Changes fields of {@link param} while the solver lives, such as `{ momentum: 0.95, weightDecay: 0.001 }`, also
   * while it runs; they count from the next iteration on.
   *
   * @throws {TypeError} for a field that Caffe only reads when a solver is built
   */
  setParam(fields: LiveFields): void {
    expectLive(fields);
    this.#native.setParam(encodeMessage('SolverParameter', fields));
  }

  /** What the update rule remembers, such as momentum: blobs in the order of the net's learnable parameters. */
  get history(): readonly Blob[] {
    return this.#native.history() as Blob[];
  }

  /**
   * {@link history} by layer and blob, as `net.params` has the blobs: `paramHistory.conv1[0]` is what is remembered of
   * conv1's weights, one blob, of AdaDelta and Adam two. Blobs that share their values share their history.
   */
  get paramHistory(): Readonly<Record<string, readonly (readonly Blob[])[]>> {
    return paramHistory(this.#trainNet, this.history);
  }

  /**
   * Trains for `iterations` iterations: in each `iter_size` times forward and backward, one update, and the tests and
   * snapshots that are due.
   *
   * @throws what a TypeScript layer or callback throws; {@link CaffeError}. The iteration at hand is then void, and the
   * next call begins it anew.
   */
  step(iterations: number): void {
    const count = this.#iterations(iterations);
    this.#block(() => {
      this.#native.step(count);
    });
  }

  /**
   * Trains to `max_iter`, and takes the final snapshot unless `snapshot_after_train` is false.
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
   * Runs a test net for its `test_iter` batches on the weights of now.
   *
   * @param index - which test net
   * @returns the mean of each output over the batches: by its name if it is one number, else by `name[i]`
   */
  test(index = 0): Record<string, number> {
    return this.#events.tested(this.#testIndex(index), this.#native.test(index));
  }

  #testIndex(index: number): number {
    return expectInteger(index, 'index', 0, Math.max(0, this.testNets.length - 1));
  }

  /**
   * As {@link step}, on Caffe's own thread: the event loop stays free. Computes the same numbers, bit for bit on the
   * CPU. TypeScript layers are called on this thread, and may return promises. Several solvers take turns. Until it is
   * done the solver and its nets refuse other calls (ERR_CAFFE_BUSY), but for {@link iter}, {@link lr}, {@link loss},
   * {@link smoothedLoss}, {@link setParam}, {@link snapshotNow} and {@link testAsync}.
   *
   * @param options.signal - when it fires, training stops at the end of the iteration at hand, and the promise is
   * rejected with its reason; the solver can go on
   */
  async stepAsync(iterations: number, options: AsyncOptions = {}): Promise<void> {
    const { signal } = expectSignal(options);
    const count = this.#iterations(iterations);
    await this.#run.async(signal, () => this.#native.stepAsync(count));
  }

  /**
   * As {@link solve}, on Caffe's own thread; see {@link stepAsync}. An aborted run takes no final snapshot.
   *
   * @param options.resume - a snapshot to {@link restore} first
   */
  async solveAsync(options: AsyncOptions & { resume?: string | Snapshot } = {}): Promise<void> {
    const { signal, resume } = expectSignal(options);
    signal?.throwIfAborted();
    if (resume !== undefined) this.restore(resume);
    await this.#run.async(signal, () => this.#native.solveAsync());
  }

  /** Caffe adds it to `iter`, and does nothing if the sum is beyond its integers. */
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
   * As {@link test}, on Caffe's own thread; see {@link stepAsync}. While the solver runs, the test is made between two
   * of its iterations, and the run goes on; so a layer must not wait for it. What the run leaves undone is done when it
   * is over.
   *
   * @param options.signal - when it fires, the test ends after the batch at hand, and the promise is rejected with its
   * reason; a test between two iterations is made nonetheless
   */
  async testAsync(index = 0, options: AsyncOptions = {}): Promise<Record<string, number>> {
    const { signal } = expectSignal(options);
    this.#testIndex(index);
    if (!this.#run.isUnderWay) {
      return this.#events.tested(index, await this.#run.abortable(signal, () => this.#native.testAsync(index)));
    }
    signal?.throwIfAborted();
    return this.#run.requests.make(
      (request) => {
        this.#native.requestTest(request, index);
      },
      (means: number[][]) => this.#events.tested(index, means),
      { now: () => this.test(index), later: () => this.testAsync(index) },
    );
  }

  /**
   * Trains on Caffe's own thread and reports after every `every` iterations. Between two reports the solver is idle:
   * look at it, change it, test it. Leaving the loop ends the training.
   *
   * @param options.iterations - how many in all; by default up to `max_iter`
   * @example
   * for await (const { iter, loss } of solver.train({ every: 100 })) console.log(iter, loss);
   */
  async *train(options: TrainOptions = {}): AsyncGenerator<TrainingReport, void, undefined> {
    const { iterations, every = 1, signal } = expectSignal(options);
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
      if (this.iter === before) return;
    }
  }

  /** @internal */
  protected override listen(events: ReadonlySet<string | symbol>): void {
    this.#events.listen(events);
  }

  /**
   * Writes `<snapshot_prefix>_iter_<iter>.caffemodel` and `.solverstate`: aside, then renamed, so that both are whole
   * or not there. How far data sources ({@link dataSource}) of the nets have been read stands beside it, in
   * `.solverstate.sources.json`.
   *
   * @returns what was written: `{ iter, state, model }`, for {@link restore}. It is also the text of the solverstate's
   * path
   * @throws {CaffeError} ERR_CAFFE_SOLVER without `snapshot_prefix`; ERR_CAFFE_CHECK or ERR_CAFFE_FILE where it cannot
   * be written
   */
  snapshot(): SnapshotPath {
    return this.#snapshotTaken(this.#native.snapshot());
  }

  /**
   * As {@link snapshot}, also while the solver runs: then it is taken between two iterations, and the run goes on,
   * whether it can be written or not; so a layer must not wait for it. What the run leaves undone is done when it is
   * over.
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
   * Takes up training where a snapshot left it: iteration, weights and history, and the samples of each
   * {@link dataSource}. Caffe's own data layers begin anew at their first record. The schedule of rates is the
   * prototxt's: the count of steps that a solverstate holds too is left aside.
   *
   * @param snapshot - a snapshot, or the path of a solverstate; the weights are in the caffemodel that the solverstate
   * names, the places in data sources in `<path>.sources.json`
   * @throws {CaffeError} ERR_CAFFE_SOURCE where that file is missing, is of other sources, or a source cannot be opened
   * there; then, as after any other failure, the solver is as before
   */
  restore(snapshot: string | Snapshot, options: RestoreOptions = {}): void {
    const { sources = true } = expectOptions(options);
    const path = expectState(snapshot, 'snapshot');
    readFile(path);
    const seek = this.#run.sources.restoring(expectBoolean(sources, 'sources') ? path : undefined);
    this.#native.restore(path);
    seek();
  }

  /** Lets another net use the weights of the train net as its own: the same as `net.shareWith(solver.net)`. */
  shareWeights(net: Net): void {
    if (!(net instanceof Net)) throw argumentError('a Net', 'net', net);
    net.shareWith(this.#trainNet);
  }

  /** Applies one update from the diffs that the net holds, by the update rule; adds one to {@link iter}. */
  applyUpdate(): void {
    this.#native.applyUpdate();
  }

  /**
   * Calls `onStart` before each iteration's forward, and `onGradientsReady` after its backward, before the update. What
   * they throw ends the call of {@link step}.
   *
   * In {@link stepAsync}, {@link solveAsync} and {@link train} they may return promises: Caffe waits for them, and what
   * one is rejected with ends the run. They must not wait for {@link snapshotNow} or {@link testAsync} of this solver,
   * which come after the iteration. In {@link step} and {@link solve} a promise is an error: ERR_CAFFE_LAYER.
   *
   * @returns a function that removes both
   */
  addCallback(onStart: () => unknown, onGradientsReady: () => unknown): Subscription {
    expectFunction(onStart, 'onStart');
    expectFunction(onGradientsReady, 'onGradientsReady');
    const both = [this.#events.onStart.add(onStart), this.#events.onGradientsReady.add(onGradientsReady)];
    return subscription(() => {
      for (const remove of both) remove();
    });
  }

  /** As {@link Net.onNaN}, for the train net and the test nets. In `f` the solver may take a {@link snapshot}. */
  onNaN(f?: (error: CaffeError) => unknown): Subscription {
    const all = [this.#trainNet, ...this.#testNets].map((net) => net.onNaN(f));
    return subscription(() => {
      for (const remove of all) remove();
    });
  }

  /**
   * Measures from now on how long the iterations take: each layer of the train net, forward and backward, what of it in
   * TypeScript, and the update.
   *
   * @example
   * using profile = solver.profile();
   * solver.step(100);
   * console.log(String(profile));
   */
  profile(): SolverProfile {
    return new SolverProfile(this.#native, this.net.native, Object.values(this.net.layerDict));
  }

  /**
   * Frees the solver and its nets; twice is fine.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while it runs; what `dispose` of a layer throws, once all have been called, or
   * an AggregateError if several throw
   */
  dispose(): void {
    this.#native.dispose();
    disposeAll([this.#trainNet, ...this.#testNets]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
