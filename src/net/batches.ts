import type { Blob } from '../blob/blob.js';
import { expectObject, expectValues } from '../error/argument.js';
import type { Arrays } from './inputs.js';
import type { RunOptions } from './plan.js';
import type { NetStructure } from './structure.js';

/** A net that can be run. */
interface Runnable extends Pick<NetStructure, 'inputs' | 'blobs'> {
  forward(inputs?: Arrays, options?: RunOptions): Record<string, Float32Array>;
  backward(diffs?: Arrays, options?: RunOptions): Record<string, Float32Array>;
}

/** How many items an array holds for a blob whose first axis is the batch. */
function itemSize({ count, shape }: Blob): number {
  return count / Math.max(1, shape[0] ?? 1);
}

/**
 * Splits arrays of any number of items into batches of the blobs' own size; the last is filled up with zeros.
 *
 * @throws {RangeError} if an array holds no whole number of items, or another number than the others
 */
export function* batches(arrays: Arrays, blobs: Readonly<Record<string, Blob>>): Generator<Arrays, void> {
  const given = Object.entries(expectObject(arrays, 'inputs', 'an object of arrays'));
  const entries = given.flatMap(([name, values]) => {
    const blob = blobs[name];
    expectValues(values, name);
    return blob === undefined ? [] : [{ name, values, size: itemSize(blob), batch: blob.shape[0] ?? 1 }];
  });
  const counts = entries.map(({ name, values, size }) => {
    if (values.length % size !== 0) {
      throw new RangeError(`Expected a multiple of ${size} values for ${name} but received ${values.length}`);
    }
    return values.length / size;
  });
  const [first] = counts;
  if (counts.some((count) => count !== first)) {
    throw new RangeError(
      `Expected as many items for each of (${Object.keys(arrays).join(', ')}) but received (${counts.join(', ')})`,
    );
  }
  const batch = entries[0]?.batch ?? 1;
  for (let item = 0; item < (first ?? 0); item += batch) {
    const filled = entries.map(({ name, values, size }) => {
      const part = new Float32Array(batch * size);
      part.set(Array.prototype.slice.call(values, item * size, (item + batch) * size) as number[]);
      return [name, part] as const;
    });
    yield Object.fromEntries(filled);
  }
}

/** Collects copies of what each batch gives, and puts them together without what the last batch was filled up with. */
export class Collected {
  readonly #parts = new Map<string, Float32Array[]>();

  add(results: Record<string, Float32Array>): void {
    for (const [name, values] of Object.entries(results)) {
      const parts = this.#parts.get(name);
      if (parts === undefined) this.#parts.set(name, [values.slice()]);
      else parts.push(values.slice());
    }
  }

  /** @param items - how many items went in; a blob whose first axis is the batch gives so many */
  join(blobs: Readonly<Record<string, Blob>>, items: number, batch: number): Record<string, Float32Array> {
    const joined = [...this.#parts].map(([name, parts]) => {
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        all.set(part, offset);
        offset += part.length;
      }
      const blob = blobs[name];
      return [name, blob?.shape[0] === batch ? all.slice(0, items * itemSize(blob)) : all] as const;
    });
    return Object.fromEntries(joined);
  }
}

/** How many items the inputs hold, and how many a batch has. */
function itemsOf({ inputs: [name = ''], blobs }: Runnable, arrays: Arrays): [items: number, batch: number] {
  const blob = blobs[name];
  return blob === undefined ? [0, 1] : [(arrays[name]?.length ?? 0) / itemSize(blob), blob.shape[0] ?? 1];
}

/** See {@link Net.forwardAll}. */
export function forwardAll(net: Runnable, inputs: Arrays, blobs: string[]): Record<string, Float32Array> {
  const collected = new Collected();
  for (const batch of batches(inputs, net.blobs)) collected.add(net.forward(batch, { blobs }));
  return collected.join(net.blobs, ...itemsOf(net, inputs));
}

/** See {@link Net.forwardBackwardAll}. */
export function forwardBackwardAll(
  net: Runnable,
  inputs: Arrays,
  diffs: Arrays | undefined,
  options: { blobs?: string[]; diffs?: string[] },
): { blobs: Record<string, Float32Array>; diffs: Record<string, Float32Array> } {
  const [allBlobs, allDiffs] = [new Collected(), new Collected()];
  const diffBatches = diffs === undefined ? undefined : batches(diffs, net.blobs);
  for (const batch of batches(inputs, net.blobs)) {
    allBlobs.add(net.forward(batch, { blobs: options.blobs ?? [] }));
    const next = diffBatches?.next();
    allDiffs.add(net.backward(next?.value ?? undefined, { blobs: options.diffs ?? [] }));
  }
  const items = itemsOf(net, inputs);
  return { blobs: allBlobs.join(net.blobs, ...items), diffs: allDiffs.join(net.blobs, ...items) };
}
