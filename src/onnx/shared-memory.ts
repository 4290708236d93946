import { NotInOnnx } from './conversion.js';
import type { Shape } from './graph.js';
import type { NetLayer } from '../net/structure.js';

/** The layers whose tops are their bottom in another shape, on the same memory. */
const sharing = new Set(['Split', 'Reshape', 'Flatten']);

/**
 * Finds what a graph cannot say: a layer that writes over its bottom in place, where another blob has the same memory
 * and is read later. Caffe then reads what was written over it; in ONNX each value stays as it is. A layer that no
 * output needs writes over memory too.
 */
export class SharedMemory {
  /** The blobs that have the memory of a blob, which is one of them. */
  readonly #groups = new Map<string, Set<string>>();
  /** The Parameter layers whose learnable blob a group is. */
  readonly #learned = new Map<Set<string>, string>();
  /** By blob: the layer that wrote over it. */
  readonly #overwritten = new Map<string, string>();

  /** Call it for each layer of the net, in their order, after {@link expectIntact}. */
  follow({ name, type, bottom, top }: NetLayer, shapeOf: (blob: string) => Shape): void {
    const [first = ''] = bottom;
    // Of one time step, Caffe's LSTM gives out the hidden state as both.
    const [out, hidden] = type === 'LSTM' && shapeOf(first)[0] === 1 ? top : [];
    const shares = sharing.has(type) || ((type === 'Concat' || type === 'Slice') && bottom.length + top.length === 2);
    for (const blob of top) {
      if (bottom.includes(blob)) {
        this.#overwrite(blob, name);
        continue;
      }
      const shared = shares ? first : blob === hidden ? out : undefined;
      const known = shared === undefined ? undefined : this.#groups.get(shared);
      const group = known ?? new Set(shared === undefined ? [] : [shared]);
      this.#groups.set(blob, group.add(blob));
      if (type === 'Parameter') this.#learned.set(group, name);
    }
  }

  /** Whether a layer finds in its bottoms what the layers below put there. @throws {NotInOnnx} */
  expectIntact({ bottom, top }: NetLayer): void {
    for (const blob of bottom) {
      const learned = this.#learned.get(this.#groups.get(blob) ?? new Set());
      if (learned !== undefined && top.includes(blob)) {
        throw new NotInOnnx(`writes over the learnable blob of layer "${learned}" in place, anew in each forward`);
      }
      const layer = this.#overwritten.get(blob);
      if (layer === undefined) continue;
      throw new NotInOnnx(
        `reads "${blob}", which layer "${layer}" has written over: it works in place on the same memory`,
      );
    }
  }

  #overwrite(blob: string, layer: string): void {
    for (const other of this.#groups.get(blob) ?? []) if (other !== blob) this.#overwritten.set(other, layer);
  }

  /** Whether a blob holds at the end what its layer computed. */
  isIntact(blob: string): boolean {
    return !this.#overwritten.has(blob);
  }
}
