import type { NativeSolver } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import { setDevice, setMode } from '../caffe/state.js';
import { argumentError, expectFunction, expectInteger, expectString } from '../error/argument.js';
import { searchingIn } from '../layer/module-search.js';
import { native } from '../native/load.js';
import { Net } from '../net/net.js';
import { withPlaces } from '../proto/place.js';
import { decodeMessage, encodeMessage, type caffe } from '../proto/schema.js';
import { readFile, type Source } from '../proto/source.js';
import { abortable } from './abort.js';
import { nameOutputs } from './outputs.js';
import { readSolver, type SolverParameterRead, type SolverType } from './parameter.js';

/** The fields of a solver that can be read while it trains: all but its nets. */
export type SolverParameter = caffe.SolverParameter;

/** What Caffe reads anew in each iteration, and divides by nothing. */
const liveFields = [
  'baseLr',
  'gamma',
  'power',
  'momentum',
  'weightDecay',
  'clipGradients',
  'maxIter',
  'display',
  'testInterval',
  'snapshot',
  'snapshotPrefix',
  'snapshotFormat',
  'snapshotDiff',
] as const;
type LiveField = (typeof liveFields)[number];

export interface AsyncOptions {
  signal?: AbortSignal;
}

export interface TrainOptions extends AsyncOptions {
  iterations?: number;
  every?: number;
}

/** What {@link Solver.train} tells. */
export interface TrainingReport {
  iter: number;
  /** Of the last iteration. */
  loss: number;
  /** The mean over the last `average_loss` iterations. */
  smoothedLoss: number;
  /** Of the next update. */
  lr: number;
  /** The train net's outputs in the last iteration: by name if one number, else `name[i]`. */
  outputs: Record<string, number>;
  /** The mean time of an iteration since the last report. */
  milliseconds: number;
}

const mostIterations = 2 ** 31 - 1;

/** `solver_mode` and `device_id`: Caffe's library ignores them, only its command-line tool reads them. */
function applyMode(parameter: caffe.SolverParameter): void {
  if (!Object.hasOwn(parameter, 'solverMode')) return;
  const gpu = parameter.solverMode === 1;
  setMode(gpu ? 'gpu' : 'cpu');
  if (gpu) setDevice(parameter.deviceId);
}

function build({ bytes, parameter, file, nets, folders }: SolverParameterRead): NativeSolver {
  const make = (): NativeSolver => {
    applyMode(parameter);
    return searchingIn(folders, () => new native.Solver(bytes));
  };
  return withPlaces(nets, undefined, make, file);
}

/**
 * A solver of the real Caffe: a train net, test nets and an update rule. `Solver` takes the rule that the prototxt's `type` names (SGD by
 * default); {@link SGDSolver} and the others force theirs.
 *
 * Its calls block until Caffe is done, on this thread. Nets named in a solver prototxt are looked for from the working folder, as
 * Caffe does, then beside the solver's file.
 */
export class Solver implements Disposable {
  readonly #native: NativeSolver;
  readonly #trainNet: Net;
  readonly #testNets: readonly Net[];

  /**
   * Builds the solver and its nets.
   *
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT, ERR_CAFFE_FILE, ERR_CAFFE_CHECK, ERR_CAFFE_LAYER as for a {@link Net};
   * ERR_CAFFE_NO_GPU for `solver_mode: GPU` where the linked Caffe has none
   */
  constructor(source: Source) {
    this.#native = build(readSolver(source, (this.constructor as typeof Solver).type));
    const [trainNet, ...testNets] = this.#native.nets;
    this.#trainNet = new Net(trainNet);
    this.#testNets = testNets.map((net) => new Net(net));
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

  /** The learning rate of the next update, by the prototxt's `lr_policy`. */
  get lr(): number {
    return this.#native.lr();
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
   * Changes fields of {@link param} while the solver lives, such as `{ baseLr: 0.001 }`; they count from the next iteration on.
   *
   * @throws {TypeError} for a field that Caffe only reads when a solver is built
   */
  setParam(fields: Pick<caffe.SolverParameter.$Properties, LiveField>): void {
    const fixed = Object.keys(fields).find((field) => !liveFields.includes(field as LiveField));
    if (fixed !== undefined) {
      throw new TypeError(
        `Expected fields that can change while a solver lives (${liveFields.join(', ')}) but received ${fixed}`,
      );
    }
    this.#native.setParam(encodeMessage('SolverParameter', fields));
  }

  /** What the update rule remembers, such as momentum: blobs in the order of the net's learnable parameters. */
  get history(): readonly Blob[] {
    return this.#native.history() as Blob[];
  }

  /**
   * Trains for `iterations` iterations: in each `iter_size` times forward and backward, one update, and the tests and snapshots that are
   * due.
   *
   * @throws what a TypeScript layer or callback throws; {@link CaffeError}. The iteration at hand is then void, and the
   * next call begins it anew.
   */
  step(iterations: number): void {
    this.#native.step(expectInteger(iterations, 'iterations', 0, mostIterations));
  }

  /**
   * Trains to `max_iter`, and takes the final snapshot unless `snapshot_after_train` is false.
   *
   * @param resume - a solverstate to {@link restore} first
   */
  solve(resume?: string): void {
    if (resume !== undefined) this.restore(resume);
    this.#native.solve();
  }

  /**
   * Runs a test net for its `test_iter` batches on the weights of now.
   *
   * @param index - which test net
   * @returns the mean of each output over the batches: by its name if it is one number, else by `name[i]`
   */
  test(index = 0): Record<string, number> {
    expectInteger(index, 'index', 0, Math.max(0, this.testNets.length - 1));
    return nameOutputs(this.testNets[index]?.outputs ?? [], this.#native.test(index));
  }

  /**
   * As {@link step}, on Caffe's own thread: the event loop stays free. Computes the same numbers, bit for bit on the CPU. TypeScript layers
   * are called on this thread, and may return promises. Several solvers take turns. Until it is done the solver and its nets refuse other
   * calls (ERR_CAFFE_BUSY), but for {@link iter}, {@link loss}, {@link smoothedLoss} and changes of {@link param}.
   *
   * @param options.signal - when it fires, training stops at the end of the iteration at hand, and the promise is rejected with its
   * reason; the solver can go on
   */
  async stepAsync(iterations: number, { signal }: AsyncOptions = {}): Promise<void> {
    expectInteger(iterations, 'iterations', 0, mostIterations);
    await abortable(signal, this.#stop, () => this.#native.stepAsync(iterations));
  }

  /** As {@link solve}, on Caffe's own thread; see {@link stepAsync}. An aborted run takes no final snapshot. */
  async solveAsync({ signal }: AsyncOptions = {}): Promise<void> {
    await abortable(signal, this.#stop, () => this.#native.solveAsync());
  }

  /** As {@link test}, on Caffe's own thread; see {@link stepAsync}. */
  async testAsync(index = 0): Promise<Record<string, number>> {
    expectInteger(index, 'index', 0, Math.max(0, this.testNets.length - 1));
    return nameOutputs(this.testNets[index]?.outputs ?? [], await this.#native.testAsync(index));
  }

  /**
   * Trains on Caffe's own thread and reports after every `every` iterations. Between two reports the solver is idle: look at it, change
   * it, test it. Leaving the loop ends the training.
   *
   * @param options.iterations - how many in all; by default up to `max_iter`
   * @example
   * for await (const { iter, loss } of solver.train({ every: 100 })) console.log(iter, loss);
   */
  async *train({ iterations, every = 1, signal }: TrainOptions = {}): AsyncGenerator<TrainingReport, void, undefined> {
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

  readonly #stop = (): void => {
    this.#native.requestStop();
  };

  /**
   * Writes `<snapshot_prefix>_iter_<iter>.caffemodel` and `.solverstate`: aside, then renamed, so that both are whole or not there.
   *
   * @returns the path of the solverstate, for {@link restore}
   * @throws {CaffeError} ERR_CAFFE_SOLVER without `snapshot_prefix`; ERR_CAFFE_CHECK or ERR_CAFFE_FILE where it cannot be written
   */
  snapshot(): string {
    return this.#native.snapshot();
  }

  /**
   * Takes up training where a snapshot left it: iteration, weights and history. Data layers begin anew at their first record.
   *
   * @param path - a solverstate; the weights are in the caffemodel that it names
   */
  restore(path: string): void {
    readFile(expectString(path, 'path'));
    this.#native.restore(path);
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
    const callback = this.#native.addCallback(onStart, onGradientsReady);
    return () => {
      this.#native.removeCallback(callback);
    };
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

/** A solver of the rule that its prototxt names: pycaffe's `get_solver`, the same as `new Solver(source)`. */
export function getSolver(source: Source): Solver {
  return new Solver(source);
}

/** Stochastic gradient descent with momentum, whatever the prototxt's `type`. */
export class SGDSolver extends Solver {
  static override readonly type = 'SGD';
}

/** Nesterov's accelerated gradient. */
export class NesterovSolver extends Solver {
  static override readonly type = 'Nesterov';
}

/** AdaGrad; `momentum` must be 0. */
export class AdaGradSolver extends Solver {
  static override readonly type = 'AdaGrad';
}

/** RMSProp; `momentum` must be 0. */
export class RMSPropSolver extends Solver {
  static override readonly type = 'RMSProp';
}

/** AdaDelta. */
export class AdaDeltaSolver extends Solver {
  static override readonly type = 'AdaDelta';
}

/** Adam. */
export class AdamSolver extends Solver {
  static override readonly type = 'Adam';
}
