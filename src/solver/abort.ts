import { argumentError, expectOptions } from '../error/argument.js';

/** Of calls that can be ended early. */
export interface AsyncOptions {
  signal?: AbortSignal;
}

/** Refuses options whose signal is none, before anything is started. */
export function expectSignal<T extends AsyncOptions>(options: T): T {
  const signal: unknown = expectOptions(options).signal;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw argumentError('an AbortSignal', 'signal', signal);
  return options;
}

/**
 * Starts work that `stop` ends early, and stops it when the signal fires, with the signal's reason. An aborted signal
 * starts nothing.
 *
 * @returns what the work gives; rejected with the signal's reason if it fired meanwhile
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
