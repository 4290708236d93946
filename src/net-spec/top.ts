import { argumentError } from '../error/argument.js';
import type { caffe, LayerParameter } from '../proto/schema.js';

/** A layer as one of the functions of {@link layers} made it: without a name, and with tops instead of their names. */
export interface LayerCall {
  readonly type: string;
  readonly bottoms: readonly Top[];
  readonly ntop: number;
  /** What names it: its tops, or its {@link Sink} if `ntop` is 0. */
  readonly tops: readonly Top[];
  readonly inPlace: boolean;
  /** Its fields of LayerParameter, all but the type and the names. */
  readonly message: Readonly<LayerParameter>;
}

/** A net as a plain object: what `new Net` takes. */
export type NetMessage = caffe.NetParameter.$Properties & { layer: LayerParameter[] };

/**
 * A blob that a net will have: what the functions of {@link layers} return and take as bottoms. It gets its name from
 * the {@link NetSpec} that it is assigned to, else from its layer's type: `Convolution1`, `Convolution2`.
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

/**
 * What a layer without tops (`ntop: 0`, such as Silence) gives: a {@link NetSpec} or `toProto` takes it, but no layer
 * as a bottom.
 */
export class Sink extends Top {
  readonly zeroTops = true;
}

/** What a layer takes as a bottom. */
export type Bottom = Top & { readonly zeroTops?: never };

/**
 * The net of all layers that the given tops need. None of them has a name of its own: blobs and layers are called
 * `Data1`, `Convolution1`, `Convolution2`...
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

  /**
   * pycaffe's automatic names, but for those that are given already: a net with two blobs of one name cannot be built.
   */
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
