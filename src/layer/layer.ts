import type { Blob } from '../blob/blob.js';
import type { LayerParameter } from '../proto/schema.js';

/**
 * A layer of one's own. Extend it, name the class in a prototxt (`type: "Python"` with `python_param`, or a type given to
 * {@link registerLayer}), and Caffe calls its methods on the thread of JavaScript that made the net.
 *
 * `bottom` and `top` are blobs of the net, valid while it lives; their arrays are frozen and stay the same from call to call. What a
 * method throws ends the running call of the net or solver, which throws the same value; the net stays usable.
 *
 * Caffe calls `setup` once, then `reshape`; and `reshape` before each `forward`.
 */
export abstract class Layer {
  /** The name of the layer in its net. */
  declare readonly name: string;
  /** The phase of the net. */
  declare readonly phase: 'train' | 'test';
  /** `python_param.param_str` of the prototxt, empty if there is none. */
  declare readonly paramStr: string;
  /** The layer's whole LayerParameter, with camelCase fields. */
  declare readonly layerParam: LayerParameter;
  /**
   * The learnable blobs. Push blobs of your own in `setup`, unless there are some already: a prototxt or a snapshot may bring
   * them. The net then trains, saves and loads them as it does any other layer's; `backward` adds to their diffs.
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

  /** Called once, after the bottoms have their shapes: checks counts, reads parameters, makes learnable blobs. */
  setup?(bottom: readonly Blob[], top: readonly Blob[]): void;

  /** Gives each top its shape, from the shapes of the bottoms. */
  abstract reshape(bottom: readonly Blob[], top: readonly Blob[]): void;

  /** Computes every element of the data of each top: it still holds what was there in the last iteration. */
  abstract forward(bottom: readonly Blob[], top: readonly Blob[]): void;

  /**
   * Computes the diff of each bottom i with `propagateDown[i]`, every element of it, from the diffs of the tops. For a loss,
   * `top[0].diff[0]` is its `loss_weight`.
   */
  backward?(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void;
}

/** The class of a layer. */
export type LayerConstructor = new () => Layer;
