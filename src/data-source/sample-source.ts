import { argumentError, expectInteger } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { end, ListEpoch, ShuffledEpoch, StreamEpoch, type Epoch, type IsOwn, type SampleList } from './epoch.js';
import type { CheckedOptions } from './options.js';
import { wait, type Steps } from './steps.js';

/** The second argument of a function that opens an epoch. */
export interface OpenOptions {
  /** How many samples of the epoch to leave out. It is 0 unless `skips` is set. */
  skip: number;
}

/** A synchronous or asynchronous iterable of samples. */
export type SampleStream<T> = Iterable<T | PromiseLike<T>> | AsyncIterable<T>;

/**
 * Where samples come from: a list (an array, or `length` and `at`), an iterable, or a function that opens an epoch.
 * The function gets the number of the epoch, from 0.
 */
export type SampleSource<T> =
  // An array is an iterable here: its own type has another `at`, and then TypeScript would not know what `at` gets.
  | SampleList<T>
  | SampleStream<T>
  | ((epoch: number, options: OpenOptions) => SampleStream<T> | PromiseLike<SampleStream<T>>);

/** The position in a source: sample `sample` of epoch `epoch` is the next one. Both count from 0. */
export interface Cursor {
  /** The epoch, from 0. */
  readonly epoch: number;
  /** The number of the sample in the epoch, from 0. */
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

/**
 * The source that a user passed to `dataSource`. It can be opened at any position. Several layers may read it
 * independently.
 */
export class Samples {
  readonly #list: SampleList | undefined;
  readonly #open: (epoch: number, options: OpenOptions) => unknown;
  readonly #options: CheckedOptions;
  /** Set for an iterator that is its own iterable, such as a generator. It can be read once, by one layer. */
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

  /** How many samples an epoch has, if that is known in advance. */
  get length(): number | undefined {
    return this.#list && expectInteger(this.#list.length, 'length of the source', 0, 2 ** 32 - 1);
  }

  /** The settings that determine the order of the samples. */
  get shuffle(): CheckedOptions['shuffle'] {
    return this.#options.shuffle;
  }

  /** Why `holder` cannot read from that position on, or undefined if it can. */
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

  /** Where to open a stream. A shuffled block is read from its beginning. */
  #first(sample: number): number {
    const { shuffle } = this.#options;
    return shuffle === undefined ? sample : sample - (sample % shuffle.buffer);
  }

  /** Opens an epoch at a sample. A list reads only its own. */
  *open(cursor: Cursor, holder: object, isOwn: IsOwn): Steps<Epoch> {
    const { shuffle, concurrency } = this.#options;
    const { epoch, sample } = cursor;
    if (this.#list !== undefined) {
      const { length = 0 } = this;
      return new ListEpoch(this.#list, length, epoch, sample, { seed: shuffle?.seed, concurrency, isOwn });
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

  /** @param first - the sample that must come first */
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

/** Reads samples and drops them. */
function* drop(epoch: Epoch, count: number, { epoch: number, sample }: Cursor): Steps<void> {
  for (let dropped = 0; dropped < count; dropped++) {
    if ((yield* epoch.next()) !== end) continue;
    throw new CaffeError(
      'ERR_CAFFE_SOURCE',
      `epoch ${number} was to go on at sample ${sample}, but has ended ${count - dropped} before it: the source has changed`,
    );
  }
}
