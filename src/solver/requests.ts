interface Request {
  /** What was asked for has been done between two iterations. */
  settle: (answer: unknown) => void;
  reject: (error: unknown) => void;
  /** The run is over and has not done it: it is asked for once more. */
  again: () => Promise<void>;
}

/** What is asked of a solver while it runs, to be done between two iterations. */
export class Requests {
  readonly #pending = new Map<number, Request>();
  #next = 0;

  /**
   * @param ask - hands the number over to the run
   * @param result - what the promise gives, from the run's answer
   * @param again - does the same when the run is over
   */
  async make<Result>(
    ask: (request: number) => void,
    result: (answer: never) => Result,
    again: () => Promise<Result>,
  ): Promise<Result> {
    const number = this.#next++;
    ask(number);
    return new Promise<Result>((resolve, reject) => {
      this.#pending.set(number, {
        settle: (answer) => {
          resolve(result(answer as never));
        },
        reject,
        again: () => again().then(resolve),
      });
    });
  }

  /** `answer` is undefined where it failed. */
  answer(number: number, error: unknown, answer: unknown): void {
    const request = this.#pending.get(number);
    this.#pending.delete(number);
    if (request === undefined) return;
    if (answer === undefined) {
      request.reject(error);
      return;
    }
    try {
      request.settle(answer);
    } catch (thrown) {
      request.reject(thrown);
    }
  }

  /** The run is over: does what it has left undone, one after the other. */
  async finish(): Promise<void> {
    const left = [...this.#pending.values()];
    this.#pending.clear();
    for (const { again, reject } of left) await again().catch(reject);
  }
}
