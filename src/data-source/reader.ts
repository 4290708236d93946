import { BatchQueue, type Batch, type BatchPlan } from './batch-queue.js';
import type { Cursor } from './sample-source.js';

const beginning: Cursor = { epoch: 0, sample: 0 };

/** The position of one layer in its source. It counts the samples that were used, not those that were read ahead. */
export class Reader {
  readonly plan: BatchPlan;
  #cursor = beginning;
  /** The current iteration, and the position at which it began to read. */
  #mark: { readonly iteration: number; readonly cursor: Cursor } | undefined;
  #queue: BatchQueue | undefined;

  constructor(plan: BatchPlan) {
    this.plan = plan;
  }

  /** The position of the next sample. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  /**
   * Returns the next batch, or undefined if it is not ready yet.
   *
   * @throws what the source throws; the next call tries again
   */
  peek(): Batch | undefined {
    this.#queue ??= new BatchQueue(this.plan, this, this.#cursor);
    try {
      return this.#queue.peek();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async arrival(): Promise<void> {
    await this.#queue?.arrival();
  }

  /**
   * Call it when the batch has been used.
   *
   * @param iteration - the iteration of the solver that is training; undefined outside of training
   */
  shift({ after }: Batch, iteration: number | undefined): void {
    if (iteration === undefined) this.#mark = undefined;
    else if (this.#mark?.iteration !== iteration) this.#mark = { iteration, cursor: this.#cursor };
    this.#cursor = after;
    this.#queue?.shift();
  }

  /**
   * The position for a run that repeats iteration `iteration`. If that iteration has begun, the run must see the same
   * samples again.
   */
  cursorOf(iteration: number): Cursor {
    return this.#mark?.iteration === iteration ? this.#mark.cursor : this.#cursor;
  }

  /** Call it when a run ends. The last iteration ends with it, whether it was finished or discarded. */
  forgetIteration(): void {
    this.#mark = undefined;
  }

  /** Why reading cannot continue at `cursor`, or undefined if it can. */
  refusal(cursor: Cursor): string | undefined {
    return this.plan.samples.refusal(cursor, this);
  }

  seek(cursor: Cursor): void {
    this.close();
    this.#mark = undefined;
    this.#cursor = cursor;
  }

  /** Releases the source. The next read opens it at the same position. */
  close(): void {
    this.#queue?.close();
    this.#queue = undefined;
  }
}
