import { argumentError } from '../error/argument.js';

/** Options of calls that a signal can end early. */
export interface AsyncOptions {
  /** Ends the call early when it fires. The promise then rejects with its reason. */
  signal?: AbortSignal;
}

/** Throws if `signal` is not an AbortSignal, before anything starts. */
export function expectSignal<T extends AsyncOptions>(options: T): T {
  const signal: unknown = options.signal;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw argumentError('an AbortSignal', 'signal', signal);
  return options;
}

/**
 * Starts work that `stop` can end early. When the signal fires, it calls `stop` with the signal's reason. If the
 * signal has already fired, nothing starts.
 *
 * @returns the result of the work; the promise rejects with the signal's reason if the signal fired in the meantime
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  stop: (reason: unknown) => void,
  start: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const aborted = (): void => {
    stop(signal?.reason);
  };
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    const result = await start();
    signal?.throwIfAborted();
    return result;
  } finally {
    signal?.removeEventListener('abort', aborted);
  }
}
