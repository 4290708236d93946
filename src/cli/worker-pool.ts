import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

interface Waiting<Result> {
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** A thread, which answers each message with one, in order. */
class Lane<Job, Result> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<Result>[] = [];

  constructor(module: URL, workerData: unknown) {
    this.#worker = new Worker(module, { workerData });
    this.#worker.on('message', (result: Result) => this.#waiting.shift()?.resolve(result));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  async run(job: Job, transfer: readonly ArrayBuffer[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(job, transfer);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** What the threads of a pool do. */
export interface Work<Job> {
  /** The module that they run: it answers each message with one. */
  module: URL;
  /** Its `workerData`. */
  settings?: unknown;
  jobs: Iterable<Job>;
  /** The memory of a job that goes over to the thread instead of being copied. */
  transfer?: (job: Job) => ArrayBuffer[];
}

function* inTurn<T>(all: readonly T[]): Generator<T, never> {
  for (;;) yield* all;
}

/** Does jobs on all cores. Gives their results in the order of the jobs, and takes up few jobs ahead of them. */
export async function* onAllCores<Job, Result>(work: Work<Job>): AsyncGenerator<Result, void> {
  const { module, settings, jobs, transfer = () => [] } = work;
  const lanes: Lane<Job, Result>[] = [];
  const turns = inTurn(lanes);
  const ahead: Promise<Result>[] = [];
  try {
    for (const job of jobs) {
      if (lanes.length < availableParallelism()) lanes.push(new Lane(module, settings));
      const result = turns.next().value.run(job, transfer(job));
      // Whoever asks for it gets the error. Nobody may: an earlier one ends it all.
      result.catch(() => undefined);
      ahead.push(result);
      const settled = ahead.splice(0, ahead.length < 2 * lanes.length ? 0 : 1);
      for (const first of settled) yield await first;
    }
    for (const result of ahead) yield await result;
  } finally {
    await Promise.all(lanes.map(async (lane) => lane.end()));
  }
}
