import type { Blob } from '../blob/blob.js';
import { inAnyCopy, sharedSymbol } from '../copies/any-copy.js';
import { expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import type { LayerParameter } from '../proto/schema.js';
import { declaredParams, type DeclaredParams, type ParamDeclarations } from './declared-params.js';
import { addBlob, type LearnableBlobOptions } from './learnable-blobs.js';
import { readParamStr } from './param-str.js';

/**
 * A layer may implement this method to report a promise returned in a synchronous call. It throws a better error than
 * the default one. @internal
 */
export const refusePromise: unique symbol = sharedSymbol('refusePromise') as never;

/**
 * The base class of a layer that you write. Extend it, then name the class in a prototxt: `type: "Python"` with
 * `python_param`, or a type registered with {@link registerLayer}. Caffe calls its methods on the JavaScript thread
 * that made the net.
 *
 * `bottom` and `top` are blobs of the net. They are valid while the net lives. Both arrays are frozen and are the same
 * objects in every call. If a method throws, the running call of the net or solver ends and throws the same value. The
 * net stays usable.
 *
 * Caffe calls `setup` once, then `reshape`. It also calls `reshape` before each `forward`. In asynchronous calls
 * (`Net.create`, `Solver.create`, `stepAsync`, `forwardAsync`, `train`), `setup`, `reshape`, `forward` and `backward`
 * may return a promise. Caffe's thread waits for it, and the event loop keeps running. In synchronous calls, a returned
 * promise is an error.
 */
export abstract class Layer {
  /** The layer's name in its net. */
  declare readonly name: string;
  /** The net's phase. */
  declare readonly phase: 'train' | 'test';
  /** `python_param.param_str` of the prototxt. Empty if there is none. {@link params} parses it. */
  declare readonly paramStr: string;
  /** The layer's whole LayerParameter, with camelCase fields. */
  declare readonly layerParam: LayerParameter;
  /**
   * The learnable blobs, made by {@link addBlob}. The net trains, saves and loads them like those of any other layer.
   * `backward` must add to their diffs.
   */
  declare readonly blobs: Blob[];

  /**
   * The exact number of bottoms that the layer takes. Caffe refuses a net that gives another number. The limits below
   * work the same way. A limit that is not set does not apply.
   */
  declare readonly exactNumBottomBlobs?: number;
  /** The smallest number of bottoms. */
  declare readonly minBottomBlobs?: number;
  /** The largest number of bottoms. */
  declare readonly maxBottomBlobs?: number;
  /** The exact number of tops. */
  declare readonly exactNumTopBlobs?: number;
  /** The smallest number of tops. */
  declare readonly minTopBlobs?: number;
  /** The largest number of tops. */
  declare readonly maxTopBlobs?: number;
  /** Whether the layer must have as many tops as bottoms. */
  declare readonly equalNumBottomTopBlobs?: boolean;
  /** Whether the net adds tops that the prototxt does not name, up to `exactNumTopBlobs` or `minTopBlobs`. */
  declare readonly autoTopBlobs?: boolean;

  /** Whether the net's `force_backward` applies to bottom number `bottom`. It does by default. */
  allowForceBackward?(bottom: number): boolean;

  /**
   * Parses `param_str` and checks it against the declared parameters. `param_str` may be JSON, a Python dictionary or
   * the fields of a prototxt, with or without braces (`"gamma: 2"`, `"{'gamma': 2, 'weights': (1, 2)}"`), or YAML. A
   * word in quotes is a string, also `"true"` and `'None'`. Call it in `setup` or later.
   *
   * @param declarations - the default of each parameter, or `Number`, `String` or `Boolean` if the parameter is
   * required. For a list: an array of defaults, or `[Number]`. For a dictionary: an object of declarations. For what
   * may be left out or be `None`: {@link optional}
   * @returns a plain object with the value of each declared parameter
   * @throws {TypeError} if a parameter is not declared, is missing or has the wrong type
   * @throws {CaffeError} ERR_CAFFE_LAYER if `param_str` cannot be parsed, or if Caffe has not made this layer (in the
   * constructor)
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
   * Adds the next learnable blob. Call it in `setup` only. Caffe's filler fills the blob; without a filler it is zero.
   * If the prototxt or loaded weights already provide the blob, its values are kept. After the calls, `this.blobs[i]`
   * is the blob of call number `i`.
   *
   * @param shape - the sizes of its axes
   * @param options.lrMult - multiplies the learning rate for this blob, unless the prototxt sets `param { lr_mult }`; 0
   * freezes the blob. `decayMult` does the same for the weight decay
   * @returns the blob, which is the layer's own memory
   * @throws {CaffeError} ERR_CAFFE_LAYER outside `setup`, or if the blob exists with another shape
   */
  protected addBlob(shape: readonly number[], options: LearnableBlobOptions = {}): Blob {
    return addBlob(this, shape, options);
  }

  /** Called once, when the bottoms have their shapes. Checks counts, reads parameters and makes learnable blobs. */
  setup?(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /** Shapes each top from the shapes of the bottoms. */
  abstract reshape(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /**
   * Computes the data of the tops. It must write every element of each top, because a top still holds the data of the
   * last iteration.
   */
  abstract forward(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /**
   * Computes the diffs of the bottoms from the diffs of the tops. It must write every element of the diff of each
   * bottom `i` with `propagateDown[i]` true. For a loss, `top[0].diff[0]` is the `loss_weight`.
   */
  backward?(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void | Promise<void>;

  /**
   * GPU version of {@link forward}. In GPU mode Caffe calls it instead of `forward`, on the same thread. Read `gpuData`
   * of the bottoms and write `mutableGpuData` of the tops. Pass them to kernels (`cuda.compile`), to `math` or to stock
   * layers. Reading a value on the CPU (`data`, `cpuData`) copies it, and the copy waits for the GPU. Without this
   * method, Caffe calls {@link forward} in GPU mode too, and copies what it reads and writes.
   */
  forwardGpu?(bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void>;

  /** GPU version of {@link backward}; see {@link forwardGpu}. A layer may have either one without the other. */
  backwardGpu?(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void | Promise<void>;

  /**
   * Returns the parameters that a saved net stores for this layer. It receives the layer's current parameters. Caffe
   * writes the learnable blobs itself. Without this method, Caffe stores the current parameters.
   */
  toProto?(parameter: LayerParameter): LayerParameter;

  /**
   * Called once, after the net has been disposed. Releases what the layer has opened. If it throws, `dispose` of the
   * net throws the same value.
   */
  dispose?(): void;

  /** @internal */
  [refusePromise]?(): never;

  static {
    inAnyCopy(Layer, 'Layer');
  }
}

/** The constructor of a layer class. It takes no arguments. */
export type LayerConstructor = new () => Layer;
