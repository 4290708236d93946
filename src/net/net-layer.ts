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
}
