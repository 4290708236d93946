import { permutation } from './permutation.js';
import { describe, keep } from './sample.js';
import { wait, type Steps } from './steps.js';

/** What comes after an epoch's last sample. */
export const end = Symbol('end of the epoch');

/** The samples of one epoch, from some place in it on. */
export interface Epoch {
  next(): Steps<unknown>;
  /** No more is wanted. */
  close(): void;
}

/** Samples that can be had in any order. */
export interface SampleList<T = unknown> {
  readonly length: number;
  at(index: number): T | PromiseLike<T>;
}

/** Of a list. Where `at` gives promises, several samples are asked for at once; each is used when its turn comes. */
export class ListEpoch implements Epoch {
  readonly #list: SampleList;
  readonly #order: Uint32Array | undefined;
  readonly #length: number;
  readonly #concurrency: number;
  readonly #asked: Promise<unknown>[] = [];
  #next: number;
  #isAsync = false;

  constructor(list: SampleList, length: number, order: Uint32Array | undefined, first: number, concurrency: number) {
    this.#list = list;
    this.#order = order;
    this.#length = length;
    this.#next = first;
    this.#concurrency = concurrency;
  }

  #ask(): unknown {
    const place = this.#next++;
    return this.#list.at(this.#order?.[place] ?? place);
  }

  /** What it throws comes in its turn too. */
  #askAhead(): Promise<unknown> {
    const sample = new Promise<unknown>((resolve) => {
      resolve(this.#ask());
    });
    sample.catch(() => undefined); // somebody waits for it later, or nobody does
    return sample;
  }

  *next(): Steps<unknown> {
    // Ahead only when it is known that `at` waits: one that does not may fill the same array again and again.
    while (this.#isAsync && this.#asked.length < this.#concurrency && this.#next < this.#length) {
      this.#asked.push(this.#askAhead());
    }
    const asked = this.#asked.shift();
    if (asked !== undefined) return yield* wait(asked);
    if (this.#next >= this.#length) return end;
    const sample = this.#ask();
    this.#isAsync = typeof (sample as PromiseLike<unknown> | null | undefined)?.then === 'function';
    return yield* wait(sample);
  }

  close(): void {
    this.#asked.length = 0;
    this.#next = this.#length;
  }
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** Of an iterator, whose samples can only be had one after the other. */
export class StreamEpoch implements Epoch {
  readonly #iterator: AnyIterator;
  readonly #isOver: (how: 'ended' | 'failed') => void;
  #over = false;

  /** @param isOver - told how it has ended */
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
    // It is told, and not waited for: what it fails with then concerns nobody any more.
    const ignore = (): undefined => undefined;
    try {
      void Promise.resolve(this.#iterator.return?.()).catch(ignore);
    } catch {
      ignore();
    }
  }
}

/**
 * Shuffles a stream in blocks: each block of so many samples in an order of its own. While one is used the next is
 * read, a sample for a sample, so that there is no long halt between them. The samples of a block do not depend on what
 * came before it, which is why a run may go on in the middle.
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

  /** @param block - the number of the block that the stream begins with */
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
