import type { NativeSolver } from '../../typings/native.js';
import { SolverSources } from '../data-source/solver-sources.js';
import { abortable } from './abort.js';
import { Requests } from './requests.js';

/**
 * The calls of a solver that train, one at a time: what is asked of them meanwhile, and the data sources that they
 * read. @internal
 */
export class Run {
  readonly requests = new Requests();
  readonly sources: SolverSources;
  readonly #native: NativeSolver;
  #isUnderWay = false;
  /** When the last iteration ended, or the run began. */
  #since = 0;

  constructor(native: NativeSolver) {
    this.#native = native;
    this.sources = new SolverSources(native.nets, () => (this.#isUnderWay ? native.iter() : undefined));
  }

  /** Whether there is one, which serves requests. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** @returns milliseconds since it was asked last, or since the run began */
  lap(): number {
    const before = this.#since;
    this.#since = performance.now();
    return this.#since - before;
  }

  /** Runs `work`, which blocks. */
  blocking(work: () => void): void {
    // The native side refuses it; the run that is under way goes on.
    if (this.#isUnderWay) {
      work();
      return;
    }
    this.#isUnderWay = true;
    this.lap();
    try {
      work();
    } finally {
      this.#isUnderWay = false;
      this.sources.endRun();
      this.requests.finish();
    }
  }

  /** Runs the work that `start` begins on Caffe's thread. */
  async async(signal: AbortSignal | undefined, start: () => Promise<void>): Promise<void> {
    if (this.#isUnderWay) return start();
    this.#isUnderWay = true;
    this.lap();
    try {
      await this.abortable(signal, start);
    } finally {
      this.#isUnderWay = false;
      await this.requests.finishAsync();
    }
  }

  /** Does what `start` begins on Caffe's thread, and ends it early when the signal fires. */
  async abortable<Result>(signal: AbortSignal | undefined, start: () => Promise<Result>): Promise<Result> {
    const stop = (reason: unknown): void => {
      this.#native.requestStop();
      this.sources.stop(reason);
    };
    try {
      return await abortable(signal, stop, start);
    } finally {
      this.sources.endRun();
    }
  }
}
