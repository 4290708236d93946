import type { Blob } from '../blob/blob.js';
import { expectOptions, expectString, expectStrings } from '../error/argument.js';
import { blobNamed } from './inputs.js';
import type { NetStructure } from './structure.js';

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
}

/**
 * The views that a run returns.
 *
 * @internal
 */
export function viewsOf({ wanted, latest, values }: Plan): Record<string, Float32Array> {
  for (const one of wanted) {
    // A plain read must not mark the GPU's values as outdated.
    const view = values === 'data' ? one.blob.cpuData : one.blob.cpuDiff;
    if (view !== one.view) latest[one.name] = one.view = view;
  }
  return { ...latest } as Record<string, Float32Array>;
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
    const { inputs, outputs, topNames, layerNames } = this.#net;
    return {
      values: 'data',
      filled: inputs,
      first: start === undefined ? 0 : this.#layerIndex(start),
      last: end === undefined ? layerNames.length - 1 : this.#layerIndex(end),
      ...this.#results([...(end === undefined ? outputs : (topNames[end] ?? [])), ...expectStrings(blobs, 'blobs')]),
    };
  }

  backward(options?: RunOptions): Plan {
    if (options === undefined) return (this.#wholeBackward ??= this.backward({}));
    const { start, end, blobs = [] } = expectOptions(options, ['start', 'end', 'blobs']);
    const { inputs, outputs, bottomNames, layerNames } = this.#net;
    return {
      values: 'diff',
      filled: outputs,
      first: start === undefined ? layerNames.length - 1 : this.#layerIndex(start),
      last: end === undefined ? 0 : this.#layerIndex(end),
      ...this.#results([...(end === undefined ? inputs : (bottomNames[end] ?? [])), ...expectStrings(blobs, 'blobs')]),
    };
  }

  #results(names: readonly string[]): Pick<Plan, 'wanted' | 'latest'> {
    const wanted = names.map((name) => ({ name, blob: blobNamed(this.#net.blobs, name) }));
    return { wanted, latest: Object.fromEntries(names.map((name) => [name, undefined])) };
  }

  #layerIndex(name: string): number {
    const { layerDict, layerNames } = this.#net;
    const layer = layerDict[expectString(name, "a layer's name")];
    if (layer === undefined) throw new RangeError(`The net has no layer "${name}"; it has (${layerNames.join(', ')})`);
    return layer.index;
  }
}
