import { argumentError } from '../error/argument.js';
import type { caffe, LayerParameter } from '../proto/schema.js';
import { Assembly } from './assembly.js';
import type { LayerCall } from './layer-call.js';

/** A net as a plain object: what `new Net` takes. */
export type NetMessage = caffe.NetParameter.$Properties & { layer: LayerParameter[] };

/**
 * A blob that a net will have: what the functions of {@link layers} return and take as bottoms. It gets its name from the {@link NetSpec}
 * that it is assigned to, else from its layer's type: `Convolution1`, `Convolution2`.
 */
export class Top {
  /** The layer that makes it. */
  readonly layer: LayerCall;
  /** Which of the layer's tops it is. */
  readonly index: number;

  /** @internal */
  constructor(layer: LayerCall, index: number) {
    this.layer = layer;
    this.index = index;
  }

  /** The net of all layers that this top needs, with automatic names; see {@link toProto}. */
  toProto(): NetMessage {
    return toProto(this);
  }
}

/** What a layer without tops (`ntop: 0`, such as Silence) gives: a {@link NetSpec} or `toProto` takes it, but no layer as a bottom. */
export class Sink extends Top {
  readonly zeroTops = true;
}

/** What a layer takes as a bottom. */
export type Bottom = Top & { readonly zeroTops?: never };

/**
 * The net of all layers that the given tops need. None of them has a name of its own: blobs and layers are called `Data1`, `Convolution1`,
 * `Convolution2`...
 *
 * @throws {TypeError} something that is no Top
 *
 * @example
 * ```ts
 * import { layers, toProto } from 'tscaffe';
 *
 * const [data, label] = layers.DummyData({ ntop: 2, shape: [{ dim: [8, 4] }, { dim: 8 }] });
 * const loss = layers.SoftmaxWithLoss(layers.InnerProduct(data, { numOutput: 3 }), label);
 * toProto(loss).layer.map((layer) => layer.name); // ['DummyData1', 'InnerProduct1', 'SoftmaxWithLoss1']
 * ```
 */
export function toProto(...tops: Top[]): NetMessage {
  const assembly = new Assembly();
  for (const [index, top] of tops.entries()) {
    if (!(top instanceof Top)) throw argumentError('a Top', `tops[${index}]`, top);
    assembly.add(top);
  }
  return { layer: assembly.layers };
}
