import { argumentError, expectInteger } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { end, ListEpoch, ShuffledEpoch, StreamEpoch, type Epoch, type SampleList } from './epoch.js';
import type { CheckedOptions } from './options.js';
import { permutation } from './permutation.js';
import { wait, type Steps } from './steps.js';

/** What a source is opened with: the number of the epoch, from 0, and how many of its samples are to be left out. */
export interface OpenOptions {
  /** 0 unless `skips` is set. */
  skip: number;
}

/** What is iterated over, synchronously or not. */
export type SampleStream<T> = Iterable<T | PromiseLike<T>> | AsyncIterable<T>;

/**
 * Where samples come from: a list (an array, or `length` and `at`), anything that can be iterated over, or a function
 * that opens an epoch.
 */
export type SampleSource<T> =
  | readonly T[]
  | SampleList<T>
  | SampleStream<T>
  | ((epoch: number, options: OpenOptions) => SampleStream<T> | PromiseLike<SampleStream<T>>);

/** How far a source has been read: sample `sample` of epoch `epoch` is the next one, both from 0. */
export interface Cursor {
  readonly epoch: number;
  readonly sample: number;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

function isStream(value: unknown): value is SampleStream<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

function isList(value: unknown): value is SampleList {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  const { length, at } = value as Partial<SampleList>;
  return typeof at === 'function' && typeof length === 'number';
}

function iterate(stream: SampleStream<unknown>): AnyIterator {
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
}

/** What a user has given to `dataSource`, to be opened at any place. Several layers may read it, each on its own. */
export class Samples {
  readonly #list: SampleList | undefined;
  readonly #open: (epoch: number, options: OpenOptions) => unknown;
  readonly #options: CheckedOptions;
  /** Of an iterator that is its own iterable, as a generator is: it can be read once, by one layer. */
  readonly #once: AnyIterator | undefined;
  #onceHolder: object | undefined;
  #onceState: 'unread' | 'read' | 'ended' | 'failed' = 'unread';

  constructor(source: unknown, options: CheckedOptions) {
    this.#options = options;
    this.#list = isList(source) ? source : undefined;
    if (typeof source === 'function') {
      this.#open = source as never;
    } else if (isStream(source)) {
      this.#open = () => source;
      const isIterator = typeof (source as Partial<AnyIterator>).next === 'function';
      this.#once = isIterator ? iterate(source) : undefined;
    } else if (this.#list !== undefined) {
      this.#open = () => undefined;
    } else {
      throw argumentError('an iterable, a list with `length` and `at`, or a function', 'source', source);
    }
  }

  /** How many samples an epoch has, if that is known beforehand. */
  get length(): number | undefined {
    return this.#list && expectInteger(this.#list.length, 'length of the source', 0, 2 ** 32 - 1);
  }

  /** What the order of the samples follows from. */
  get shuffle(): CheckedOptions['shuffle'] {
    return this.#options.shuffle;
  }

  /** Why `holder` cannot read from there on, or undefined. */
  refusal({ epoch, sample }: Cursor, holder: object): string | undefined {
    if (this.#once === undefined) return undefined;
    const help = 'give dataSource an array, a list or a function that opens an epoch';
    if (this.#onceHolder !== undefined && this.#onceHolder !== holder) {
      return `its iterator can be read by one layer only; ${help}`;
    }
    if (this.#onceState === 'failed') return `its iterator has failed, and cannot be opened again; ${help}`;
    if (this.#onceState === 'ended') return `its iterator has come to its end, and cannot be opened again; ${help}`;
    if (epoch > 0) return `its iterator can be read once only, and not for epoch ${epoch}; ${help}`;
    if (this.#onceState === 'unread') return undefined;
    return `its iterator has been read from, and cannot be opened again at sample ${sample}; ${help}`;
  }

  /** Where a stream must be opened: a block that is shuffled is read from its beginning. */
  #first(sample: number): number {
    const { shuffle } = this.#options;
    return shuffle === undefined ? sample : sample - (sample % shuffle.buffer);
  }

  /** Opens an epoch at a sample. */
  *open(cursor: Cursor, holder: object): Steps<Epoch> {
    const { shuffle, concurrency } = this.#options;
    const { epoch, sample } = cursor;
    if (this.#list !== undefined) {
      const { length = 0 } = this;
      const order = shuffle && permutation(length, shuffle.seed, epoch);
      return new ListEpoch(this.#list, length, order, sample, concurrency);
    }
    const refusal = this.refusal(cursor, holder);
    if (refusal !== undefined) throw new CaffeError('ERR_CAFFE_SOURCE', refusal);
    const first = this.#first(sample);
    const stream = yield* this.#openStream(epoch, first, holder);
    if (shuffle === undefined) return stream;
    const shuffled = new ShuffledEpoch(stream, shuffle.buffer, shuffle.seed, epoch, first / shuffle.buffer);
    yield* drop(shuffled, sample - first, cursor);
    return shuffled;
  }

  /** @param first - the sample that is to come first */
  *#openStream(epoch: number, first: number, holder: object): Steps<Epoch> {
    if (this.#once !== undefined) {
      this.#onceHolder = holder;
      this.#onceState = 'read';
      const stream = new StreamEpoch(this.#once, (how) => (this.#onceState = how));
      yield* drop(stream, first, { epoch, sample: first });
      return stream;
    }
    const { skips } = this.#options;
    const opened = yield* wait(this.#open(epoch, { skip: skips ? first : 0 }));
    if (!isStream(opened)) throw argumentError('an iterable', `what the source returned for epoch ${epoch}`, opened);
    const stream = new StreamEpoch(iterate(opened));
    if (!skips) yield* drop(stream, first, { epoch, sample: first });
    return stream;
  }
}

/** Reads samples for nobody. */
function* drop(epoch: Epoch, count: number, { epoch: number, sample }: Cursor): Steps<void> {
  for (let dropped = 0; dropped < count; dropped++) {
    if ((yield* epoch.next()) !== end) continue;
    throw new CaffeError(
      'ERR_CAFFE_SOURCE',
      `epoch ${number} was to go on at sample ${sample}, but has ended ${count - dropped} before it: the source has changed`,
    );
  }
}
