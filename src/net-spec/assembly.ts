import type { LayerParameter } from '../proto/schema.js';
import type { LayerCall } from './layer-call.js';
import type { Top } from './top.js';

type NamedLayer = LayerParameter & { top: string[] };

/** The layers that some tops need, each after those that make its bottoms, with their names. */
export class Assembly {
  readonly #layers = new Map<LayerCall, NamedLayer>();
  readonly #names: Map<Top, string>;
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  /** @param names - the tops that have names already */
  constructor(names: Iterable<readonly [Top, string]> = []) {
    this.#names = new Map(names);
    this.#taken = new Set(this.#names.values());
  }

  get layers(): LayerParameter[] {
    return [...this.#layers.values()];
  }

  /** Not recursive: a chain of some thousand layers would be too deep. */
  add({ layer: last }: Top): void {
    const pending = [last];
    for (let layer = pending.at(-1); layer !== undefined; layer = pending.at(-1)) {
      const missing = layer.bottoms.find((bottom) => !this.#layers.has(bottom.layer));
      if (missing !== undefined) {
        pending.push(missing.layer);
        continue;
      }
      if (!this.#layers.has(layer)) this.#layers.set(layer, this.#named(layer));
      pending.pop();
    }
  }

  #named(layer: LayerCall): NamedLayer {
    const bottom = layer.bottoms.map((top) => this.#layers.get(top.layer)?.top[top.index] ?? '');
    const top = layer.inPlace ? bottom : layer.tops.slice(0, layer.ntop).map((each) => this.#nameOf(each));
    const [first] = layer.tops;
    const { bottom: otherBottoms, top: otherTops, ...fields } = structuredClone(layer.message);
    return {
      name: first === undefined ? '' : this.#nameOf(first),
      type: layer.type,
      bottom: [...bottom, ...(otherBottoms ?? [])],
      top: [...top, ...(otherTops ?? [])],
      ...fields,
    };
  }

  /** pycaffe's automatic names, but for those that are given already: a net with two blobs of one name cannot be built. */
  #nameOf(top: Top): string {
    const { type } = top.layer;
    let name = this.#names.get(top);
    while (name === undefined) {
      const count = (this.#counts.get(type) ?? 0) + 1;
      this.#counts.set(type, count);
      if (!this.#taken.has(`${type}${count}`)) name = `${type}${count}`;
    }
    this.#names.set(top, name);
    return name;
  }
}
