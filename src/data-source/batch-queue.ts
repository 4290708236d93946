import { isPromise } from 'node:util/types';
import { CaffeError } from '../error/caffe-error.js';
import { end, type Epoch } from './epoch.js';
import type { CheckedOptions } from './options.js';
import { copyValues, laidOut, valuesOf, WrongSample, type TopLayout } from './sample.js';
import type { Cursor, Samples } from './sample-source.js';
import { take, type Steps } from './steps.js';

/** A batch that is ready to go into the tops. */
export interface Batch {
  /** The values of each top. */
  readonly arrays: readonly Float32Array[];
  /** The shape of each top in one sample of this batch. */
  readonly shapes: readonly (readonly number[])[];
  /** How many samples the batch has. */
  readonly size: number;
  /** What its loss counts in the mean over all processes: 1, unless they have different numbers of samples. */
  readonly weight: number;
  /** The position of the next batch. */
  readonly after: Cursor;
}

/** A batch that is being read. */
interface BatchArrays {
  readonly arrays: Float32Array[];
  readonly shapes: (readonly number[])[];
}

/** What one layer reads: the source, and how to make batches of it. */
export interface BatchPlan {
  readonly samples: Samples;
  readonly options: CheckedOptions;
  /** The tops of the layer, which are some or all of the samples' tops. */
  readonly tops: readonly TopLayout[];
  readonly batchSize: number;
  readonly prefetch: number;
  /** Which of the batches that all processes read at a time is that of this one. */
  readonly share: Share;
}

/**
 * How processes share out the samples: the first goes to rank 0, the second to rank 1, and so on, as Caffe's data
 * layers do. All count all samples, so a cursor is that of all.
 */
export interface Share {
  readonly rank: number;
  readonly ranks: number;
}

/** Reads batches from a cursor on, one after the other: on demand, and ahead while the net computes. */
export class BatchQueue {
  readonly #plan: BatchPlan;
  /** The reader, for sources that only one reader may read. */
  readonly #holder: object;
  readonly #batches: Batch[] = [];
  readonly #spare: Float32Array[][] = [];
  readonly #position: { epoch: number; sample: number };
  #epoch: Epoch | undefined;
  #busy: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  #scheduled = false;

  constructor(plan: BatchPlan, holder: object, cursor: Cursor) {
    this.#plan = plan;
    this.#holder = holder;
    this.#position = { ...cursor };
  }

  /**
   * Returns the next batch if it is ready or can be read without waiting. Otherwise returns undefined.
   *
   * @throws what the source threw, once all earlier batches are used
   */
  peek(): Batch | undefined {
    if (this.#batches.length === 0 && this.#failure === undefined && this.#busy === undefined) this.#read();
    if (this.#batches.length === 0 && this.#failure !== undefined) throw this.#failure.error;
    return this.#batches[0];
  }

  /** Fulfilled when {@link peek} has an answer. It never rejects. */
  async arrival(): Promise<void> {
    await this.#busy;
  }

  /** Call it when the batch has been copied. Its arrays are reused, and reading ahead continues. */
  shift(): void {
    const batch = this.#batches.shift();
    if (batch !== undefined) this.#spare.push([...batch.arrays]);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#epoch?.close();
    this.#epoch = undefined;
  }

  /**
   * Reads ahead in later turns of the event loop, one batch at a time. It does not read inside Caffe's current call.
   */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#closed || this.#failure !== undefined || this.#batches.length >= this.#plan.prefetch) return;
      if (this.#busy === undefined) this.#read();
      void this.arrival().then(() => {
        this.#schedule();
      });
    });
  }

  /** Reads one batch. */
  #read(): void {
    try {
      const batch = take(this.#steps());
      if (!isPromise(batch)) {
        this.#batches.push(batch);
        return;
      }
      this.#busy = batch
        .then(
          (read) => void this.#batches.push(read),
          (error: unknown) => void (this.#failure = { error }),
        )
        .finally(() => (this.#busy = undefined));
    } catch (error) {
      this.#failure = { error };
    }
  }

  *#steps(): Steps<Batch> {
    const { tops, batchSize, options, share } = this.#plan;
    const arrays = this.#spare.pop() ?? tops.map(({ count }) => new Float32Array(batchSize * count));
    const shapes = tops.map(({ shape }) => shape);
    let of = 0; // samples of all processes
    let size = 0;
    while (of < batchSize * share.ranks) {
      const epoch = (this.#epoch ??= yield* this.#open(of));
      const sample = yield* epoch.next();
      if (this.#closed) throw new Error('closed while it waited'); // nothing receives this error
      if (sample !== end) {
        if (of++ % share.ranks === share.rank) this.#copy(sample, { arrays, shapes }, size++);
        this.#position.sample++;
        continue;
      }
      this.#endEpoch(of);
      if (options.last === 'drop') of = size = 0;
      else if (options.last !== 'wrap' && of > 0) break;
    }
    const after = { ...this.#position };
    if (options.last === 'pad') {
      this.#pad(arrays, size);
      return { arrays, shapes, size: batchSize, weight: 1, after };
    }
    // A process that has nothing left computes something all the same, which does not count.
    return { arrays, shapes, size: Math.max(1, size), weight: (size * share.ranks) / of, after };
  }

  /** @param of - how many samples of all processes are in the current batch */
  *#open(of: number): Steps<Epoch> {
    const { rank, ranks } = this.#plan.share;
    const first = this.#position.sample;
    const isOwn = (place: number): boolean => (place - first + of) % ranks === rank;
    const epoch = yield* this.#plan.samples.open(this.#position, this.#holder, isOwn);
    if (this.#closed) epoch.close(); // closed while this waited
    return epoch;
  }

  /** @param size - how many samples of the epoch are in the current batch */
  #endEpoch(size: number): void {
    const { epoch, sample } = this.#position;
    const { batchSize, options, share } = this.#plan;
    if (sample === 0) {
      throw new CaffeError(
        'ERR_CAFFE_SOURCE',
        `epoch ${epoch} has no samples; if the source can be read only once, give a function that opens it`,
      );
    }
    if (options.last === 'drop' && size === sample) {
      throw new CaffeError(
        'ERR_CAFFE_SOURCE',
        `epoch ${epoch} has ${sample} samples, fewer than a batch of ${batchSize * share.ranks}, and last: 'drop' leaves them out`,
      );
    }
    this.#epoch = undefined;
    this.#position.epoch = epoch + 1;
    this.#position.sample = 0;
  }

  #copy(sample: unknown, { arrays, shapes }: BatchArrays, place: number): void {
    const { tops, options, batchSize } = this.#plan;
    try {
      tops.forEach((layout, index) => {
        const { values, top } = laidOut(valuesOf(sample, layout, options.tops.length), layout, batchSize);
        let array = arrays[index];
        if (array === undefined || array.length < batchSize * top.count) {
          array = arrays[index] = new Float32Array(batchSize * top.count);
        }
        copyValues(values, top, array, place * top.count);
        shapes[index] = top.shape;
      });
    } catch (error) {
      if (!(error instanceof WrongSample)) throw error;
      const { epoch, sample: number } = this.#position;
      throw new CaffeError('ERR_CAFFE_SOURCE', `sample ${number} of epoch ${epoch}: ${error.message}`);
    }
  }

  #pad(arrays: readonly Float32Array[], size: number): void {
    const { tops, options } = this.#plan;
    tops.forEach(({ index, count }, top) => arrays[top]?.fill(options.pads[index] ?? 0, size * count));
  }
}
