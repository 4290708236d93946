import type { LayerFields } from '../../typings/generated/layers.js';
import type { LayerBinding, NativeBlobCounts, NativeCaffeLayer } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import {
  argumentError,
  didYouMean,
  expectBoolean,
  expectInteger,
  expectList,
  expectObject,
  expectOptions,
} from '../error/argument.js';
import { native } from '../native/load.js';
import { layerMessage } from '../net-spec/message.js';
import { decodeMessage, encodeMessage, type LayerParameter } from '../proto/schema.js';
import { withConstructor } from './layer-binding.js';
import type { Layer, LayerConstructor } from './layer.js';
import { expectLayerConstructor, layerTypes } from './registry.js';

/**
 * A layer as a prototxt describes it: its type and the fields of its LayerParameter in camelCase, enum values by name.
 * The type is a name (Caffe's own or one given to `registerLayer`), or a class.
 */
export type LayerDescription = { type: string | LayerConstructor } & Omit<LayerFields, 'phase'>;

/**
 * A layer of the real Caffe outside of any net, made by {@link createLayer}: stock or TypeScript. The caller owns its
 * bottoms and tops and calls its methods in Caffe's order: `setup` once, then `forward` (which begins with a `reshape`)
 * and `backward`. It is freed by `dispose()`, or when nothing refers to it any more.
 *
 * Every call takes the very blobs of `setup`, since some of Caffe's layers remember them; their shapes may change. The
 * layer keeps them alive.
 */
export class CaffeLayer implements Disposable {
  readonly name: string;
  readonly type: string;
  readonly phase: 'train' | 'test';
  /** How many bottoms and tops it takes; undefined where the number does not matter. */
  readonly exactNumBottomBlobs: number | undefined;
  readonly minBottomBlobs: number | undefined;
  readonly maxBottomBlobs: number | undefined;
  readonly exactNumTopBlobs: number | undefined;
  readonly minTopBlobs: number | undefined;
  readonly maxTopBlobs: number | undefined;
  readonly #native: NativeCaffeLayer;
  // Keeps the object of a TypeScript layer alive: Caffe's side refers to it weakly.
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

  /** The object behind it, if it is written in TypeScript. */
  get layer(): Layer | undefined {
    return this.#binding?.layer as Layer | undefined;
  }

  /** The learnable blobs, once `setup` has made them: usually weights, then bias. */
  get blobs(): readonly Blob[] {
    return Object.freeze(this.#native.blobs() as Blob[]);
  }

  /** The layer's parameters as Caffe has them now, without the learnable blobs. */
  get layerParam(): LayerParameter {
    const parameter = decodeMessage('LayerParameter', this.toProto());
    parameter.blobs = [];
    return parameter;
  }

  /** Whether the layer can have a gradient for bottom number `bottom`: a loss, for one, has none for its labels. */
  allowForceBackward(bottom: number): boolean {
    return this.#native.allowForceBackward(expectInteger(bottom, 'bottom', 0, 2 ** 31 - 1));
  }

  /**
   * Checks how many blobs there are, makes the learnable ones, gives the tops their shapes and writes loss weights into
   * the tops' diffs.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK for blobs or parameters that the layer refuses
   */
  setup(bottom: readonly Blob[], top: readonly Blob[]): void {
    this.#native.setup(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top'));
  }

  /**
   * Gives the tops the shapes that follow from those of the bottoms.
   *
   * @throws {CaffeError} ERR_CAFFE_LAYER before `setup`
   */
  reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
    this.#native.reshape(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top'));
  }

  /**
   * Computes the tops, after a reshape.
   *
   * @returns the sum of the tops times their loss weights, 0 without loss weights
   * @throws {CaffeError} ERR_CAFFE_LAYER before `setup`, or with other blobs than that was given;
   * ERR_CAFFE_LABEL; ERR_CAFFE_CHECK
   */
  forward(bottom: readonly Blob[], top: readonly Blob[]): number {
    return this.#native.forward(expectBlobs(bottom, 'bottom'), expectBlobs(top, 'top'));
  }

  /**
   * Computes the diffs of the bottoms that `propagateDown` asks for from those of the tops, and adds to the diffs of
   * the learnable blobs.
   *
   * @throws {CaffeError} ERR_CAFFE_LAYER unless `forward` has been called with blobs of these shapes; ERR_CAFFE_CHECK
   */
  backward(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
    const asked = expectList(propagateDown, 'propagateDown', 'an array of booleans');
    this.#native.backward(expectBlobs(top, 'top'), asked, expectBlobs(bottom, 'bottom'));
  }

  /** The layer with its learnable blobs as the bytes of a LayerParameter; `diff` adds the gradients. */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.#native.toProto(expectBoolean(expectOptions(options).diff ?? false, 'diff'));
  }

  /** Whether a layer that takes labels or indices checks them; see {@link Net.checkLabels}. */
  get checkLabels(): boolean {
    return this.#checkLabels;
  }

  set checkLabels(whether: boolean) {
    this.#native.checkLabels(expectBoolean(whether, 'checkLabels'));
    this.#checkLabels = whether;
  }

  /**
   * Frees the layer; twice is fine. Its learnable blobs stay readable.
   *
   * @throws {CaffeError} ERR_CAFFE_BUSY while it runs; what the `dispose` of a layer class throws, once
   */
  dispose(): void {
    this.#native.dispose();
    if (this.#isDisposed) return;
    this.#isDisposed = true; // before: a dispose that throws has been called all the same
    this.layer?.dispose?.();
  }

  [Symbol.dispose](): void {
    this.dispose();
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
 * Makes a layer outside of any net: to try one, or to run one of Caffe's own inside a layer written in TypeScript.
 *
 * @param layer - its type and parameters: `{ type: 'Pooling', poolingParam: { pool: 'AVE', kernelSize: 2 } }`. Without
 * a name it is called by its type
 * @throws {TypeError} for a type or field that Caffe does not have
 * @throws {CaffeError} ERR_CAFFE_CHECK, ERR_CAFFE_LAYER where Caffe or the layer's class refuses the parameters
 *
 * @example
 * ```ts
 * const pool = createLayer({ type: 'Pooling', poolingParam: { pool: 'MAX', kernelSize: 2, stride: 2 } });
 * const bottom = [new Blob(1, 1, 4, 4)];
 * const top = [new Blob()];
 * pool.setup(bottom, top); // top[0] is 1 x 1 x 2 x 2 now
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
  const made =
    typeof type === 'string'
      ? new native.CaffeLayer(bytes, false)
      : withConstructor(type, () => new native.CaffeLayer(bytes, true));
  return new CaffeLayer(made, name, phase);
}
