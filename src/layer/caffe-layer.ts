import type { LayerFields } from '../../typings/generated/layers.js';
import type { LayerBinding, NativeBlobCounts, NativeCaffeLayer } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import { inAnyCopy } from '../copies/any-copy.js';
import {
  argumentError,
  didYouMean,
  expectBoolean,
  expectInteger,
  expectList,
  expectObject,
  expectOptions,
} from '../error/argument.js';
import { unplaced } from '../error/caffe-error.js';
import { expectNoPromise } from '../error/no-promise.js';
import { native } from '../native/load.js';
import { layerMessage } from '../net-spec/message.js';
import { decodeMessage, encodeMessage, type LayerParameter } from '../proto/schema.js';
import { withConstructor } from './layer-binding.js';
import type { Layer, LayerConstructor } from './layer.js';
import { expectLayerConstructor, layerTypes } from './registry.js';

/**
 * A layer as a prototxt describes it: its type, and the fields of its LayerParameter. Field names are in camelCase;
 * enum values are names. The type is a class, or a name: one of Caffe's own, or one registered with `registerLayer`.
 */
export type LayerDescription = { type: string | LayerConstructor } & Omit<LayerFields, 'phase'>;

/**
 * A layer of the linked Caffe, stock or TypeScript, outside any net. {@link createLayer} makes one.
 *
 * The caller owns the bottoms and the tops, and calls the methods in Caffe's order: `setup` once, then `forward` (which
 * starts with a `reshape`) and `backward`. Every call must get the same blobs that `setup` got, because some Caffe
 * layers store pointers to them. The shapes of the blobs may change. The layer keeps the blobs alive.
 *
 * All methods are synchronous and run on the calling thread. `dispose()` frees the layer; so does garbage collection.
 */
export class CaffeLayer implements Disposable {
  /** The layer's name: the `name` field, or the type if the description has no name. */
  readonly name: string;
  /** The type name. For a TypeScript class, the name of the class. */
  readonly type: string;
  /** The phase that {@link createLayer} was given. */
  readonly phase: 'train' | 'test';
  /**
   * The exact number of bottoms that the layer takes, or undefined if it has no such limit. The fields below work the
   * same way.
   */
  readonly exactNumBottomBlobs: number | undefined;
  /** The smallest number of bottoms, or undefined. */
  readonly minBottomBlobs: number | undefined;
  /** The largest number of bottoms, or undefined. */
  readonly maxBottomBlobs: number | undefined;
  /** The exact number of tops, or undefined. */
  readonly exactNumTopBlobs: number | undefined;
  /** The smallest number of tops, or undefined. */
  readonly minTopBlobs: number | undefined;
  /** The largest number of tops, or undefined. */
  readonly maxTopBlobs: number | undefined;
  readonly #native: NativeCaffeLayer;
  // Keeps the object of a TypeScript layer alive: Caffe's side holds only a weak reference.
  readonly #binding: LayerBinding | undefined;
  #checkLabels = true;
  #isDisposed = false;

  /** @internal */
  constructor(layer: NativeCaffeLayer, name: string, phase: 'train' | 'test') {
    this.#native = layer;
    this.#binding = layer.binding();
    this.name = name;
    this.type = layer.type();
    this.phase = phase;
    const counts = layer.blobCounts();
    const countOf = (name: keyof NativeBlobCounts): number | undefined => (counts[name] < 0 ? undefined : counts[name]);
    this.exactNumBottomBlobs = countOf('exactNumBottomBlobs');
    this.minBottomBlobs = countOf('minBottomBlobs');
    this.maxBottomBlobs = countOf('maxBottomBlobs');
    this.exactNumTopBlobs = countOf('exactNumTopBlobs');
    this.minTopBlobs = countOf('minTopBlobs');
    this.maxTopBlobs = countOf('maxTopBlobs');
  }

  /** The layer object if the layer is written in TypeScript, else undefined. */
  get layer(): Layer | undefined {
    return this.#binding?.layer as Layer | undefined;
  }

  /**
   * The learnable blobs: usually weights, then bias. Empty until `setup` has made them. The array is frozen. The blobs
   * share the layer's memory, and stay readable after `dispose`.
   */
  get blobs(): readonly Blob[] {
    return Object.freeze(this.#native.blobs() as Blob[]);
  }

  /** The layer's current parameters, as Caffe has them, without the learnable blobs. A new object on each read. */
  get layerParam(): LayerParameter {
    const parameter = decodeMessage('LayerParameter', this.toProto());
    parameter.blobs = [];
    return parameter;
  }

  /**
   * Whether bottom number `bottom` can have a gradient. A loss layer, for example, returns false for its labels.
   *
   * @throws {TypeError | RangeError} if `bottom` is not an integer of at least 0
   */
  allowForceBackward(bottom: number): boolean {
    return this.#native.allowForceBackward(expectInteger(bottom, 'bottom', 0, 2 ** 31 - 1));
  }

  /**
   * Sets the layer up: checks the number of blobs, makes the learnable blobs, shapes the tops, and writes the loss
   * weights into the diffs of the tops. Call it once.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the layer refuses the blobs or the parameters
   */
  setup(bottom: readonly Blob[], top: readonly Blob[]): void {
    unplaced(() => {
      this.#native.setup(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top'));
    });
  }

  /**
   * Shapes the tops from the shapes of the bottoms.
   *
   * @throws {CaffeError} ERR_CAFFE_LAYER before `setup`
   */
  reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
    unplaced(() => {
      this.#native.reshape(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top'));
    });
  }

  /**
   * Reshapes the tops, then computes their data.
   *
   * @returns the sum of the tops times their loss weights; 0 if there are no loss weights
   * @throws {CaffeError} ERR_CAFFE_LAYER before `setup`, or with blobs other than those given to `setup`;
   * ERR_CAFFE_LABEL; ERR_CAFFE_CHECK
   */
  forward(bottom: readonly Blob[], top: readonly Blob[]): number {
    return unplaced(() => this.#native.forward(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top')));
  }

  /**
   * Computes gradients from the diffs of the tops. Writes the diff of each bottom `i` with `propagateDown[i]` true.
   * Adds to the diffs of the learnable blobs.
   *
   * @throws {CaffeError} ERR_CAFFE_LAYER unless `forward` was called with blobs of these shapes; ERR_CAFFE_CHECK
   */
  backward(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
    const asked = expectList(propagateDown, 'propagateDown', 'an array of booleans');
    unplaced(() => {
      this.#native.backward(expectBlobs(top, 'top'), asked, expectBlobs(bottom, 'bottom'));
    });
  }

  /**
   * Serializes the layer and its learnable blobs. `diff: true` includes the gradients.
   *
   * @returns the bytes of a LayerParameter
   */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.#native.toProto(expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff'));
  }

  /** Whether the layer checks its labels or indices, if it takes any; see {@link Net.checkLabels}. True by default. */
  get checkLabels(): boolean {
    return this.#checkLabels;
  }

  /** Whether labels are checked from now on. */
  set checkLabels(whether: boolean) {
    this.#native.checkLabels(expectBoolean(whether, 'checkLabels'));
    this.#checkLabels = whether;
  }

  /**
   * Frees the layer. A second call does nothing. The learnable blobs stay readable.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while the layer runs
   * @throws whatever the `dispose` method of the layer's class throws; that method is called only once
   */
  dispose(): void {
    this.#native.dispose();
    if (this.#isDisposed) return;
    this.#isDisposed = true; // set first: dispose must not be called twice, even if it throws
    expectNoPromise('dispose', this.layer?.dispose?.(), 'whatever it frees must be free when it returns');
  }

  /** Same as {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  static {
    inAnyCopy(CaffeLayer, 'CaffeLayer');
  }
}

function expectBlobs(blobs: readonly Blob[], name: string): readonly Blob[] {
  return expectList(blobs, name, 'an array of blobs');
}

function expectType(type: unknown): string | LayerConstructor {
  if (typeof type === 'string') {
    const known = layerTypes();
    if (known.includes(type)) return type;
    throw new TypeError(`Caffe has no layer type ${type}${didYouMean(type, known)}`);
  }
  expectLayerConstructor(type, 'type');
  return type;
}

/**
 * Makes a layer outside any net. Use it to try a layer, or to run a Caffe layer inside a layer written in TypeScript.
 *
 * @param layer - its type and parameters: `{ type: 'Pooling', poolingParam: { pool: 'AVE', kernelSize: 2 } }`. If it
 * has no `name`, its name is its type
 * @param phase - `'train'` by default
 * @throws {TypeError} for a type or a field that Caffe does not have
 * @throws {CaffeError} ERR_CAFFE_CHECK or ERR_CAFFE_LAYER if Caffe or the layer's class refuses the parameters
 *
 * @example
 * ```ts
 * const pool = createLayer({ type: 'Pooling', poolingParam: { pool: 'MAX', kernelSize: 2, stride: 2 } });
 * const bottom = [new Blob(1, 1, 4, 4)];
 * const top = [new Blob()];
 * pool.setup(bottom, top); // top[0] now has the shape 1 x 1 x 2 x 2
 * pool.forward(bottom, top);
 * ```
 */
export function createLayer(layer: LayerDescription, phase: 'train' | 'test' = 'train'): CaffeLayer {
  if (phase !== 'train' && phase !== 'test') throw argumentError("'train' or 'test'", 'phase', phase);
  const { type: given, ...fields } = expectObject(layer, 'layer', '{ type, ... }');
  const type = expectType(given);
  const typeName = typeof type === 'string' ? type : type.name;
  const message = layerMessage(typeName, fields);
  const name = message.name ?? typeName;
  const bytes = encodeMessage('LayerParameter', {
    ...message,
    name,
    type: typeName,
    phase: phase === 'train' ? 'TRAIN' : 'TEST',
  });
  const made = unplaced(() =>
    typeof type === 'string'
      ? new native.CaffeLayer(bytes, false)
      : withConstructor(type, () => new native.CaffeLayer(bytes, true)),
  );
  return new CaffeLayer(made, name, phase);
}
