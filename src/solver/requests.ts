/** What to do when the run is over and has not done it. */
interface Otherwise<Result> {
  now: () => Result;
  later: () => Promise<Result>;
}

interface Request {
  /** What was asked for has been done between two iterations. */
  settle: (answer: unknown) => void;
  reject: (error: unknown) => void;
  now: () => void;
  later: () => Promise<void>;
}

/** What is asked of a solver while it runs, to be done between two iterations. */
export class Requests {
  readonly #pending = new Map<number, Request>();
  #next = 0;

  /**
   * @param ask - hands the number over to the run
   * @param result - what the promise gives, from the run's answer
   */
  async make<Result>(
    ask: (request: number) => void,
    result: (answer: never) => Result,
    { now, later }: Otherwise<Result>,
  ): Promise<Result> {
    const number = this.#next++;
    ask(number);
    return new Promise<Result>((resolve, reject) => {
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
    });
  }

  /** `answer` is undefined where it failed. */
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

  /** A synchronous run is over: does what it has left undone. */
  finish(): void {
    for (const { now, reject } of this.#takeLeft()) {
      try {
        now();
      } catch (error) {
        reject(error);
      }
    }
  }

  /** An asynchronous one is over: likewise, one after the other. */
  async finishAsync(): Promise<void> {
    for (const { later, reject } of this.#takeLeft()) await later().catch(reject);
  }
}
