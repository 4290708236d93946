import type { Blob } from '../blob/blob.js';
import { inAnyCopy } from '../copies/any-copy.js';
import { CaffeError } from '../error/caffe-error.js';
import { didYouMean } from '../error/argument.js';
import { Layer, refusePromise } from '../layer/layer.js';
import { solverCount, solverRank } from '../caffe/parallel.js';
import type { Batch, Share } from './batch-queue.js';
import type { CheckedOptions } from './options.js';
import { Reader } from './reader.js';
import type { TopLayout } from './sample.js';
import type { Cursor, Samples } from './sample-source.js';

/**
 * The layer of a {@link dataSource}. For a net with a layer `data` of that type it is `net.layerDict['data'].layer`.
 */
export class SourceLayer extends Layer {
  override readonly exactNumBottomBlobs = 0;
  override readonly minTopBlobs = 1;
  readonly #samples: Samples;
  readonly #options: CheckedOptions;
  /** @internal */
  reader!: Reader;
  #waiting: { reject: (reason: unknown) => void } | undefined;
  /** Set once the current run is to end. */
  #stopped: { readonly reason: unknown } | undefined;
  /**
   * The iteration that the layer's solver is training. Undefined while it does not train.
   *
   * @internal
   */
  iteration: () => number | undefined = () => undefined;

  /**
   * Called when a batch counts other than the one before, in the mean over all processes.
   *
   * @internal
   */
  weigh: (weight: number) => void = () => undefined;
  #weight = 1;

  /** @internal */
  constructor(samples: Samples, options: CheckedOptions) {
    super();
    this.#samples = samples;
    this.#options = options;
  }

  /**
   * The position of the next sample that the net will see: its epoch, and its number in that epoch. Both count from 0.
   */
  get cursor(): Cursor {
    return this.reader.cursor;
  }

  /** The epoch of the last sample that the net has seen, from 0. */
  get epoch(): number {
    const { epoch, sample } = this.reader.cursor;
    return sample > 0 ? epoch : Math.max(0, epoch - 1);
  }

  override setup(_bottom: readonly Blob[], top: readonly Blob[]): void {
    this.dispose();
    const { batchSize, prefetch } = this.#dataParam();
    const tops = this.#tops(top.length);
    this.reader = new Reader({
      samples: this.#samples,
      options: this.#options,
      tops,
      batchSize,
      prefetch,
      share: this.#share(),
    });
    tops.forEach(({ shape }, index) => top[index]?.reshape(batchSize, ...shape));
  }

  /** Each process of a training reads a part of the samples. All test on all. */
  #share(): Share {
    return this.phase === 'train' ? { rank: solverRank(), ranks: solverCount() } : { rank: 0, ranks: 1 };
  }

  #dataParam(): { batchSize: number; prefetch: number } {
    const { dataParam, transformParam } = this.layerParam;
    if (transformParam) {
      this.#refuse(
        'transform_param is for layers of Caffe; samples come as they are to be: `scale` of a top and io.Transformer help',
      );
    }
    const given = Object.keys(dataParam ?? {}).filter((field) => Object.hasOwn(dataParam ?? {}, field));
    const other = given.find((field) => field !== 'batchSize' && field !== 'prefetch');
    if (other !== undefined) {
      this.#refuse(
        `data_param has ${other}, but only batch_size and prefetch are for this layer: samples come from TypeScript`,
      );
    }
    const { batchSize, prefetch } = this.#options;
    const size = given.includes('batchSize') ? (dataParam?.batchSize ?? 0) : (batchSize ?? 0);
    if (size < 1)
      this.#refuse('expected a batch size of at least 1: `batchSize` of dataSource, or data_param { batch_size }');
    return { batchSize: size, prefetch: given.includes('prefetch') ? (dataParam?.prefetch ?? prefetch) : prefetch };
  }

  /** The layer's tops, by name. If the layer has none of the known names, by order. */
  #tops(count: number): TopLayout[] {
    const { tops } = this.#options;
    const names = this.layerParam.top ?? [];
    const known = tops.map(({ name }) => name);
    if (!names.some((name) => known.includes(name)) && count === tops.length) return [...tops];
    return Array.from({ length: count }, (_, index) => {
      const name = names[index] ?? '';
      const top = tops.find((layout) => layout.name === name);
      return (
        top ?? this.#refuse(`it has a top "${name}", but samples have (${known.join(', ')})${didYouMean(name, known)}`)
      );
    });
  }

  override reshape(): void {
    // Each batch sets the shapes, in forward.
  }

  override forward(_bottom: readonly Blob[], top: readonly Blob[]): void | Promise<void> {
    const batch = this.#peek();
    if (batch !== undefined) {
      this.#fill(batch, top);
      return;
    }
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    return this.#wait(top);
  }

  #peek(): Batch | undefined {
    try {
      return this.reader.peek();
    } catch (error) {
      if (!(error instanceof CaffeError) || error.code !== 'ERR_CAFFE_SOURCE' || error.layer !== undefined) throw error;
      return this.#refuse(error.message);
    }
  }

  #fill(batch: Batch, top: readonly Blob[]): void {
    batch.shapes.forEach((shape, index) => {
      const blob = top[index];
      blob?.reshape(batch.size, ...shape);
      blob?.data.set(batch.arrays[index]?.subarray(0, blob.count) ?? []);
    });
    if (batch.weight !== this.#weight) this.weigh((this.#weight = batch.weight));
    this.reader.shift(batch, this.iteration());
  }

  /**
   * Waits for the batch of one call. Whoever ends the wait clears `#waiting`. After that, nothing is written to the
   * tops.
   */
  #wait(top: readonly Blob[]): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const waiting = { reject };
      this.#waiting = waiting;
      void this.reader.arrival().then(() => {
        if (this.#waiting !== waiting) return;
        this.#waiting = undefined;
        try {
          const batch = this.#peek();
          if (batch !== undefined) this.#fill(batch, top);
          resolve();
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as the source threw it
          reject(error);
        }
      });
    });
  }

  /**
   * Called in a synchronous call, which cannot wait.
   *
   * @internal
   */
  override [refusePromise](): never {
    this.#waiting = undefined;
    return this.#refuse(
      'the source is asynchronous and its next batch is not there yet; a synchronous call cannot wait for it: use stepAsync, train, ' +
        'testAsync or forwardAsync',
    );
  }

  /**
   * Ends the run. The layer stops waiting for batches and fails with the reason.
   *
   * @internal
   */
  stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  /**
   * Call it when a run has ended.
   *
   * @internal
   */
  endRun(): void {
    this.#stopped = undefined;
    this.reader.forgetIteration();
  }

  override dispose(): void {
    (this.reader as Reader | undefined)?.close();
  }

  #refuse(message: string): never {
    throw new CaffeError('ERR_CAFFE_SOURCE', `source ${this.layerParam.type ?? ''}: ${message}`, { layer: this.name });
  }

  static {
    inAnyCopy(SourceLayer, 'SourceLayer');
  }
}
