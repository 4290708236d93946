import { inspect, type InspectOptionsStylized } from 'node:util';
import { isUint8Array } from 'node:util/types';
import type { NativeNet } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import { inAnyCopy } from '../copies/any-copy.js';
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
import { netText } from '../inspect/net-text.js';
import type { Layer } from '../layer/layer.js';
import { native } from '../native/load.js';
import { NetProfile, type LayerProfile } from '../profile/net-profile.js';
import { readFile, type Source } from '../proto/source.js';
import { forwardAll, forwardAllAsync, forwardBackwardAll } from './batches.js';
import { buildNet, buildNetAsync, checkPhase, netOptions, type NetOptions } from './build-net.js';
import { disposeAll } from './dispose-all.js';
import { Hooks } from './hooks.js';
import { copyIn, isGiven, type Arrays } from './inputs.js';
import { lossWeights } from './loss-weights.js';
import { multipliersOf, type Multipliers } from './multipliers.js';
import { named } from './named.js';
import { Planner, viewsOf, type Plan, type RunOptions } from './plan.js';
import { structureOf, type NetLayer } from './structure.js';
import { Transfers } from './transfers.js';

/** The events of a {@link Net}. */
export interface NetEvents {
  /**
   * After each call of `forward`, `backward` and their asynchronous forms: how long the layers took in that call. The
   * net measures only while this event has a listener. See {@link Net.profile}.
   */
  timings: [layers: LayerProfile[]];
}

function raise(error: CaffeError): never {
  throw error;
}

/**
 * A net of the real Caffe. Synchronous calls run on the calling thread and block until Caffe is done. They call layers
 * written in TypeScript directly.
 *
 * Call `dispose()` (or use `using`) to free a net. A net that nothing refers to is also freed. Its blobs stay
 * readable. An array taken from a blob keeps the blob's memory alive until the array has been garbage-collected and
 * the event loop has turned once. A loop that takes arrays from one net after another should therefore yield now and
 * then.
 */
export class Net extends Emitter<NetEvents> implements Disposable {
  /** @internal */
  readonly native: NativeNet;
  /** The name in the prototxt, `''` if it has none. */
  readonly name: string;
  /** The names of the layers, in the order in which Caffe runs them. */
  readonly layerNames: readonly string[];
  /** The layers, in the order in which Caffe runs them. Here are also layers that have a name in common. */
  readonly layers: readonly NetLayer[];
  /** The names of all blobs. */
  readonly blobNames: readonly string[];
  /** The names of the blobs that the caller fills: the tops of `Input` layers. */
  readonly inputs: readonly string[];
  /** The names of the blobs that no layer consumes, in alphabetical order. */
  readonly outputs: readonly string[];
  /**
   * The blobs by name, in the order of {@link blobNames}. A name that it does not have is a RangeError with the nearest
   * one, here and in the next four; ask `name in net.blobs` first.
   */
  readonly blobs: Readonly<Record<string, Blob>>;
  /**
   * The learnable blobs by layer name, in the order of the layers: usually weights, then bias. Layers without learnable
   * blobs are left out. Of layers that have a name in common it has the last; {@link layers} has all.
   */
  readonly params: Readonly<Record<string, readonly Blob[]>>;
  /** The layers by name, in their order. Of layers that have a name in common it has the last. */
  readonly layerDict: Readonly<Record<string, NetLayer>>;
  /** The names of each layer's tops, by layer name. */
  readonly topNames: Readonly<Record<string, readonly string[]>>;
  /** The names of each layer's bottoms, by layer name. */
  readonly bottomNames: Readonly<Record<string, readonly string[]>>;
  #paramsLr: Readonly<Record<string, Multipliers>> | undefined;
  #paramsWeightDecay: Readonly<Record<string, Multipliers>> | undefined;
  /** Set while the event `timings` has a listener. */
  #profile: NetProfile | undefined;
  readonly #planner: Planner;
  readonly #hooks: Hooks;
  #lossWeights: Record<string, number> | undefined;
  #checkLabels = true;

  /**
   * Builds a net.
   *
   * @param source - a prototxt's path, `{ text }`, a message object, a NetSpec or bytes
   * @param phase - `'train'` or `'test'`
   * @throws {TypeError} for another `phase`
   * @throws {CaffeError} ERR_CAFFE_PROTOTXT, with file, line and column, for text that is not a net; ERR_CAFFE_CHECK,
   * with the layer and its line, for a net that Caffe refuses; ERR_CAFFE_FILE for a file that cannot be read;
   * ERR_CAFFE_LAYER for a layer class that cannot be found
   */
  constructor(source: Source, phase: 'train' | 'test', options?: NetOptions);
  /** @internal */
  constructor(source: NativeNet, phase?: never);
  constructor(source: Source | NativeNet, phase?: 'train' | 'test', options: NetOptions = {}) {
    super();
    expectOptions(options, netOptions);
    this.native = source instanceof native.Net ? source : buildNet(source, checkPhase(phase), options);
    const structure = structureOf(this.native);
    this.name = structure.name;
    this.layerNames = structure.layerNames;
    this.layers = structure.layers;
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
    if (options.weights !== undefined) this.#loadFirst(options.weights);
  }

  /**
   * Builds a net on Caffe's own thread. The event loop stays free, and the `setup` and `reshape` of TypeScript layers
   * may return promises, which are waited for: a layer that must fetch something before it knows its shapes. Blobs that
   * such layers keep refuse access (ERR_CAFFE_BUSY) between their callbacks until the net is whole.
   *
   * Takes the same arguments as the constructor, and rejects with the same errors.
   */
  static async create(source: Source, phase: 'train' | 'test', options: NetOptions = {}): Promise<Net> {
    const net = await buildNetAsync(source, checkPhase(phase), expectOptions(options, netOptions));
    return new this(net as never, phase, options);
  }

  /** Weights that cannot be loaded leave no net behind: its layers would never be disposed. */
  #loadFirst(weights: string | Uint8Array): void {
    try {
      this.copyFrom(weights);
    } catch (error) {
      try {
        this.dispose();
      } catch {
        // The weights are what the caller must hear of.
      }
      throw error;
    }
  }

  /**
   * The weight of each blob in the loss. The top of a loss layer has weight 1 unless its `loss_weight` says otherwise.
   * Other blobs have weight 0.
   *
   * To change a weight, set it: `net.blobLossWeights.loss = 0.5`. The new weight applies from the next forward on. You
   * may set it while a solver trains, also inside the solver's callbacks. In an asynchronous run it applies from the
   * next iteration on. The value that forward returns for the blob is not multiplied by the weight.
   *
   * @throws {RangeError} when you set the weight of a blob whose weight was 0 when the net was built: Caffe has
   * planned no gradient for it. Also for a weight that is not finite
   */
  get blobLossWeights(): Record<string, number> {
    return (this.#lossWeights ??= lossWeights(this.native, this.blobNames));
  }

  /**
   * The factor that the solver applies to its learning rate for each blob of {@link params}: `lr_mult` of the
   * prototxt. You may set the factors, also while a solver trains the net asynchronously. A change then applies from
   * the next iteration on. A blob that several layers share has one factor.
   *
   * A layer that was built with `lr_mult: 0` has no gradients. Setting the factor later does not give it gradients.
   *
   * @example
   * solver.net.paramsLr.conv1[0] = 0; // the momentum gathered so far still moves the weights
   * @throws {RangeError} for a factor that is negative or not finite
   * @throws {CaffeError} ERR_CAFFE_BUSY when you read a factor while Caffe runs
   */
  get paramsLr(): Readonly<Record<string, Multipliers>> {
    return (this.#paramsLr ??= this.#multipliers('lr'));
  }

  /** The factor for the weight decay: `decay_mult` of the prototxt. It works as in {@link paramsLr}. */
  get paramsWeightDecay(): Readonly<Record<string, Multipliers>> {
    return (this.#paramsWeightDecay ??= this.#multipliers('decay'));
  }

  #multipliers(what: 'lr' | 'decay'): Readonly<Record<string, Multipliers>> {
    const layers = this.layers.filter(({ blobs }) => blobs.length > 0);
    return named(
      'layer',
      layers.map((layer) => [layer.name, multipliersOf(this.native, what, layer)]),
      this.layers.filter(({ blobs }) => blobs.length === 0).map(({ name }) => name),
    );
  }

  /**
   * Runs the whole net forward, or its layers from `start` to `end`.
   *
   * @param inputs - values for all of {@link Net.inputs}, which are copied in first. Without it, or with `{}`, the
   * blobs are used as they are
   * @returns the data of {@link Net.outputs} and of `options.blobs`. With `end`, the data of that layer's tops replace
   * those of the outputs. The arrays are views on Caffe's memory, and the next call overwrites them. `slice()` makes a
   * copy
   * @throws what a TypeScript layer throws
   * @throws {CaffeError} ERR_CAFFE_CHECK, ERR_CAFFE_BUSY, ERR_CAFFE_DISPOSED
   */
  forward(inputs?: Arrays, options?: RunOptions): Record<string, Float32Array> {
    const plan = this.#planner.forward(options);
    this.#fill(plan, inputs);
    this.native.forward(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  /**
   * Like {@link forward}, but on Caffe's own thread. The event loop stays free, and TypeScript layers may return
   * promises. Until the promise settles, the net and its blobs refuse other calls (ERR_CAFFE_BUSY). Caffe writes to
   * arrays that were taken from blobs before the call.
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
   * Caffe plans gradients when it builds the net: for the weights that a loss depends on, and for what lies between. It
   * plans none for inputs and for a net without a loss, unless the net has `force_backward`: see
   * {@link NetOptions.forceBackward}. And none for labels.
   *
   * @param diffs - diffs for all of {@link Net.outputs}, which are copied in first. Without it, or with `{}`, the diffs
   * are used as they are
   * @returns the diffs of {@link Net.inputs} and of `options.blobs`. With `end`, the diffs of that layer's bottoms
   * replace those of the inputs. The arrays are views, as in {@link forward}. An input for which no gradient is planned
   * is not among the keys, and reading it throws a RangeError
   * @throws {RangeError} if `diffs` are given but no layer computes a gradient, and for `options.blobs` for which none
   * is planned
   */
  backward(diffs?: Arrays, options?: RunOptions): Record<string, Float32Array> {
    const plan = this.#planner.backward(options, isGiven(diffs, 'diff'));
    this.#fill(plan, diffs);
    this.native.backward(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  /** Like {@link backward}, but on Caffe's own thread. See {@link forwardAsync}. */
  async backwardAsync(diffs?: Arrays, options?: RunOptions): Promise<Record<string, Float32Array>> {
    const plan = this.#planner.backward(options, isGiven(diffs, 'diff'));
    this.#fill(plan, diffs);
    await this.native.backwardAsync(plan.first, plan.last);
    return this.#resultOf(plan);
  }

  #fill({ filled, values }: Plan, arrays: Arrays | undefined): void {
    if (isGiven(arrays, values)) copyIn(arrays, filled, this.blobs, values);
  }

  #resultOf(plan: Plan): Record<string, Float32Array> {
    if (this.#profile !== undefined) this.emit('timings', this.#profile.lap());
    return viewsOf(plan);
  }

  /**
   * Like {@link forward}, but for any number of items, including none. It runs in batches of the net's batch size. The
   * last batch is padded with zeros.
   *
   * @param inputs - values for all of {@link Net.inputs}. A blob whose first axis is the batch takes the values of all
   * items. Any other blob takes the values of all batches
   * @returns copies, with the values of all items or all batches in the same way
   * @throws {TypeError} for names that are not inputs
   * @throws {RangeError} for a net without inputs, for a number of items that is not whole, and for inputs with
   * different numbers of items. Each of these is checked before the first batch runs
   */
  forwardAll(inputs: Arrays, options: Pick<RunOptions, 'blobs'> = {}): Record<string, Float32Array> {
    return forwardAll(this, inputs, expectOptions(options, ['blobs']).blobs ?? []);
  }

  /**
   * Like {@link forwardAll}, but with the net on Caffe's own thread. See {@link forwardAsync}. Do not change the
   * arrays until the promise settles.
   */
  async forwardAllAsync(
    inputs: Arrays,
    options: Pick<RunOptions, 'blobs'> = {},
  ): Promise<Record<string, Float32Array>> {
    return forwardAllAsync(this, inputs, expectOptions(options, ['blobs']).blobs ?? []);
  }

  /**
   * Like {@link forwardAll}, with a backward after each forward.
   *
   * @param diffs - diffs for all of {@link Net.outputs}, for as many items as `inputs`. Without it, or with `{}`, the
   * diffs are used as they are, such as the weight of a loss
   * @returns copies: `blobs` has the data of the outputs and of `options.blobs`; `diffs` has the diffs of the inputs
   * and of `options.diffs`
   * @throws as {@link forwardAll}, also for `diffs`
   */
  forwardBackwardAll(
    inputs: Arrays,
    diffs?: Arrays,
    options: { blobs?: string[]; diffs?: string[] } = {},
  ): { blobs: Record<string, Float32Array>; diffs: Record<string, Float32Array> } {
    return forwardBackwardAll(this, inputs, diffs, expectOptions(options, ['blobs', 'diffs']));
  }

  /**
   * Sets the arrays that a `MemoryData` layer reads its batches from. That layer must be the first of the net. The
   * arrays are copied.
   *
   * @param data - n·C·H·W values, where n is a multiple of the layer's batch size
   * @param labels - n labels
   * @throws {CaffeError} ERR_CAFFE_LAYER if the first layer is another type, or the counts do not fit
   */
  setInputArrays(data: ArrayLike<number>, labels: ArrayLike<number>): void {
    const values = Float32Array.from(expectValues(data, 'data'));
    this.native.setInputArrays(values, Float32Array.from(expectValues(labels, 'labels')));
  }

  /** Gives every blob the shape that follows from its layer's bottoms. It computes no values. */
  reshape(): void {
    this.native.reshape();
  }

  /** Sets the diffs of all learnable blobs to 0. */
  clearParamDiffs(): void {
    this.native.clearParamDiffs();
  }

  /**
   * Copies trained weights into the layers of the same name. Layers that only one side has stay as they are. Of layers
   * that have a name in common the first is paired with the first, the second with the second.
   *
   * @param weights - the path of a caffemodel (binary or HDF5), or the bytes of a binary one
   * @throws {CaffeError} ERR_CAFFE_FILE for a file that cannot be read; ERR_CAFFE_FORMAT for one that is not a
   * caffemodel; ERR_CAFFE_CHECK if a layer's blob count or shapes differ; ERR_CAFFE_LAYER if both have several layers
   * of one name, but not the same number of them
   */
  copyFrom(weights: string | Uint8Array): void {
    if (isUint8Array(weights)) {
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

  /**
   * Shares the weights of another net, for layers of the same name, and for learnable blobs with the same
   * `param { name }`. After that, both nets use the same memory and see every change. Blobs that share within this net
   * go on sharing: if their layers find different weights in the other net, all take those of the first. The test nets
   * of a solver follow its train net.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK or ERR_CAFFE_LAYER if shapes differ; ERR_CAFFE_LAYER as in {@link copyFrom}
   */
  shareWith(net: Net): void {
    if (!(net instanceof Net)) throw argumentError('a Net', 'net', net);
    this.native.shareWith(net.native);
  }

  /**
   * Serializes the net with its weights as a NetParameter: the content of a caffemodel file. `diff` adds the
   * gradients.
   */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.native.toProto(expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff'));
  }

  /**
   * Saves the net with its weights as a caffemodel. It writes to a temporary file and renames it, so an existing file
   * stays until the new one is whole. A symbolic link stays too. Into a FIFO, a device or `/dev/stdout` the bytes are
   * written as they are.
   *
   * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be written; ERR_CAFFE_TOO_LARGE above 2 GB: use
   * {@link saveHDF5}
   */
  save(path: string): void {
    writeFileAside(expectString(path, 'path'), this.toProto());
  }

  /**
   * Saves the weights as HDF5. It also writes to a temporary file and renames it. `diff` adds the gradients.
   *
   * HDF5 has no "/" in names: `conv1/bn` is `conv1%2Fbn` in the file. {@link loadHDF5} reads it, Caffe itself skips
   * such layers.
   */
  saveHDF5(path: string, options: { diff?: boolean } = {}): void {
    const diff = expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff');
    writeAside(expectString(path, 'path'), (aside) => {
      this.native.saveHdf5(aside, diff);
    });
  }

  /** Loads weights from HDF5. See {@link copyFrom}. */
  loadHDF5(path: string): void {
    readFile(expectString(path, 'path'));
    this.native.copyFromHdf5(path);
  }

  /**
   * Calls `f` before each layer's forward, with the layer's name and index. If `f` throws, the call ends with that
   * error.
   *
   * In an asynchronous call (`forwardAsync`, `stepAsync`, `train`) `f` may return a promise, and Caffe waits for it.
   * If the promise rejects, the call ends with its reason. In a synchronous call a promise is an error:
   * ERR_CAFFE_LAYER. The same holds for the other hooks and for {@link onNaN}.
   *
   * @returns a function that removes the callback
   */
  beforeForward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.beforeForward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` after each layer's forward. See {@link beforeForward}. */
  afterForward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.afterForward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` before each layer's backward. See {@link beforeForward}. */
  beforeBackward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.beforeBackward.add(expectFunction(f, 'f'));
  }

  /** Calls `f` after each layer's backward. See {@link beforeForward}. */
  afterBackward(f: (layer: string, index: number) => unknown): Subscription {
    return this.#hooks.afterBackward.add(expectFunction(f, 'f'));
  }

  /**
   * Looks for NaN and infinities in the values that each layer computes, and calls `f` for the first one in each pass.
   * `f` gets a {@link CaffeError} ERR_CAFFE_NAN. It names the layer, the blob (or learnable blob), data or diff, and
   * the element. If `f` throws, the call ends with that error. By default `f` throws the error that it gets.
   *
   * The check costs one sum over each blob. It costs nothing after you remove it.
   *
   * NaN or infinite weights that an update leaves behind are found in the next forward.
   *
   * @returns a function that removes the check
   * @example
   * net.onNaN((error) => console.warn(error.message));
   */
  onNaN(f: (error: CaffeError) => unknown = raise): Subscription {
    return this.#hooks.nan.add(expectFunction(f, 'f'));
  }

  /**
   * Whether SoftmaxWithLoss, InfogainLoss, MultinomialLogisticLoss, HingeLoss, Accuracy, Embed and BatchReindex refuse
   * labels (indices) that are not integers, with ERR_CAFFE_LABEL, in forward and in backward. The default is true. If
   * it is false they do what Caffe does, and truncate 1.7 to 1.
   *
   * A label out of range is refused in any case. Caffe itself does not look at it, and reads and writes memory outside
   * the blob.
   */
  get checkLabels(): boolean {
    return this.#checkLabels;
  }

  /** Whether labels are checked from now on. */
  set checkLabels(whether: boolean) {
    this.native.checkLabels(expectBoolean(whether, 'checkLabels'));
    this.#checkLabels = whether;
  }

  /**
   * Starts to measure how long each layer takes, forward and backward, and how much of that time TypeScript takes.
   *
   * @example
   * using profile = net.profile();
   * for (let i = 0; i < 100; i++) net.forward();
   * console.log(String(profile));
   */
  profile(): NetProfile {
    return new NetProfile(this.native, this.layers);
  }

  /**
   * The copies between host and GPU for this net, counted since the net was built or since {@link clearTransfers}. It
   * counts copies by Caffe's layers (when one computes on the other side), by reads of blobs, and by the threads that
   * read data. It does not count single computed numbers that Caffe returns, such as a loss.
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

  /**
   * Resets the counts of {@link transfers} to zero.
   *
   * @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA
   */
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
   * Frees the net. You may call it twice. The blobs that you have taken from it, and their views, stay readable; what
   * nobody has taken is freed now.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while the net runs
   * @throws what `dispose` of a layer throws, after all layers have been disposed; an AggregateError if several throw
   */
  dispose(): void {
    if (this.native.isDisposed()) return;
    this.native.dispose();
    disposeAll(this.native.layers.flatMap((binding) => (binding === undefined ? [] : [binding.layer as Layer])));
  }

  /** What `console.log` and `util.inspect` print: a line for each layer, with shapes. */
  [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    return netText(this, depth, options);
  }

  /** Calls {@link dispose} at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    inAnyCopy(Net, 'Net');
  }
}
