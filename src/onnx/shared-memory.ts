import { NotInOnnx } from './conversion.js';
import type { NetLayer } from '../net/structure.js';

/** The layers whose tops are their bottom in another shape, on the same memory. */
const sharing = new Set(['Split', 'Reshape', 'Flatten']);

/**
 * Finds what a graph cannot say: a layer that writes over its bottom in place, where another blob has the same memory
 * and is read later. Caffe then reads what was written over it; in ONNX each value stays as it is.
 */
export class SharedMemory {
  /** The blobs that have the memory of a blob, which is one of them. */
  readonly #groups = new Map<string, Set<string>>();
  /** By blob: the layer that wrote over it. */
  readonly #overwritten = new Map<string, string>();

  /** Call it for each layer, in their order. @throws {NotInOnnx} */
  follow({ name, type, bottom, top }: NetLayer): void {
    const [first = ''] = bottom;
    for (const blob of bottom) this.#expectIntact(blob);
    const shares = sharing.has(type) || ((type === 'Concat' || type === 'Slice') && bottom.length + top.length === 2);
    for (const blob of top) {
      if (bottom.includes(blob)) this.#overwrite(blob, name);
      else this.#groups.set(blob, shares ? (this.#groups.get(first) ?? new Set([first])).add(blob) : new Set([blob]));
    }
  }

  #expectIntact(blob: string): void {
    const layer = this.#overwritten.get(blob);
    if (layer === undefined) return;
    throw new NotInOnnx(
      `reads "${blob}", which layer "${layer}" has written over: it works in place on the same memory`,
    );
  }

  #overwrite(blob: string, layer: string): void {
    for (const other of this.#groups.get(blob) ?? []) if (other !== blob) this.#overwritten.set(other, layer);
  }

  /** Whether a blob holds at the end what its layer computed. */
  isIntact(blob: string): boolean {
    return !this.#overwritten.has(blob);
  }
}
