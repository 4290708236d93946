import { permutation, randomOf } from './permutation.js';
import { describe, keep } from './sample.js';
import { wait, type Steps } from './steps.js';

/** Returned after an epoch's last sample. */
export const end = Symbol('end of the epoch');

/** The samples of one epoch, from some position on. For a place of somebody else's a list gives anything. */
export interface Epoch {
  next(): Steps<unknown>;
  /** Call it when no more samples are needed. */
  close(): void;
}

/** Samples that can be read in any order. */
export interface SampleList<T = unknown> {
  /** How many samples there are in an epoch. */
  readonly length: number;
  /** Returns a sample, or a promise of one. `index` counts from 0. */
  at(index: number, options: AtOptions): T | PromiseLike<T>;
}

/** The second argument of a list's `at`. */
export interface AtOptions {
  /** The epoch that asks, from 0. */
  readonly epoch: number;
  /**
   * Returns a random number from 0 to 1, without 1. The numbers follow from the seed of `shuffle` (0 without it), the
   * epoch and the index. So a sample that is cropped and mirrored by them is the same in a resumed run.
   */
  readonly random: () => number;
}

/** Whether the sample at a place of the epoch is to be read: several processes share them out. */
export type IsOwn = (place: number) => boolean;

/** How a list is read: shuffled by a seed or in order, and how many promises at once. */
export interface ListOptions {
  readonly seed: number | undefined;
  readonly concurrency: number;
  readonly isOwn: IsOwn;
}

/** An epoch of a list. If `at` returns promises, it requests several samples at once. It uses them in order. */
export class ListEpoch implements Epoch {
  readonly #list: SampleList;
  readonly #order: Uint32Array | undefined;
  readonly #length: number;
  readonly #epoch: number;
  readonly #seed: number;
  readonly #concurrency: number;
  readonly #isOwn: IsOwn;
  readonly #asked: Promise<unknown>[] = [];
  /** The place of the next sample, and the next one to ask for. */
  #place: number;
  #next: number;
  #isAsync = false;

  /** @param first - the sample to begin with */
  constructor(list: SampleList, length: number, epoch: number, first: number, options: ListOptions) {
    const { seed, concurrency, isOwn } = options;
    this.#list = list;
    this.#isOwn = isOwn;
    this.#order = seed === undefined ? undefined : permutation(length, seed, epoch);
    this.#length = length;
    this.#epoch = epoch;
    this.#seed = seed ?? 0;
    this.#place = this.#next = first;
    this.#concurrency = concurrency;
  }

  #ask(): unknown {
    while (!this.#isOwn(this.#next)) this.#next++;
    const place = this.#next++;
    const index = this.#order?.[place] ?? place;
    return this.#list.at(index, { epoch: this.#epoch, random: randomOf(this.#seed, this.#epoch, index) });
  }

  /** An error that it throws also waits for its turn. */
  #askAhead(): Promise<unknown> {
    const sample = new Promise<unknown>((resolve) => {
      resolve(this.#ask());
    });
    sample.catch(() => undefined); // it may be awaited later, or never
    return sample;
  }

  *next(): Steps<unknown> {
    // Ask ahead only when `at` is known to return promises. A synchronous `at` may fill the same array again and
    // again.
    while (this.#isAsync && this.#asked.length < this.#concurrency && this.#hasNext()) {
      this.#asked.push(this.#askAhead());
    }
    if (this.#place >= this.#length) return end;
    if (!this.#isOwn(this.#place++)) return undefined;
    const asked = this.#asked.shift();
    if (asked !== undefined) return yield* wait(asked);
    const sample = this.#ask();
    this.#isAsync = typeof (sample as PromiseLike<unknown> | null | undefined)?.then === 'function';
    return yield* wait(sample);
  }

  #hasNext(): boolean {
    while (this.#next < this.#length && !this.#isOwn(this.#next)) this.#next++;
    return this.#next < this.#length;
  }

  close(): void {
    this.#asked.length = 0;
    this.#place = this.#next = this.#length;
  }
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** An epoch of an iterator, which gives its samples only one after the other. */
export class StreamEpoch implements Epoch {
  readonly #iterator: AnyIterator;
  readonly #isOver: (how: 'ended' | 'failed') => void;
  #over = false;

  /** @param isOver - called when the iterator ends, with the way it ended */
  constructor(iterator: AnyIterator, isOver: (how: 'ended' | 'failed') => void = () => undefined) {
    this.#iterator = iterator;
    this.#isOver = isOver;
  }

  *next(): Steps<unknown> {
    if (this.#over) return end;
    try {
      const result = yield* wait<IteratorResult<unknown>>(this.#iterator.next());
      if (typeof result !== 'object' || result === null) {
        throw new TypeError(
          `Expected { done, value } from next() of the source's iterator but received ${describe(result)}`,
        );
      }
      if (result.done !== true) return yield* wait(result.value);
      this.#over = true;
      this.#isOver('ended');
      return end;
    } catch (error) {
      this.#over = true;
      this.#isOver('failed');
      throw error;
    }
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    // Call `return` but do not wait for it. If it fails, the error no longer matters to anyone.
    const ignore = (): undefined => undefined;
    try {
      void Promise.resolve(this.#iterator.return?.()).catch(ignore);
    } catch {
      ignore();
    }
  }
}

/**
 * Shuffles a stream in blocks. Each block of `size` samples has its own order. While one block is used, the next is
 * read, one sample for each sample used. This avoids a long pause between blocks. The samples of a block do not depend
 * on earlier blocks, so a run can resume in the middle.
 */
export class ShuffledEpoch implements Epoch {
  readonly #stream: Epoch;
  readonly #size: number;
  readonly #orderOf: (length: number, block: number) => Uint32Array;
  #block: unknown[] = [];
  #order: Uint32Array = new Uint32Array(0);
  #used = 0;
  #following: unknown[] = [];
  #number: number;

  /** @param block - the number of the stream's first block */
  constructor(stream: Epoch, size: number, seed: number, epoch: number, block: number) {
    this.#stream = stream;
    this.#size = size;
    this.#orderOf = (length, number) => permutation(length, seed, epoch, number);
    this.#number = block;
  }

  *next(): Steps<unknown> {
    if (this.#used === this.#block.length) {
      while (yield* this.#read());
      this.#block = this.#following;
      this.#following = [];
      this.#order = this.#orderOf(this.#block.length, this.#number++);
      this.#used = 0;
      if (this.#block.length === 0) return end;
    }
    yield* this.#read();
    return this.#block[this.#order[this.#used++] ?? 0];
  }

  *#read(): Steps<boolean> {
    if (this.#following.length === this.#size) return false;
    const sample = yield* this.#stream.next();
    if (sample === end) return false;
    this.#following.push(keep(sample));
    return true;
  }

  close(): void {
    this.#stream.close();
  }
}
