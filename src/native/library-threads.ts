type Variables = Readonly<Record<string, string>>;

const counts = ['OPENBLAS_NUM_THREADS', 'GOTO_NUM_THREADS', 'OMP_NUM_THREADS'] as const;
const waits = ['GOMP_SPINCOUNT', 'OMP_WAIT_POLICY'] as const;
const timeout = 'OPENBLAS_THREAD_TIMEOUT';

const isSet = (name: string): boolean => process.env[name] !== undefined;

/**
 * OpenBLAS by itself starts a thread for each processor as it is loaded, though Caffe is to compute with one; where the
 * system gives none, it sends SIGINT to the process.
 */
const noThreads = (): Variables => (counts.some(isSet) ? {} : { [counts[0]]: '1' });

/**
 * OpenBLAS has threads and so has oneDNN (libgomp). Those that have nothing to do wait in a loop, the ones for some
 * milliseconds and the others for 30, and take the processors from those that compute. LeNet on oneDNN took 25 ms an
 * iteration with two threads, and 19 with one; with these, 12. Caffe's own layers are the better for OpenBLAS's loop.
 */
const restingThreads = (): Variables => ({
  ...(waits.some(isSet) ? {} : { [waits[0]]: '10000' }),
  ...(!isSet(timeout) && process.env['TSCAFFE_ENGINE']?.startsWith('onednn') === true ? { [timeout]: '14' } : {}),
});

/**
 * Runs `load` with variables that the libraries read as they are loaded, unless the user has chosen. The variables are
 * gone when it has returned: child processes must not inherit them.
 */
export function withLibraryThreads<Result>(load: () => Result): Result {
  const variables = { ...noThreads(), ...restingThreads() };
  Object.assign(process.env, variables);
  try {
    return load();
  } finally {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  }
}
