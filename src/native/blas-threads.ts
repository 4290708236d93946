const variables = ['OPENBLAS_NUM_THREADS', 'GOTO_NUM_THREADS', 'OMP_NUM_THREADS'];

/**
 * Runs `load`, in which OpenBLAS starts no threads unless the user has chosen their number. By itself it starts one for
 * each processor as it is loaded, though Caffe is to compute with one; where the system gives none, it sends SIGINT to
 * the process. The variable is gone when `load` has returned: child processes must not inherit it.
 */
export function withoutBlasThreads<Result>(load: () => Result): Result {
  const [ours = ''] = variables;
  if (variables.some((variable) => process.env[variable] !== undefined)) return load();
  process.env[ours] = '1';
  try {
    return load();
  } finally {
    Reflect.deleteProperty(process.env, ours);
  }
}
