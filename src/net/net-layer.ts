import type { Blob } from '../blob/blob.js';
import type { Layer } from '../layer/layer.js';

/** One layer of a net. */
export interface NetLayer {
  readonly name: string;
  readonly type: string;
  /** Its place in the net, from 0. */
  readonly index: number;
  /** The names of its bottoms and tops. */
  readonly bottom: readonly string[];
  readonly top: readonly string[];
  /** Its learnable blobs. */
  readonly blobs: readonly Blob[];
  /** The object behind it, if it is written in TypeScript. */
  readonly layer: Layer | undefined;
  /**
   * Runs its setup once more, on its own blobs of the net: what it keeps beside its learnable blobs is made anew.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK from a layer that can be set up only once, such as a data layer; ERR_CAFFE_LAYER from HDF5Output
   */
  setup(): void;
  /** Gives its tops the shapes that follow from its bottoms; the layers above see them at the next forward. */
  reshape(): void;
}
