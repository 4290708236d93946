import type { Net } from '../net/net.js';
import type { NetLayer } from '../net/structure.js';
import { count, NotInOnnx } from './conversion.js';
import type { Graph, Shape, Value } from './graph.js';

/** The learnable blobs of a net as constants. Layers that share a blob share the constant. */
export class LearnableBlobs {
  readonly #graph: Graph;
  /** For each learnable blob, layer by layer: the index of the one that it shares its values with, or -1. */
  readonly #owners: readonly number[];
  /** The index of the first learnable blob of each layer. */
  readonly #firsts: readonly number[];
  readonly #constants = new Map<string, Value>();

  constructor(net: Net, graph: Graph) {
    this.#graph = graph;
    this.#owners = net.native.paramOwners();
    let first = 0;
    this.#firsts = net.native.paramCounts().map((count) => (first += count) - count);
  }

  /** @param shape - the shape of the constant, that of the blob by default */
  constant(layer: NetLayer, index: number, shape?: Shape): Value {
    const blob = layer.blobs[index];
    if (blob === undefined) throw new RangeError(`layer "${layer.name}" has no learnable blob ${index}`);
    const as = shape ?? blob.shape;
    // Caffe refuses it in forward: somebody has reshaped the blob.
    if (count(as) !== blob.count) {
      throw new NotInOnnx(
        `has a learnable blob ${index} of the shape (${blob.shape.join(', ')}), but needs (${as.join(', ')})`,
      );
    }
    const number = (this.#firsts[layer.index] ?? 0) + index;
    const owner = this.#owners[number] ?? -1;
    const key = `${owner < 0 ? number : owner}: ${as.join(' ')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const constant = this.#graph.floats(blob.data, as, `${layer.name}.blobs[${index}]`);
    this.#constants.set(key, constant);
    return constant;
  }
}
