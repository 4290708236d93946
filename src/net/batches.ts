import { isFloat32Array } from 'node:util/types';
import type { Blob } from '../blob/blob.js';
import { unwrittenFloats } from '../blob/unwritten.js';
import { expectObject, expectStrings } from '../error/argument.js';
import { inOrder } from '../order/in-order.js';
import { blobNamed, expectArrays, isGiven, valuesOf, type Arrays, type Lengths } from './inputs.js';

type Results = Record<string, Float32Array>;
type Run<Result> = (arrays?: Arrays, options?: { blobs?: string[] }) => Result;

/** What a net must have so that it can run batch by batch. */
interface Runnable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly blobs: Readonly<Record<string, Blob>>;
  forward: Run<Results>;
  forwardAsync: Run<Promise<Results>>;
  backward: Run<Results>;
}

/** `count` values from `start` on: a view where that can be, and otherwise a copy. Values beyond the end are zeros. */
function piece(values: ArrayLike<number>, start: number, count: number): ArrayLike<number> {
  if (isFloat32Array(values) && start + count <= values.length) return values.subarray(start, start + count);
  const copy = new Float32Array(count);
  const given = Math.min(count, values.length - start);
  for (let i = 0; i < given; i++) copy[i] = values[start + i] ?? NaN;
  return copy;
}

/**
 * Splits any number of items into batches of the net's batch size. The batch is the first axis of the net's first
 * input, and of each blob whose first axis has the same size. A blob with another first axis has one set of values for
 * each batch.
 */
class Batches {
  readonly #net: Runnable;
  readonly #batch: number;
  readonly #items: number;
  /** How many batches there are. The last one may be partly filled. */
  readonly count: number;
  /** Returns the inputs of one batch. */
  readonly inputs: (batch: number) => Arrays;
  /** How many values a blob has for all items. */
  readonly #lengths: Lengths = {
    of: ({ count, shape }) => (shape[0] === this.#batch ? (count / this.#batch) * this.#items : count * this.count),
    why: ({ count, shape }) =>
      shape[0] === this.#batch
        ? `${count / this.#batch} for each of ${this.#items} items`
        : `${count} for each of ${this.count} batches`,
  };

  /**
   * @throws {TypeError} for names that are not the net's inputs
   * @throws {RangeError} for a net without inputs, for a number of items that is not whole, and for inputs with
   * different numbers of items
   */
  constructor(net: Runnable, inputs: Arrays) {
    const [name] = net.inputs;
    if (name === undefined) {
      throw new RangeError('Expected a net with inputs but this one has none: its layers bring the data, call forward');
    }
    const { count, shape } = blobNamed(net.blobs, name);
    if (count === 0)
      throw new RangeError(`Expected a blob with values for ${name} but its shape is (${shape.join(', ')})`);
    this.#net = net;
    this.#batch = shape[0] ?? 1;
    const { [name]: first = [] } = expectObject(inputs, 'inputs', 'an object of arrays'); // cut reports a missing one
    const { length } = valuesOf(first, name);
    const size = count / this.#batch;
    if (length % size !== 0) {
      throw new RangeError(`Expected a multiple of ${size} values for ${name} but received ${length}`);
    }
    this.#items = length / size;
    this.count = Math.ceil(this.#items / this.#batch);
    this.inputs = this.cut(inputs, net.inputs, 'data');
  }

  /**
   * Checks arrays of all items. Returns a function that cuts out the arrays of one batch.
   *
   * @throws {TypeError} for names other than `names`
   * @throws {RangeError} for a number of items that differs from that of the net's first input
   */
  cut(arrays: Arrays, names: readonly string[], what: 'data' | 'diff'): (batch: number) => Arrays {
    const checked = expectArrays(arrays, names, this.#net.blobs, what, this.#lengths);
    return (batch) =>
      Object.fromEntries(
        checked.map(({ name, blob: { count }, values }) => [name, piece(values, batch * count, count)]),
      );
  }

  /** Collects copies of these blobs from each batch. The padding of the last batch is left out. */
  collect(names: readonly string[], further: readonly string[], what: string): Collected {
    const all = [...names, ...expectStrings(further, what)];
    for (const name of all) blobNamed(this.#net.blobs, name);
    return new Collected(all, (name) => {
      // Looked up at the end: a layer may change the shapes of its tops from batch to batch.
      const blob = blobNamed(this.#net.blobs, name);
      return blob.shape[0] === this.#batch ? this.#lengths.of(blob) : undefined;
    });
  }
}

/** Copies of each batch's results, concatenated. */
class Collected {
  readonly #parts: ReadonlyMap<string, Float32Array[]>;
  readonly #lengthOf: (name: string) => number | undefined;
  /** Properties that throw, of gradients that are not computed. */
  readonly #refused = new Map<string, PropertyDescriptor>();

  /** @param lengthOf - how many values belong to items; undefined means all of them */
  constructor(names: readonly string[], lengthOf: (name: string) => number | undefined) {
    this.#parts = new Map(names.map((name) => [name, []]));
    this.#lengthOf = lengthOf;
  }

  add(results: Results): void {
    for (const [name, parts] of this.#parts) {
      const property = Object.getOwnPropertyDescriptor(results, name);
      if (property?.get === undefined) parts.push(copyOf(results[name] ?? new Float32Array()));
      else this.#refused.set(name, property);
    }
  }

  join(): Results {
    const computed = [...this.#parts].filter(([name]) => !this.#refused.has(name));
    const joined = computed.map(([name, parts]) => [name, concatenated(parts, this.#lengthOf(name))] as const);
    return inOrder(
      Object.defineProperties(Object.fromEntries(joined), Object.fromEntries(this.#refused)),
      joined.map(([name]) => name),
    );
  }
}

function copyOf(values: Float32Array): Float32Array {
  const copy = unwrittenFloats(values.length);
  copy.set(values);
  return copy;
}

/** @param most - how many values to keep; undefined keeps all */
function concatenated(parts: readonly Float32Array[], most = Infinity): Float32Array {
  const length = Math.min(
    most,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  const [first] = parts;
  if (first?.length === length) return first;
  const all = unwrittenFloats(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part.subarray(0, length - offset), offset);
    offset += Math.min(part.length, length - offset);
  }
  return all;
}

/** See {@link Net.forwardAll}. */
export function forwardAll(net: Runnable, inputs: Arrays, blobs: string[]): Results {
  const batches = new Batches(net, inputs);
  const collected = batches.collect(net.outputs, blobs, 'blobs');
  for (let batch = 0; batch < batches.count; batch++) collected.add(net.forward(batches.inputs(batch), { blobs }));
  return collected.join();
}

/** See {@link Net.forwardAllAsync}. */
export async function forwardAllAsync(net: Runnable, inputs: Arrays, blobs: string[]): Promise<Results> {
  const batches = new Batches(net, inputs);
  const collected = batches.collect(net.outputs, blobs, 'blobs');
  for (let batch = 0; batch < batches.count; batch++)
    collected.add(await net.forwardAsync(batches.inputs(batch), { blobs }));
  return collected.join();
}

/** See {@link Net.forwardBackwardAll}. */
export function forwardBackwardAll(
  net: Runnable,
  inputs: Arrays,
  diffs: Arrays | undefined,
  options: { blobs?: string[]; diffs?: string[] },
): { blobs: Results; diffs: Results } {
  const batches = new Batches(net, inputs);
  const diffsOf = isGiven(diffs, 'diff') ? batches.cut(diffs, net.outputs, 'diff') : () => undefined;
  const allBlobs = batches.collect(net.outputs, options.blobs ?? [], 'blobs');
  const allDiffs = batches.collect(net.inputs, options.diffs ?? [], 'diffs');
  for (let batch = 0; batch < batches.count; batch++) {
    allBlobs.add(net.forward(batches.inputs(batch), { blobs: options.blobs ?? [] }));
    allDiffs.add(net.backward(diffsOf(batch), { blobs: options.diffs ?? [] }));
  }
  return { blobs: allBlobs.join(), diffs: allDiffs.join() };
}
