/**
 * Work that waits only where it must. If it yields a promise, the promise is awaited. Any other value is passed back
 * at once.
 */
export type Steps<Result> = Generator<unknown, Result>;

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * For use inside such work. Returns the value, or the value of the promise. If the promise rejects, it throws the
 * reason.
 */
export function* wait<T>(value: T | PromiseLike<T>): Steps<T> {
  return (yield value) as T;
}

type Step<Result> = IteratorResult<unknown, Result>;

/** Continues until it must wait, or the work is done. */
function advance<Result>(steps: Steps<Result>, step: Step<Result>): Step<Result> {
  while (step.done !== true && !isPromise(step.value)) step = steps.next(step.value);
  return step;
}

/** A loop, because a chain of promises that wait for each other would grow with the work. */
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
 * Does the work. If nothing in it is a promise, it does all of it at once. Synchronous sources can therefore feed
 * synchronous calls.
 */
export function take<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = advance(steps, steps.next());
  return step.done === true ? step.value : finish(steps, step);
}
