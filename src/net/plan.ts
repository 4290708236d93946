import type { Blob } from '../blob/blob.js';
import { didYouMean, expectOptions, expectString, expectStrings } from '../error/argument.js';
import { inOrder, isReordered } from '../order/in-order.js';
import { blobNamed } from './inputs.js';
import type { NetLayer, NetStructure } from './structure.js';

/** Which layers {@link Net.forward} or {@link Net.backward} runs, and what it returns. */
export interface RunOptions {
  /** The name of the first layer to run. */
  start?: string;
  /** The name of the last layer to run. */
  end?: string;
  /** The names of further blobs to return. */
  blobs?: string[];
}

/**
 * A forward or backward over some layers of a net: what the caller gives, what runs, what is returned.
 *
 * @internal
 */
export interface Plan {
  /** Whether the run computes data or diffs. */
  readonly values: 'data' | 'diff';
  /** The blobs that the caller may fill before the run. */
  readonly filled: readonly string[];
  /** The layers to run, by their indices. */
  readonly first: number;
  readonly last: number;
  /** What the run returns. */
  readonly wanted: readonly { readonly name: string; readonly blob: Blob; view?: Float32Array }[];
  /** The result of the previous run. Copying this object costs a fraction of storing its properties one by one. */
  readonly latest: Record<string, Float32Array | undefined>;
  /** Gives a result the order of its names, where JavaScript has another one. */
  readonly order: (<T extends object>(result: T) => T) | undefined;
  /** Properties that throw, for gradients that are not computed. */
  readonly refused: PropertyDescriptorMap | undefined;
}

/**
 * The views that a run returns.
 *
 * @internal
 */
export function viewsOf({ wanted, latest, values, order, refused }: Plan): Record<string, Float32Array> {
  for (const one of wanted) {
    // A plain read must not mark the GPU's values as outdated.
    const view = values === 'data' ? one.blob.cpuData : one.blob.cpuDiff;
    if (view !== one.view) latest[one.name] = one.view = view;
  }
  const views = { ...latest } as Record<string, Float32Array>;
  if (refused !== undefined) Object.defineProperties(views, refused);
  return order === undefined ? views : order(views);
}

const wayOut =
  'Caffe plans none for inputs, for a net without a loss and for labels. Build the net with new Net(…, { forceBackward: true }), or write force_backward: true in its prototxt, for all except labels';

function noGradient(name: string): RangeError {
  return new RangeError(`The gradient of "${name}" is never computed in this net: ${wayOut}`);
}

/** They are no keys, so that what lists or copies a result does not fail. */
function refusals(names: readonly string[]): PropertyDescriptorMap {
  const refusal = (name: string): PropertyDescriptor => ({
    configurable: true,
    enumerable: false,
    get: () => {
      throw noGradient(name);
    },
  });
  return Object.fromEntries(names.map((name) => [name, refusal(name)]));
}

/**
 * Turns the options of a net's forward and backward into a plan. The plan of a call without options is made only once.
 *
 * @internal
 */
export class Planner {
  readonly #net: NetStructure;
  #wholeForward: Plan | undefined;
  #wholeBackward: Plan | undefined;

  constructor(net: NetStructure) {
    this.#net = net;
  }

  forward(options?: RunOptions): Plan {
    if (options === undefined) return (this.#wholeForward ??= this.forward({}));
    const { start, end, blobs = [] } = expectOptions(options, ['start', 'end', 'blobs']);
    const { inputs, outputs, layers } = this.#net;
    const last = end === undefined ? undefined : this.#layer(end);
    return {
      values: 'data',
      filled: inputs,
      first: start === undefined ? 0 : this.#layer(start).index,
      last: last?.index ?? layers.length - 1,
      refused: undefined,
      ...this.#results([...(last?.top ?? outputs), ...expectStrings(blobs, 'blobs')]),
    };
  }

  /** @param seeded - whether the caller gives diffs to begin with */
  backward(options: RunOptions | undefined, seeded: boolean): Plan {
    const plan = options === undefined ? (this.#wholeBackward ??= this.#backward({})) : this.#backward(options);
    if (seeded) this.#expectGradients(plan);
    return plan;
  }

  #backward(options: RunOptions): Plan {
    const { start, end, blobs = [] } = expectOptions(options, ['start', 'end', 'blobs']);
    const { inputs, outputs, layers, withoutGradient } = this.#net;
    const last = end === undefined ? undefined : this.#layer(end);
    const asked = expectStrings(blobs, 'blobs');
    for (const name of asked) if (withoutGradient.has(name)) throw noGradient(name);
    const results = [...(last?.bottom ?? inputs), ...asked];
    const refused = results.filter((name) => withoutGradient.has(name));
    return {
      values: 'diff',
      filled: outputs,
      first: start === undefined ? layers.length - 1 : this.#layer(start).index,
      last: last?.index ?? 0,
      refused: refused.length === 0 ? undefined : refusals(refused),
      ...this.#results(results.filter((name) => !withoutGradient.has(name))),
    };
  }

  #expectGradients({ first, last }: Plan): void {
    const { runsBackward, layerNames } = this.#net;
    if (first < last || runsBackward.slice(last, first + 1).includes(true)) return;
    throw new RangeError(
      `Expected diffs for a backward that computes gradients, but none of the layers from ${layerNames[first] ?? ''} to ${layerNames[last] ?? ''} does: ${wayOut}`,
    );
  }

  #results(names: readonly string[]): Pick<Plan, 'wanted' | 'latest' | 'order'> {
    const wanted = names.map((name) => ({ name, blob: blobNamed(this.#net.blobs, name) }));
    const distinct = [...new Set(names)];
    return {
      wanted,
      latest: Object.fromEntries(names.map((name) => [name, undefined])),
      order: isReordered(distinct) ? (result) => inOrder(result, distinct) : undefined,
    };
  }

  /** The first layer of that name, as in pycaffe. */
  #layer(name: string): NetLayer {
    const { layers, layerNames } = this.#net;
    expectString(name, "a layer's name");
    const layer = layers.find((one) => one.name === name);
    if (layer !== undefined) return layer;
    const near = didYouMean(name, layerNames) || `; it has (${layerNames.join(', ')})`;
    throw new RangeError(`The net has no layer "${name}"${near}`);
  }
}
