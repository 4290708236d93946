import type { NativeSolver } from '../../typings/native.js';
import { SolverSources } from '../data-source/solver-sources.js';
import { CaffeError } from '../error/caffe-error.js';
import { abortable } from './abort.js';
import { Requests } from './requests.js';

/** Told of each run of a solver. @internal */
export interface RunWatch {
  begin?: () => void;
  /** Its signal has fired: it ends after the iteration at hand. */
  abort?: () => void;
  end?: () => void;
}

/**
 * The training calls of a solver, of which one runs at a time. It holds the requests to the run, and the data sources
 * that the run reads.
 *
 * @internal
 */
export class Run {
  readonly requests = new Requests();
  readonly sources: SolverSources;
  /** Whether the solver of another process emits the events for this one. */
  isSilent = false;
  /** What trains this solver together with those of other processes, while something does. */
  attachment: { keep: () => void } | undefined;
  readonly #native: NativeSolver;
  #isUnderWay = false;
  /** When the last iteration ended, or the run began. */
  #since = 0;
  readonly #watches = new Set<RunWatch>();
  /** The iteration after which training was stopped, until {@link resume}. */
  #stoppedAt: number | undefined;

  constructor(native: NativeSolver) {
    this.#native = native;
    this.sources = new SolverSources(native.nets, () => (this.#isUnderWay ? native.iter() : undefined));
  }

  /** Whether a run is in progress. It then serves requests. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Tells `watch` of each run, until the function that it returns is called. */
  watch(watch: RunWatch): () => void {
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
    };
  }

  /** Whether training was stopped and may not go on. */
  get isStopped(): boolean {
    return this.#stoppedAt !== undefined;
  }

  /**
   * Ends the run after the current iteration, and refuses other runs until {@link resume}: a program that calls `step`
   * in a loop ends too.
   */
  stop(): void {
    this.#stoppedAt = this.#native.iter();
    if (this.#isUnderWay) this.#native.requestStop();
  }

  /** Lets training go on after {@link stop}. */
  resume(): void {
    this.#stoppedAt = undefined;
  }

  #begin(): void {
    if (this.#stoppedAt !== undefined) {
      throw new CaffeError('ERR_CAFFE_STOPPED', `training was stopped at iteration ${this.#stoppedAt}`);
    }
    this.#isUnderWay = true;
    for (const { begin } of this.#watches) begin?.();
    this.lap();
  }

  #end(): void {
    this.#isUnderWay = false;
    for (const { end } of this.#watches) end?.();
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
    this.#begin();
    try {
      work();
    } finally {
      this.#end();
      this.sources.endRun();
      this.requests.finish();
    }
  }

  /**
   * Runs work on Caffe's thread, which `start` begins.
   *
   * @param start - is told whether to stop from the beginning; returns whether the work has been stopped
   */
  async async(signal: AbortSignal | undefined, start: (stops: boolean) => Promise<boolean>): Promise<void> {
    if (this.#isUnderWay) {
      await start(false);
      return;
    }
    this.#begin();
    try {
      await (this.attachment === undefined
        ? this.#abortable(signal, () => start(false))
        : this.#abortableTogether(signal, start));
    } finally {
      this.#end();
      await this.requests.finishAsync();
    }
  }

  /**
   * The same for a run of several processes, of which one alone may have a signal: the others must hear of the stop, so
   * the run begins in any case, and each iteration ends, for however long it waits for samples. A signal that fires too
   * late for this run ends the next.
   */
  async #abortableTogether(
    signal: AbortSignal | undefined,
    start: (stops: boolean) => Promise<boolean>,
  ): Promise<void> {
    const stop = (): void => {
      this.#native.requestStop();
      for (const { abort } of this.#watches) abort?.();
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (await start(signal?.aborted ?? false)) signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener('abort', stop);
      this.sources.endRun();
    }
  }

  /**
   * Does the test that `start` begins on Caffe's thread, between two runs. When the signal fires it ends early; with
   * several ranks the others would wait for this one, so it goes to its end.
   */
  async test<Result>(signal: AbortSignal | undefined, start: () => Promise<Result>): Promise<Result> {
    if (this.attachment === undefined) return this.#abortable(signal, start);
    try {
      const result = await start();
      signal?.throwIfAborted();
      return result;
    } finally {
      this.sources.endRun();
    }
  }

  /** Does the work that `start` begins on Caffe's thread, and ends it early when the signal fires. */
  async #abortable<Result>(signal: AbortSignal | undefined, start: () => Promise<Result>): Promise<Result> {
    const stop = (reason: unknown): void => {
      this.#native.requestStop();
      this.sources.stop(reason);
      for (const { abort } of this.#watches) abort?.();
    };
    try {
      return await abortable(signal, stop, start);
    } finally {
      this.sources.endRun();
    }
  }
}
