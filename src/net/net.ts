import type { NativeNet } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import { requireCuda } from '../cuda/require-cuda.js';
import {
  argumentError,
  expectBoolean,
  expectFunction,
  expectOptions,
  expectString,
  expectValues,
} from '../error/argument.js';
import type { CaffeError } from '../error/caffe-error.js';
import { Emitter } from '../events/emitter.js';
import type { Subscription } from '../events/subscription.js';
import { writeAside, writeFileAside } from '../file/aside.js';
import { isHdf5 } from '../file/hdf5.js';
import type { Layer } from '../layer/layer.js';
import { native } from '../native/load.js';
import { NetProfile, type LayerProfile } from '../profile/net-profile.js';
import { readFile, type Source } from '../proto/source.js';
import { forwardAll, forwardAllAsync, forwardBackwardAll } from './batches.js';
import { buildNet, checkPhase, type NetOptions } from './build-net.js';
import { disposeAll } from './dispose-all.js';
import { Hooks } from './hooks.js';
import { copyIn, type Arrays } from './inputs.js';
import { lossWeights } from './loss-weights.js';
import { multipliersOf, type Multipliers } from './multipliers.js';
import { Planner, viewsOf, type Plan, type RunOptions } from './plan.js';
import { named, structureOf, type NetLayer } from './structure.js';
import { Transfers } from './transfers.js';

/** The events of a {@link Net}. */
export interface NetEvents {
  /**
   * After each call of `forward`, `backward` and their asynchronous forms: how long the layers took in it. Listening is
   * what makes the net measure, see {@link Net.profile}.
   */
  timings: [layers: LayerProfile[]];
}

function raise(error: CaffeError): never {
  throw error;
}

/**
 * A net of the real Caffe. Its calls block until Caffe is done, on this thread; layers written in TypeScript are called
 * directly.
 *
 * A net is freed by `dispose()` (or `using`), or once nothing refers to it any more. Its blobs stay readable then. An
 * array taken of a blob holds the memory behind it until the array has been collected and the event loop has had a
 * turn: a loop that takes arrays of net after net should yield now and then.
 */
export class Net extends Emitter<NetEvents> implements Disposable {
  /** @internal */
  readonly native: NativeNet;
  readonly name: string;
  readonly layerNames: readonly string[];
  readonly blobNames: readonly string[];
  /** The blobs that the caller fills: the tops of `Input` layers. */
  readonly inputs: readonly string[];
  /** The blobs that no layer consumes, in alphabetical order. */
  readonly outputs: readonly string[];
  /** The blobs by name. */
  readonly blobs: Readonly<Record<string, Blob>>;
  /** The learnable blobs of each layer that has some, by its name: usually weights, then bias. */
  readonly params: Readonly<Record<string, readonly Blob[]>>;
  /** The layers by name. */
  readonly layerDict: Readonly<Record<string, NetLayer>>;
  /** The names of each layer's tops, and of its bottoms. */
  readonly topNames: Readonly<Record<string, readonly string[]>>;
  readonly bottomNames: Readonly<Record<string, readonly string[]>>;
  #paramsLr: Readonly<Record<string, Multipliers>> | undefined;
  #paramsWeightDecay: Readonly<Record<string, Multipliers>> | undefined;
  /** While somebody listens to the timings. */
  #profile: NetProfile | undefined;
  readonly #planner: Planner;
  readonly #hooks: Hooks;
  #lossWeights: Record<string, number> | undefined;
  #checkLabels = true;

  /**
   * Builds a net.
   *
   * @param source - a prototxt's path, `{ text }`, a message object, a NetSpec or bytes
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT with file, line and column for text that is no net; ERR_CAFFE_CHECK with
   * the layer and its line for a net that Caffe refuses; ERR_CAFFE_FILE; ERR_CAFFE_LAYER for a layer class that cannot
   * be found
   */
  constructor(source: Source, phase: 'train' | 'test', options?: NetOptions);
  /** @internal */
  constructor(source: NativeNet, phase?: never);
  constructor(source: Source | NativeNet, phase?: 'train' | 'test', options: NetOptions = {}) {
    super();
    expectOptions(options);
    this.native = source instanceof native.Net ? source : buildNet(source, checkPhase(phase), options);
    const structure = structureOf(this.native);
    this.name = structure.name;
    this.layerNames = structure.layerNames;
    this.blobNames = structure.blobNames;
    this.inputs = structure.inputs;
    this.outputs = structure.outputs;
    this.blobs = structure.blobs;
    this.params = structure.params;
    this.layerDict = structure.layerDict;
    this.topNames = structure.topNames;
    this.bottomNames = structure.bottomNames;
    this.#planner = new Planner(structure);
    this.#hooks = new Hooks(this.native, structure.layerNames);
    if (options.weights !== undefined) this.copyFrom(options.weights);
  }

  /**
   * How much each blob counts in the loss: 1 for the top of a loss layer, unless its `loss_weight` says otherwise, 0
   * for others. Set one, `net.blobLossWeights.loss = 0.5`, and it counts from the next forward on, also while a solver
   * trains (asynchronously: from its next iteration on) and inside its callbacks. What forward returns for the blob is
   * not multiplied by it.
   *
   * @throws {RangeError} on setting that of a blob whose weight was 0 when the net was built: Caffe has planned no
   * gradient for it
   */
  get blobLossWeights(): Record<string, number> {
    return (this.#lossWeights ??= lossWeights(this.native, this.blobNames));
  }

  /**
   * What the solver multiplies its learning rate with for each blob of {@link params}: `lr_mult` of the prototxt. They
   * may be set, also while a solver trains the net asynchronously: then they count from its next iteration on. A blob
   * that layers share has one of them.
   *
   * A layer that was built with `lr_mult: 0` has no gradients, and setting it does not give it some.
   *
   * @example
   * solver.net.paramsLr.conv1[0] = 0; // what momentum has gathered still moves the weights
   * @throws {RangeError} for a multiplier that is negative or not finite; {@link CaffeError} ERR_CAFFE_BUSY when it is
   * read while Caffe runs
   */
  get paramsLr(): Readonly<Record<string, Multipliers>> {
    return (this.#paramsLr ??= this.#multipliers('lr'));
  }

  /** The same for the weight decay: `decay_mult` of the prototxt. */
  get paramsWeightDecay(): Readonly<Record<string, Multipliers>> {
    return (this.#paramsWeightDecay ??= this.#multipliers('decay'));
  }

  #multipliers(what: 'lr' | 'decay'): Readonly<Record<string, Multipliers>> {
    const layers = Object.values(this.layerDict).filter(({ blobs }) => blobs.length > 0);
    return named(layers.map((layer) => [layer.name, multipliersOf(this.native, what, layer)]));
  }

  /**
   * Computes the net, or its layers from `start` to `end`.
   *
   * @param inputs - values for all of {@link inputs}, copied in first; without them the blobs are used as they are
   * @returns the data of {@link outputs} (with `end`, of that layer's tops) and of `options.blobs`: views on Caffe's
   * memory, overwritten by the next call; `slice()` keeps one
   * @throws what a TypeScript layer throws; {@link CaffeError} ERR_CAFFE_CHECK, ERR_CAFFE_BUSY, ERR_CAFFE_DISPOSED
   */
  forward(inputs?: Arrays, options?: RunOptions): Record<string, Float32Array> {
    const plan = this.#planner.forward(options);
    this.#fill(plan, inputs);
    this.native.forward(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  /**
   * As {@link forward}, on Caffe's own thread: the event loop stays free, and TypeScript layers may return promises.
   * Until it is done, the net and its blobs refuse other calls (ERR_CAFFE_BUSY); arrays taken from blobs before are
   * being written to meanwhile.
   */
  async forwardAsync(inputs?: Arrays, options?: RunOptions): Promise<Record<string, Float32Array>> {
    const plan = this.#planner.forward(options);
    this.#fill(plan, inputs);
    await this.native.forwardAsync(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  /**
   * Computes the gradients, from the last layer (or `start`) back to the first (or `end`).
   *
   * @param diffs - diffs for all of {@link outputs}, copied in first
   * @returns the diffs of {@link inputs} (with `end`, of that layer's bottoms) and of `options.blobs`: views, as of
   * {@link forward}
   */
  backward(diffs?: Arrays, options?: RunOptions): Record<string, Float32Array> {
    const plan = this.#planner.backward(options);
    this.#fill(plan, diffs);
    this.native.backward(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  /** As {@link backward}, on Caffe's own thread; see {@link forwardAsync}. */
  async backwardAsync(diffs?: Arrays, options?: RunOptions): Promise<Record<string, Float32Array>> {
    const plan = this.#planner.backward(options);
    this.#fill(plan, diffs);
    await this.native.backwardAsync(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  #fill({ filled, values }: Plan, arrays: Arrays | undefined): void {
    if (arrays !== undefined) copyIn(arrays, filled, this.blobs, values);
  }

  #resultOf(plan: Plan): Record<string, Float32Array> {
    if (this.#profile !== undefined) this.emit('timings', this.#profile.lap());
    return viewsOf(plan);
  }

  /**
   * As {@link forward}, for any number of items, none included: in batches of the net's own size, the last filled up
   * with zeros.
   *
   * @param inputs - values for all of {@link inputs}: those of all items for a blob whose first axis is the batch,
   * those of all batches for others
   * @returns copies, likewise of all items or all batches
   * @throws {TypeError} for other names than those of the inputs
   * @throws {RangeError} for a net without inputs; for no whole number of items, or inputs with different numbers of
   * them; all that before the first batch is computed
   */
  forwardAll(inputs: Arrays, options: Pick<RunOptions, 'blobs'> = {}): Record<string, Float32Array> {
    return forwardAll(this, inputs, expectOptions(options).blobs ?? []);
  }

  /**
   * As {@link forwardAll}, with the net on Caffe's own thread; see {@link forwardAsync}. Leave the arrays as they are
   * until it is done.
   */
  async forwardAllAsync(
    inputs: Arrays,
    options: Pick<RunOptions, 'blobs'> = {},
  ): Promise<Record<string, Float32Array>> {
    return forwardAllAsync(this, inputs, expectOptions(options).blobs ?? []);
  }

  /**
   * As {@link forwardAll}, with a backward after each forward.
   *
   * @param diffs - diffs for all of {@link outputs}, as many items as `inputs`; without them those that are there, as a
   * loss's weight
   * @returns copies: of data of the outputs and `options.blobs`, and of diffs of the inputs and `options.diffs`
   * @throws as {@link forwardAll}, likewise for `diffs`
   */
  forwardBackwardAll(
    inputs: Arrays,
    diffs?: Arrays,
    options: { blobs?: string[]; diffs?: string[] } = {},
  ): { blobs: Record<string, Float32Array>; diffs: Record<string, Float32Array> } {
    return forwardBackwardAll(this, inputs, diffs, expectOptions(options));
  }

  /**
   * Gives a `MemoryData` layer, the net's first, what it reads its batches from. The arrays are copied.
   *
   * @param data - n·C·H·W values, n a multiple of the layer's batch size
   * @param labels - n labels
   * @throws {CaffeError} ERR_CAFFE_LAYER for another first layer, or other counts
   */
  setInputArrays(data: ArrayLike<number>, labels: ArrayLike<number>): void {
    const values = Float32Array.from(expectValues(data, 'data'));
    this.native.setInputArrays(values, Float32Array.from(expectValues(labels, 'labels')));
  }

  /** Gives every blob the shape that follows from its layer's bottoms, without computing. */
  reshape(): void {
    this.native.reshape();
  }

  /** Sets the diffs of all learnable blobs to 0. */
  clearParamDiffs(): void {
    this.native.clearParamDiffs();
  }

  /**
   * Copies trained weights in, layer by layer of the same name; layers that only one side has are left alone.
   *
   * @param weights - the path of a caffemodel, binary or HDF5, or the bytes of a binary one
   * @throws {CaffeError} ERR_CAFFE_FILE, ERR_CAFFE_FORMAT; ERR_CAFFE_CHECK if a layer's count or shapes differ
   */
  copyFrom(weights: string | Uint8Array): void {
    if (weights instanceof Uint8Array) {
      this.native.copyFrom(weights, 'weights');
      return;
    }
    const bytes = readFile(expectString(weights, 'weights'));
    if (isHdf5(bytes)) {
      this.native.copyFromHdf5(weights);
    } else {
      this.native.copyFrom(bytes, weights);
    }
  }

  /** Uses the weights of another net as its own, for layers of the same name: afterwards both see every change. */
  shareWith(net: Net): void {
    if (!(net instanceof Net)) throw argumentError('a Net', 'net', net);
    this.native.shareWith(net.native);
  }

  /**
   * The net with its weights as the bytes of a NetParameter: what a caffemodel file holds. `diff` adds the gradients.
   */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.native.toProto(expectBoolean(expectOptions(options).diff ?? false, 'diff'));
  }

  /**
   * Saves the net with its weights as a caffemodel. The file is written aside and renamed: what was there stays until
   * the new one is whole.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE; ERR_CAFFE_TOO_LARGE above 2 GB: use {@link saveHDF5}
   */
  save(path: string): void {
    writeFileAside(expectString(path, 'path'), this.toProto());
  }

  /** Saves the weights as HDF5, likewise written aside. */
  saveHDF5(path: string, options: { diff?: boolean } = {}): void {
    const diff = expectBoolean(expectOptions(options).diff ?? false, 'diff');
    writeAside(expectString(path, 'path'), (aside) => {
      this.native.saveHdf5(aside, diff);
    });
  }

  /** Loads weights from HDF5, as {@link copyFrom}. */
  loadHDF5(path: string): void {
    readFile(expectString(path, 'path'));
    this.native.copyFromHdf5(path);
  }

  /**
   * Calls `f` before each layer's forward, with the layer's name and index. What it throws ends the call.
   *
   * In an asynchronous call (`forwardAsync`, `stepAsync`, `train`) `f` may return a promise: Caffe waits for it, and
   * what it is rejected with ends the call. In a synchronous call a promise is an error: ERR_CAFFE_LAYER. The same
   * holds for the other hooks and for {@link onNaN}.
   *
   * @returns a function that removes it
   */
  beforeForward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.beforeForward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` after each layer's forward; see {@link beforeForward}. */
  afterForward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.afterForward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` before each layer's backward; see {@link beforeForward}. */
  beforeBackward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.beforeBackward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` after each layer's backward; see {@link beforeForward}. */
  afterBackward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.afterBackward.add(expectFunction(f, 'f'));
  }

  /**
   * Looks for NaN and infinities in what each layer computes, and calls `f` for the first one in each pass: with
   * {@link CaffeError} ERR_CAFFE_NAN, which names the layer, its blob (or learnable blob), data or diff, and the
   * element. What `f` throws ends the call; by default it throws that error. Costs a sum over each blob, and nothing
   * once it is removed.
   *
   * Weights that an update spoils are found in the next forward.
   *
   * @returns a function that removes it
   * @example
   * net.onNaN((error) => console.warn(error.message));
   */
  onNaN(f: (error: CaffeError) => unknown = raise): Subscription {
    return this.#hooks.nan.add(expectFunction(f, 'f'));
  }

  /**
   * Whether SoftmaxWithLoss, InfogainLoss, MultinomialLogisticLoss, HingeLoss, Accuracy and Embed refuse labels
   * (indices) that are no integers, or beyond their classes: ERR_CAFFE_LABEL. True by default. Caffe itself does not
   * look: it cuts 1.7 to 1, and with a label out of range reads and writes memory that is not the blob's.
   */
  get checkLabels(): boolean {
    return this.#checkLabels;
  }

  set checkLabels(whether: boolean) {
    this.native.checkLabels(expectBoolean(whether, 'checkLabels'));
    this.#checkLabels = whether;
  }

  /**
   * Measures from now on how long each layer takes, forward and backward, and what of it in TypeScript.
   *
   * @example
   * using profile = net.profile();
   * for (let i = 0; i < 100; i++) net.forward();
   * console.log(String(profile));
   */
  profile(): NetProfile {
    return new NetProfile(this.native, Object.values(this.layerDict));
  }

  /**
   * What has been copied between host and GPU for this net since it was made, or since {@link clearTransfers}: by
   * Caffe's layers, which copy where one computes on the other side, by looks at blobs, by the threads that read data.
   * Computed numbers that Caffe hands over one by one (a loss) are not among them.
   *
   * @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA
   *
   * @example
   * net.clearTransfers();
   * solver.step(10);
   * console.log(String(net.transfers()));
   */
  transfers(): Transfers {
    requireCuda();
    return new Transfers(this.native.transferCounts(), this.layerNames);
  }

  /** Begins to count {@link transfers} anew. @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA */
  clearTransfers(): void {
    requireCuda();
    this.native.clearTransfers();
  }

  /** @internal */
  protected override listen(events: ReadonlySet<string | symbol>): void {
    if (events.has('timings')) {
      this.#profile ??= this.profile();
    } else {
      this.#profile?.stop();
      this.#profile = undefined;
    }
  }

  /**
   * Frees the net; twice is fine. Its blobs and views stay readable.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while it runs; what `dispose` of a layer throws, once all have been called,
   * or an AggregateError if several throw
   */
  dispose(): void {
    if (this.native.isDisposed()) return;
    this.native.dispose();
    disposeAll(this.native.layers.map(({ layer }) => layer as Layer));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
