/**
 * Starts work that `stop` ends early, and stops it when the signal fires. An aborted signal starts nothing.
 *
 * @returns what the work gives; rejected with the signal's reason if it fired meanwhile
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  stop: () => void,
  start: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const result = await start();
    signal?.throwIfAborted();
    return result;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
