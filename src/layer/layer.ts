import type { Blob } from '../blob/blob.js';
import { expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import type { LayerParameter } from '../proto/schema.js';
import { declaredParams, type DeclaredParams, type ParamDeclarations } from './declared-params.js';
import { addBlob, type LearnableBlobOptions } from './learnable-blobs.js';
import { readParamStr } from './param-str.js';

/** A method of layers that say more about a promise in a synchronous call than others can: it throws. @internal */
export const refusePromise = Symbol('refusePromise');

/**
 * A layer of one's own. Extend it, name the class in a prototxt (`type: "Python"` with `python_param`, or a type given
 * to {@link registerLayer}), and Caffe calls its methods on the thread of JavaScript that made the net.
 *
 * `bottom` and `top` are blobs of the net, valid while it lives; their arrays are frozen and stay the same from call to
 * call. What a method throws ends the running call of the net or solver, which throws the same value; the net stays
 * usable.
 *
 * Caffe calls `setup` once, then `reshape`; and `reshape` before each `forward`. In asynchronous calls (`stepAsync`,
 * `forwardAsync`, `train`) `reshape`, `forward` and `backward` may return a promise: Caffe's thread waits for it, the
 * event loop goes on. In synchronous calls a promise is an error.
 */
export abstract class Layer {
  /** The name of the layer in its net. */
  declare readonly name: string;
  /** The phase of the net. */
  declare readonly phase: 'train' | 'test';
  /** `python_param.param_str` of the prototxt, empty if there is none; {@link params} reads it. */
  declare readonly paramStr: string;
  /** The layer's whole LayerParameter, with camelCase fields. */
  declare readonly layerParam: LayerParameter;
  /**
   * The learnable blobs: {@link addBlob} makes them. The net trains, saves and loads them as it does any other layer's;
   * `backward` adds to their diffs.
   */
  declare readonly blobs: Blob[];

  /** How many bottoms the layer takes; Caffe refuses a net that gives it another number. Likewise those that follow. */
  declare readonly exactNumBottomBlobs?: number;
  declare readonly minBottomBlobs?: number;
  declare readonly maxBottomBlobs?: number;
  declare readonly exactNumTopBlobs?: number;
  declare readonly minTopBlobs?: number;
  declare readonly maxTopBlobs?: number;
  /** Whether it must have as many tops as bottoms. */
  declare readonly equalNumBottomTopBlobs?: boolean;
  /** Whether the net makes tops that the prototxt does not name, up to `exactNumTopBlobs` or `minTopBlobs`. */
  declare readonly autoTopBlobs?: boolean;

  /** Whether `force_backward` of the net reaches bottom number `bottom`; by default it does. */
  allowForceBackward?(bottom: number): boolean;

  /**
   * The parameters that `param_str` gives, as a plain object: JSON, a Python dictionary or the fields of a prototxt,
   * with or without braces (`"gamma: 2"`, `"{'gamma': 2, 'weights': (1, 2)}"`). Call it in `setup` or later.
   *
   * @param declarations - each parameter with its default, or `Number`, `String`, `Boolean` for one that must be given;
   * lists with a default of their own, or `[Number]`
   * @throws {TypeError} for a parameter that is not declared, missing or of another kind
   * @throws {CaffeError} ERR_CAFFE_LAYER for a `param_str` that cannot be read
   *
   * @example
   * ```ts
   * const { gamma, margin, weights } = this.params({ gamma: 2, margin: Number, weights: [1, 1] });
   * ```
   */
  protected params<const Declarations extends ParamDeclarations>(
    declarations: Declarations,
  ): DeclaredParams<Declarations> {
    if (typeof (this.paramStr as unknown) !== 'string') {
      throw new CaffeError('ERR_CAFFE_LAYER', 'params: Caffe has not made this layer; call it in setup or later');
    }
    try {
      return declaredParams(expectObject(declarations, 'declarations'), readParamStr(this.paramStr));
    } catch (error) {
      const where = `layer "${this.name}": `;
      if (error instanceof TypeError) throw new TypeError(where + error.message, { cause: error });
      throw new CaffeError('ERR_CAFFE_LAYER', `${where}param_str: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * In `setup`: makes the next learnable blob, filled by Caffe's own filler. Where the prototxt or weights bring that
   * blob, its values stay as they are. It is `this.blobs[i]` afterwards, in the order of the calls.
   *
   * @param options.lrMult - what multiplies the learning rate, as `decayMult` the weight decay, unless the prototxt's
   * `param { lr_mult }` says otherwise; 0 keeps a blob as it is
   * @throws {CaffeError} ERR_CAFFE_LAYER outside of `setup`, or if a blob is there already with another shape
   */
  protected addBlob(shape: readonly number[], options: LearnableBlobOptions = {}): Blob {
    return addBlob(this, shape, options);
  }

  /** Called once, after the bottoms have their shapes: checks counts, reads parameters, makes learnable blobs. */
  setup?(bottom: readonly Blob[], top: readonly Blob[]): void;

  /** Gives each top its shape, from the shapes of the bottoms. */
  abstract reshape(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /** Computes every element of the data of each top: it still holds what was there in the last iteration. */
  abstract forward(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /**
   * Computes the diff of each bottom i with `propagateDown[i]`, every element of it, from the diffs of the tops. For a
   * loss, `top[0].diff[0]` is its `loss_weight`.
   */
  backward?(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void | Promise<void>;

  /**
   * The same as {@link forward}, computed on the GPU: called in its place in GPU mode, on the same thread. Take
   * `gpuData` of the bottoms and `mutableGpuData` of the tops, and hand them to kernels (`cuda.compile`), to `math`, or
   * to stock layers; each value that is looked at on the CPU (`data`, `cpuData`) is copied, which waits for the GPU.
   * Without this method, {@link forward} serves in GPU mode too, and Caffe copies what it reads and writes.
   */
  forwardGpu?(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /** The same as {@link backward} on the GPU; see {@link forwardGpu}. Either may be there without the other. */
  backwardGpu?(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void | Promise<void>;

  /**
   * What a saved net says of the layer. It is given the layer's parameters and returns those to write, beside which
   * Caffe writes the learnable blobs; without this method, the former.
   */
  toProto?(parameter: LayerParameter): LayerParameter;

  /**
   * Called once, when the net has been disposed: lets go of what the layer has opened. What it throws comes out of
   * `dispose`.
   */
  dispose?(): void;

  /** @internal */
  [refusePromise]?(): never;
}

/** The class of a layer. */
export type LayerConstructor = new () => Layer;
