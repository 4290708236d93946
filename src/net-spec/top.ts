import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError } from '../error/argument.js';
import type { caffe, LayerParameter } from '../proto/schema.js';

/** A layer made by one of the functions of {@link layers}. It has no name, and refers to tops, not to their names. */
export interface LayerCall {
  /** The layer type. */
  readonly type: string;
  /** The bottoms, in order. */
  readonly bottoms: readonly Top[];
  /** The number of tops. */
  readonly ntop: number;
  /** The tops that name the layer, or its {@link Sink} if `ntop` is 0. */
  readonly tops: readonly Top[];
  /** Whether the layer writes its tops over its bottoms. */
  readonly inPlace: boolean;
  /** The layer's fields of LayerParameter, without the type and the names. */
  readonly message: Readonly<LayerParameter>;
}

/** A net as a plain object. `new Net` takes it. */
export type NetMessage = caffe.NetParameter.$Properties & { layer: LayerParameter[] };

/**
 * A blob of a net that is not built yet. The functions of {@link layers} return tops and take them as bottoms. A top
 * gets its name from the {@link NetSpec} property that it is assigned to. Otherwise it is named after its layer's type:
 * `Convolution1`, `Convolution2`.
 */
export class Top {
  /** The layer that makes this top. */
  readonly layer: LayerCall;
  /** The index of this top among the layer's tops. */
  readonly index: number;

  /** @internal */
  constructor(layer: LayerCall, index: number) {
    this.layer = layer;
    this.index = index;
  }

  /** The net of all layers that this top needs, with automatic names; see the function {@link toProto}. */
  toProto(): NetMessage {
    return toProto(this);
  }

  static {
    inAnyCopy(Top, 'Top');
  }
}

/**
 * Stands for a layer without tops (`ntop: 0`, such as Silence). A {@link NetSpec} and `toProto` take it. A layer does
 * not take it as a bottom.
 */
export class Sink extends Top {
  /** Marks a layer without tops; always true. */
  readonly zeroTops = true;

  static {
    inAnyCopy(Sink, 'Sink');
  }
}

/** A top that a layer takes as a bottom: any Top that is not a {@link Sink}. */
export type Bottom = Top & { readonly zeroTops?: never };

/**
 * The net of all layers that the given tops need. All names are automatic: blobs and layers are called `Data1`,
 * `Convolution1`, `Convolution2`...
 *
 * @throws {TypeError} if an argument is not a Top
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

/** Collects the layers that some tops need, with their names. Each layer comes after those that make its bottoms. */
export class Assembly {
  readonly #layers = new Map<LayerCall, NamedLayer>();
  readonly #names: Map<Top, string>;
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  /** @param names - the tops that already have names */
  constructor(names: Iterable<readonly [Top, string]> = []) {
    this.#names = new Map(names);
    this.#taken = new Set(this.#names.values());
  }

  get layers(): LayerParameter[] {
    return [...this.#layers.values()];
  }

  /** Not recursive: a chain of some thousand layers would overflow the stack. */
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
   * pycaffe's automatic names, except those that are already taken: a net with two blobs of one name cannot be built.
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
