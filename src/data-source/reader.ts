import { BatchQueue, type Batch, type BatchPlan } from './batch-queue.js';
import type { Cursor } from './sample-source.js';

const beginning: Cursor = { epoch: 0, sample: 0 };

/** How far one layer has read its source, counted in samples that were used: those read ahead do not count. */
export class Reader {
  readonly plan: BatchPlan;
  #cursor = beginning;
  /** Where the iteration at hand began to read, and which one it is. */
  #mark: { readonly iteration: number; readonly cursor: Cursor } | undefined;
  #queue: BatchQueue | undefined;

  constructor(plan: BatchPlan) {
    this.plan = plan;
  }

  /** The next sample. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  /** The next batch, undefined if it must be waited for. @throws what the source throws; the next call tries again */
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

  /** The batch has been used. @param iteration - of the solver that is training; undefined outside of that */
  shift({ after }: Batch, iteration: number | undefined): void {
    if (iteration === undefined) this.#mark = undefined;
    else if (this.#mark?.iteration !== iteration) this.#mark = { iteration, cursor: this.#cursor };
    this.#cursor = after;
    this.#queue?.shift();
  }

  /** Where a run goes on that begins iteration `iteration` anew, if that has begun: it is to see the same samples. */
  cursorOf(iteration: number): Cursor {
    return this.#mark?.iteration === iteration ? this.#mark.cursor : this.#cursor;
  }

  /** A run is over, and with it its last iteration, be that done or void. */
  forgetIteration(): void {
    this.#mark = undefined;
  }

  /** Why it cannot go on from there, or undefined. */
  refusal(cursor: Cursor): string | undefined {
    return this.plan.samples.refusal(cursor, this);
  }

  seek(cursor: Cursor): void {
    this.close();
    this.#mark = undefined;
    this.#cursor = cursor;
  }

  /** Lets go of the source; when it is read again it is opened where it was. */
  close(): void {
    this.#queue?.close();
    this.#queue = undefined;
  }
}
