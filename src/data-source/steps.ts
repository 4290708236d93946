/**
 * Work that waits only where it must: what it yields is waited for if it is a promise, and else handed back at once.
 */
export type Steps<Result> = Generator<unknown, Result>;

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** In work of steps: the value, or what the promise is fulfilled with; what it is rejected with is thrown. */
export function* wait<T>(value: T | PromiseLike<T>): Steps<T> {
  return (yield value) as T;
}

type Step<Result> = IteratorResult<unknown, Result>;

/** Goes on until something must be waited for, or all is done. */
function advance<Result>(steps: Steps<Result>, step: Step<Result>): Step<Result> {
  while (step.done !== true && !isPromise(step.value)) step = steps.next(step.value);
  return step;
}

/** A loop, for a chain of promises that wait for each other would grow with the work. */
async function finish<Result>(steps: Steps<Result>, step: Step<Result>): Promise<Result> {
  while (step.done !== true) {
    let resume: () => Step<Result>;
    try {
      const fulfilled: unknown = await step.value;
      resume = () => steps.next(fulfilled);
    } catch (reason) {
      resume = () => steps.throw(reason);
    }
    step = advance(steps, resume());
  }
  return step.value;
}

/**
 * Does the work: all of it at once if nothing in it is a promise, so that synchronous sources feed synchronous calls.
 */
export function take<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = advance(steps, steps.next());
  return step.done === true ? step.value : finish(steps, step);
}
