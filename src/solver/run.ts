import type { NativeSolver } from '../../typings/native.js';
import { SolverSources } from '../data-source/solver-sources.js';
import { abortable } from './abort.js';
import { Requests } from './requests.js';

/**
 * The training calls of a solver, of which one runs at a time. It holds the requests to the run, and the data sources
 * that the run reads.
 *
 * @internal
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

  /** Whether a run is in progress. It then serves requests. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** @returns milliseconds since the last call of `lap`, or since the run began */
  lap(): number {
    const before = this.#since;
    this.#since = performance.now();
    return this.#since - before;
  }

  /** Runs `work`, which blocks. */
  blocking(work: () => void): void {
    // The native side refuses the work. The run in progress continues.
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

  /** Runs work on Caffe's thread, which `start` begins. */
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

  /** Does the work that `start` begins on Caffe's thread, and ends it early when the signal fires. */
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
