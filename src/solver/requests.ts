/** What to do if the run ends before it has served the request. */
interface Otherwise<Result> {
  now: () => Result;
  later: () => Promise<Result>;
}

/** What is called with the outcome of a request. */
export interface Settling<Result> {
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

interface Request {
  /** Called when the run has served the request between two iterations. */
  settle: (answer: unknown) => void;
  reject: (error: unknown) => void;
  now: () => void;
  later: () => Promise<void>;
}

/** Requests to a running solver, which it serves between two iterations. */
export class Requests {
  readonly #pending = new Map<number, Request>();
  #next = 0;

  /**
   * @param ask - passes the request's number to the run
   * @param result - converts the run's answer into the result of the promise
   */
  async make<Result>(
    ask: (request: number) => void,
    result: (answer: never) => Result,
    otherwise: Otherwise<Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.makeCalling(ask, result, otherwise, { resolve, reject });
    });
  }

  /** As {@link make}, but calls back at once: in a synchronous run no promise settles. */
  makeCalling<Result>(
    ask: (request: number) => void,
    result: (answer: never) => Result,
    { now, later }: Otherwise<Result>,
    { resolve, reject }: Settling<Result>,
  ): void {
    const number = this.#next++;
    ask(number);
    this.#pending.set(number, {
      settle: (answer) => {
        resolve(result(answer as never));
      },
      reject,
      now: () => {
        resolve(now());
      },
      later: () => later().then(resolve),
    });
  }

  /** Settles a request. `answer` is undefined if the request failed. */
  answer(number: number, error: unknown, answer: unknown): void {
    const request = this.#pending.get(number);
    this.#pending.delete(number);
    if (answer === undefined) {
      request?.reject(error);
      return;
    }
    try {
      request?.settle(answer);
    } catch (thrown) {
      request?.reject(thrown);
    }
  }

  #takeLeft(): Request[] {
    const left = [...this.#pending.values()];
    this.#pending.clear();
    return left;
  }

  /** Serves the requests that are left at the end of a synchronous run. */
  finish(): void {
    for (const { now, reject } of this.#takeLeft()) {
      try {
        now();
      } catch (error) {
        reject(error);
      }
    }
  }

  /** Serves the requests that are left at the end of an asynchronous run, one after the other. */
  async finishAsync(): Promise<void> {
    for (const { later, reject } of this.#takeLeft()) await later().catch(reject);
  }
}
