import { isMainThread } from 'node:worker_threads';
import type { NativeSnapshot, NativeSolver, SolverEvent } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import {
  argumentError,
  expectBoolean,
  expectFunction,
  expectInteger,
  expectNumber,
  expectOptions,
  expectString,
} from '../error/argument.js';
import type { CaffeError } from '../error/caffe-error.js';
import { Emitter } from '../events/emitter.js';
import { Net } from '../net/net.js';
import { SolverProfile } from '../profile/solver-profile.js';
import { decodeMessage, encodeMessage, type caffe } from '../proto/schema.js';
import { readFile, type Source } from '../proto/source.js';
import { SolverSources } from '../source/solver-sources.js';
import { abortable, expectSignal } from './abort.js';
import { build } from './build.js';
import { Callbacks } from './callbacks.js';
import type { Snapshot, SolverEvents, TrainingReport } from './events.js';
import { expectLive, type LiveFields } from './live-fields.js';
import type { AsyncOptions, RestoreOptions, TrainOptions } from './options.js';
import { nameOutputs } from './outputs.js';
import { paramHistory } from './param-history.js';
import { readSolver, type SolverType } from './parameter.js';
import { Requests } from './requests.js';

/** The fields of a solver that can be read while it trains: all but its nets. */
export type SolverParameter = caffe.SolverParameter;

const mostIterations = 2 ** 31 - 1;

/** The number of the native event that an event comes from. */
const nativeEvents: Readonly<Record<keyof SolverEvents, number>> = {
  lr: 2,
  iteration: 3,
  timings: 3,
  test: 4,
  snapshot: 5,
};

/** Of the question how far the data sources have been read, which a snapshot asks. */
const sourcesEvent = 7;

/**
 * A solver of the real Caffe: a train net, test nets and an update rule. `Solver` takes the rule that the prototxt's `type` names (SGD by
 * default); {@link SGDSolver} and the others force theirs.
 *
 * Its calls block until Caffe is done, on this thread. Nets named in a solver prototxt are looked for from the working folder, as
 * Caffe does, then beside the solver's file.
 */
export class Solver extends Emitter<SolverEvents> implements Disposable {
  readonly #native: NativeSolver;
  readonly #trainNet: Net;
  readonly #testNets: readonly Net[];
  readonly #callbacks = new Callbacks();
  readonly #requests = new Requests();
  readonly #sources: SolverSources;
  #listened: ReadonlySet<string | symbol> = new Set();
  /** While somebody listens to the timings. */
  #profile: SolverProfile | undefined;
  /** Whether a synchronous run must hear of each iteration whoever listens: `worker.terminate()` takes hold where JavaScript is entered. */
  #stoppable = false;
  /** Whether a run is under way that serves requests. */
  #training = false;
  /** When the last iteration ended, or the run began. */
  #since = 0;

  /**
   * Builds the solver and its nets.
   *
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT, ERR_CAFFE_FILE, ERR_CAFFE_CHECK, ERR_CAFFE_LAYER as for a {@link Net};
   * ERR_CAFFE_NO_GPU for `solver_mode: GPU` where the linked Caffe has none
   */
  constructor(source: Source<'SolverParameter'>) {
    super();
    this.#native = build(readSolver(source, (this.constructor as typeof Solver).type));
    const [trainNet, ...testNets] = this.#native.nets;
    this.#trainNet = new Net(trainNet);
    this.#testNets = testNets.map((net) => new Net(net));
    this.#sources = new SolverSources(this.#native.nets, () => (this.#training ? this.iter : undefined));
    this.#native.hear = this.#hear;
    if (this.#sources.any) this.listen(this.#listened);
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
   * The learning rate of the next update: by the prototxt's `lr_policy`, until it is set. A rate that was set holds for all updates, from
   * the next one on; `undefined` gives the rate back to the policy. {@link restore} leaves it alone, and snapshots do not hold it.
   *
   * While the solver runs asynchronously it may be read and set too: read, it is that after the last iteration, and set, it counts from
   * the next iteration on.
   */
  get lr(): number {
    return this.#native.lr();
  }

  set lr(rate: number | undefined) {
    if (rate !== undefined && !(expectNumber(rate, 'lr') >= 0 && Number.isFinite(rate))) {
      throw new RangeError(`Expected a number from 0 on for lr but received ${rate}`);
    }
    this.#native.overrideLr(rate);
  }

  /** The loss of the last iteration, the mean over its `iter_size` batches; NaN before the first. */
  get loss(): number {
    return this.#native.loss();
  }

  /** The mean loss of the last `average_loss` iterations, over any number of calls of {@link step}; NaN before the first. */
  get smoothedLoss(): number {
    return this.#native.smoothedLoss();
  }

  /**
   * The SolverParameter in force, without its nets. It is a copy of the moment, but setting a field of it does what {@link setParam} does:
   * `solver.param.baseLr = 0.001`.
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
   * Changes fields of {@link param} while the solver lives, such as `{ momentum: 0.95, weightDecay: 0.001 }`, also while it runs; they
   * count from the next iteration on.
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
   * {@link history} by layer and blob, as `net.params` has the blobs: `paramHistory.conv1[0]` is what is remembered of conv1's weights, one
   * blob, of AdaDelta and Adam two. Blobs that share their values share their history.
   */
  get paramHistory(): Readonly<Record<string, readonly (readonly Blob[])[]>> {
    return paramHistory(this.#trainNet, this.history);
  }

  /**
   * Trains for `iterations` iterations: in each `iter_size` times forward and backward, one update, and the tests and snapshots that are
   * due.
   *
   * @throws what a TypeScript layer or callback throws; {@link CaffeError}. The iteration at hand is then void, and the
   * next call begins it anew.
   */
  step(iterations: number): void {
    const count = this.#iterations(iterations);
    this.#run(() => {
      this.#native.step(count);
    });
  }

  /**
   * Trains to `max_iter`, and takes the final snapshot unless `snapshot_after_train` is false.
   *
   * @param resume - a solverstate to {@link restore} first
   */
  solve(resume?: string): void {
    if (resume !== undefined) this.restore(resume);
    this.#run(() => {
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
    return this.#tested(this.#testIndex(index), this.#native.test(index));
  }

  #testIndex(index: number): number {
    return expectInteger(index, 'index', 0, Math.max(0, this.testNets.length - 1));
  }

  #tested(index: number, means: number[][]): Record<string, number> {
    const outputs = nameOutputs(this.testNets[index]?.outputs ?? [], means);
    if (this.#listened.has('test')) this.emit('test', { iter: this.iter, index, outputs });
    return outputs;
  }

  /**
   * As {@link step}, on Caffe's own thread: the event loop stays free. Computes the same numbers, bit for bit on the CPU. TypeScript layers
   * are called on this thread, and may return promises. Several solvers take turns. Until it is done the solver and its nets refuse other
   * calls (ERR_CAFFE_BUSY), but for {@link iter}, {@link lr}, {@link loss}, {@link smoothedLoss}, {@link setParam}, {@link snapshotNow} and
   * {@link testAsync}.
   *
   * @param options.signal - when it fires, training stops at the end of the iteration at hand, and the promise is rejected with its
   * reason; the solver can go on
   */
  async stepAsync(iterations: number, options: AsyncOptions = {}): Promise<void> {
    const { signal } = expectSignal(options);
    const count = this.#iterations(iterations);
    await this.#runAsync(signal, () => this.#native.stepAsync(count));
  }

  /**
   * As {@link solve}, on Caffe's own thread; see {@link stepAsync}. An aborted run takes no final snapshot.
   *
   * @param options.resume - a solverstate to {@link restore} first
   */
  async solveAsync(options: AsyncOptions & { resume?: string } = {}): Promise<void> {
    const { signal, resume } = expectSignal(options);
    signal?.throwIfAborted();
    if (resume !== undefined) this.restore(resume);
    await this.#runAsync(signal, () => this.#native.solveAsync());
  }

  /** Caffe adds it to `iter`, and does nothing if the sum is beyond its integers. */
  #iterations(iterations: number): number {
    expectInteger(iterations, 'iterations', 0, mostIterations);
    return Math.min(iterations, mostIterations - this.iter);
  }

  #run(work: () => void): void {
    // The native side refuses it; the run that is under way goes on.
    if (this.#training) {
      work();
      return;
    }
    this.#training = true;
    this.#since = performance.now();
    this.#hearIterations(!isMainThread);
    this.#sources.go();
    try {
      work();
    } finally {
      this.#training = false;
      this.#sources.go();
      this.#hearIterations(false);
      this.#requests.finish();
    }
  }

  async #runAsync(signal: AbortSignal | undefined, start: () => Promise<void>): Promise<void> {
    if (this.#training) return start();
    this.#training = true;
    this.#since = performance.now();
    this.#sources.go();
    try {
      await abortable(signal, this.#stop, start);
    } finally {
      this.#training = false;
      this.#sources.go();
      await this.#requests.finishAsync();
    }
  }

  /**
   * As {@link test}, on Caffe's own thread; see {@link stepAsync}. While the solver runs, the test is made between two of its iterations,
   * and the run goes on; so a layer must not wait for it. What the run leaves undone is done when it is over.
   *
   * @param options.signal - when it fires, the test ends after the batch at hand, and the promise is rejected with its reason; a test
   * between two iterations is made nonetheless
   */
  async testAsync(index = 0, options: AsyncOptions = {}): Promise<Record<string, number>> {
    const { signal } = expectSignal(options);
    this.#testIndex(index);
    if (!this.#training) {
      const start = (): Promise<number[][]> => this.#native.testAsync(index);
      try {
        return this.#tested(index, await abortable(signal, this.#stop, start));
      } finally {
        this.#sources.go();
      }
    }
    signal?.throwIfAborted();
    return this.#requests.make(
      (request) => {
        this.#native.requestTest(request, index);
      },
      (means: number[][]) => this.#tested(index, means),
      { now: () => this.test(index), later: () => this.testAsync(index) },
    );
  }

  /**
   * Trains on Caffe's own thread and reports after every `every` iterations. Between two reports the solver is idle: look at it, change
   * it, test it. Leaving the loop ends the training.
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
      yield this.#report(milliseconds);
      // A layer or callback may have asked the solver to stop.
      if (this.iter === before) return;
    }
  }

  #report(milliseconds: number): TrainingReport {
    const { outputs: names, blobs } = this.net;
    const outputs = nameOutputs(
      names,
      names.map((name) => blobs[name]?.cpuData ?? []),
    );
    return { iter: this.iter, loss: this.loss, smoothedLoss: this.smoothedLoss, lr: this.lr, outputs, milliseconds };
  }

  readonly #stop = (reason: unknown): void => {
    this.#native.requestStop();
    this.#sources.stop(reason);
  };

  readonly #hear = (...event: SolverEvent): string | undefined => {
    switch (event[0]) {
      case 0:
        this.#callbacks.call('onStart');
        break;
      case 1:
        this.#callbacks.call('onGradientsReady');
        break;
      case 2:
        this.emit('lr', { iter: this.iter, lr: event[1], previous: event[2] });
        break;
      case 3:
        this.#iterated();
        break;
      case 4:
        this.#tested(event[1], event[2]);
        break;
      case 5:
        this.#snapshotTaken(event[1]);
        break;
      case 6:
        this.#requests.answer(event[1], event[2], event[3]);
        break;
      case 7:
        return this.#sources.snapshot(this.iter);
    }
    return undefined;
  };

  #iterated(): void {
    const before = this.#since;
    this.#since = performance.now();
    if (this.#profile !== undefined) this.emit('timings', { iter: this.iter, layers: this.#profile.lap() });
    if (this.#listened.has('iteration')) this.emit('iteration', this.#report(this.#since - before));
  }

  /** @internal */
  protected override listen(events: ReadonlySet<string | symbol>): void {
    this.#listened = events;
    if (events.has('timings')) {
      this.#profile ??= this.profile();
    } else {
      this.#profile?.stop();
      this.#profile = undefined;
    }
    const always =
      (this.#callbacks.any ? 0b11 : 0) |
      (this.#stoppable ? 1 << nativeEvents.iteration : 0) |
      (this.#sources.any ? 1 << sourcesEvent : 0);
    const wanted = Object.entries(nativeEvents).filter(([event]) => events.has(event));
    this.#native.listen(wanted.reduce((bits, [, number]) => bits | (1 << number), always));
  }

  #hearIterations(whether: boolean): void {
    if (this.#stoppable === whether) return;
    this.#stoppable = whether;
    this.listen(this.#listened);
  }

  /**
   * Writes `<snapshot_prefix>_iter_<iter>.caffemodel` and `.solverstate`: aside, then renamed, so that both are whole or not there. How far
   * data sources ({@link dataSource}) of the nets have been read stands beside it, in `.solverstate.sources.json`.
   *
   * @returns the path of the solverstate, for {@link restore}
   * @throws {CaffeError} ERR_CAFFE_SOLVER without `snapshot_prefix`; ERR_CAFFE_CHECK or ERR_CAFFE_FILE where it cannot be written
   */
  snapshot(): string {
    return this.#snapshotTaken(this.#native.snapshot()).state;
  }

  /**
   * As {@link snapshot}, also while the solver runs: then it is taken between two iterations, and the run goes on, whether it can be
   * written or not; so a layer must not wait for it. What the run leaves undone is done when it is over.
   */
  async snapshotNow(): Promise<string> {
    if (!this.#training) return this.snapshot();
    return this.#requests.make(
      (request) => {
        this.#native.requestSnapshot(request);
      },
      (files: NativeSnapshot) => this.#snapshotTaken(files).state,
      { now: () => this.snapshot(), later: () => this.snapshotNow() },
    );
  }

  #snapshotTaken({ state, model }: NativeSnapshot): Snapshot {
    const snapshot = { iter: this.iter, state, model };
    if (this.#listened.has('snapshot')) this.emit('snapshot', snapshot);
    return snapshot;
  }

  /**
   * Takes up training where a snapshot left it: iteration, weights and history, and the samples of each {@link dataSource}. Caffe's own data
   * layers begin anew at their first record. The schedule of rates is the prototxt's: the count of steps that a solverstate holds too is left
   * aside.
   *
   * @param path - a solverstate; the weights are in the caffemodel that it names, the places in data sources in `<path>.sources.json`
   * @throws {CaffeError} ERR_CAFFE_SOURCE where that file is missing, is of other sources, or a source cannot be opened there; then, as
   * after any other failure, the solver is as before
   */
  restore(path: string, options: RestoreOptions = {}): void {
    const { sources = true } = expectOptions(options);
    readFile(expectString(path, 'path'));
    const seek = this.#sources.restoring(expectBoolean(sources, 'sources') ? path : undefined);
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
   * Calls `onStart` before each iteration's forward, and `onGradientsReady` after its backward, before the update. What they throw ends
   * the call of {@link step}.
   *
   * @returns a function that removes both
   */
  addCallback(onStart: () => void, onGradientsReady: () => void): () => void {
    expectFunction(onStart, 'onStart');
    expectFunction(onGradientsReady, 'onGradientsReady');
    this.#native.iter(); // a disposed solver refuses
    const remove = this.#callbacks.add({ onStart, onGradientsReady });
    this.listen(this.#listened);
    return () => {
      remove();
      this.listen(this.#listened);
    };
  }

  /** As {@link Net.onNaN}, for the train net and the test nets. In `f` the solver may take a {@link snapshot}. */
  onNaN(f?: (error: CaffeError) => void): () => void {
    const removals = [this.#trainNet, ...this.#testNets].map((net) => net.onNaN(f));
    return () => {
      for (const remove of removals) remove();
    };
  }

  /**
   * Measures from now on how long the iterations take: each layer of the train net, forward and backward, what of it in TypeScript, and
   * the update.
   *
   * @example
   * using profile = solver.profile();
   * solver.step(100);
   * console.log(String(profile));
   */
  profile(): SolverProfile {
    return new SolverProfile(this.#native, this.net.native, Object.values(this.net.layerDict));
  }

  /** Frees the solver and its nets; twice is fine. @throws {CaffeError} ERR_CAFFE_BUSY while it runs */
  dispose(): void {
    this.#native.dispose();
    for (const net of [this.#trainNet, ...this.#testNets]) net.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
