import type { Blob } from '../blob/blob.js';
import { expectOptions, expectString, expectStrings } from '../error/argument.js';
import { blobNamed } from './inputs.js';
import type { Net } from './net.js';

export interface RunOptions {
  /** The name of the first layer to run. */
  start?: string;
  /** The name of the last one, itself included. */
  end?: string;
  /** Further blobs to return. */
  blobs?: string[];
}

/** The layers to run, and what to return. @internal */
export interface Run {
  readonly first: number;
  readonly last: number;
  readonly wanted: readonly { readonly name: string; readonly blob: Blob; view?: Float32Array }[];
  /** The result of the run before: a copy of it costs a fraction of what storing the properties one by one does. */
  readonly latest: Record<string, Float32Array | undefined>;
}

/** The views of what a run returns. @internal */
export function take({ wanted, latest }: Run, what: 'data' | 'diff'): Record<string, Float32Array> {
  for (const one of wanted) {
    // To look at them must not make the GPU's values old.
    const view = what === 'data' ? one.blob.cpuData : one.blob.cpuDiff;
    if (view !== one.view) latest[one.name] = one.view = view;
  }
  return { ...latest } as Record<string, Float32Array>;
}

/** What the options of a net's runs mean; runs without options are planned once. @internal */
export class Runs {
  readonly #net: Net;
  #wholeForward: Run | undefined;
  #wholeBackward: Run | undefined;

  constructor(net: Net) {
    this.#net = net;
  }

  forward(options?: RunOptions): Run {
    if (options === undefined) return (this.#wholeForward ??= this.forward({}));
    const { start, end, blobs = [] } = expectOptions(options);
    const { outputs, topNames, layerNames } = this.#net;
    return this.#plan(
      start === undefined ? 0 : this.#layerIndex(start),
      end === undefined ? layerNames.length - 1 : this.#layerIndex(end),
      [...(end === undefined ? outputs : (topNames[end] ?? [])), ...expectStrings(blobs, 'blobs')],
    );
  }

  backward(options?: RunOptions): Run {
    if (options === undefined) return (this.#wholeBackward ??= this.backward({}));
    const { start, end, blobs = [] } = expectOptions(options);
    const { inputs, bottomNames, layerNames } = this.#net;
    return this.#plan(
      start === undefined ? layerNames.length - 1 : this.#layerIndex(start),
      end === undefined ? 0 : this.#layerIndex(end),
      [...(end === undefined ? inputs : (bottomNames[end] ?? [])), ...expectStrings(blobs, 'blobs')],
    );
  }

  #plan(first: number, last: number, names: readonly string[]): Run {
    const wanted = names.map((name) => ({ name, blob: blobNamed(this.#net.blobs, name) }));
    return { first, last, wanted, latest: Object.fromEntries(names.map((name) => [name, undefined])) };
  }

  #layerIndex(name: string): number {
    const { layerDict, layerNames } = this.#net;
    const layer = layerDict[expectString(name, "a layer's name")];
    if (layer === undefined) throw new RangeError(`The net has no layer "${name}"; it has (${layerNames.join(', ')})`);
    return layer.index;
  }
}
