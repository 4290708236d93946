import { execFileSync } from 'node:child_process';
import test from 'ava';
import { blasName, setBlasThreads } from 'tscaffe';

// OpenBLAS never has more threads than it was told of cores at its start, so a process that may use two shows most.
function threads(variables: Record<string, string>, program = ''): unknown {
  const { OPENBLAS_NUM_THREADS: _1, GOTO_NUM_THREADS: _2, OMP_NUM_THREADS: _3, ...environment } = process.env;
  const source = `
    import { blasThreads, setBlasThreads } from '${import.meta.resolve('tscaffe')}';
    ${program}
    console.log(JSON.stringify(blasThreads()));`;
  const args = ['--input-type=module', '--eval', source];
  return JSON.parse(execFileSync(process.execPath, args, { env: { ...environment, ...variables }, encoding: 'utf8' }));
}

test('BLAS computes with one thread unless the environment says how many', (t) => {
  t.regex(blasName() ?? '', /^OpenBLAS/);
  t.is(threads({}), 1);
  t.is(threads({ OPENBLAS_NUM_THREADS: '2' }), 2);
  t.is(threads({ OMP_NUM_THREADS: '2' }), 2);
});

test('setBlasThreads changes how many', (t) => {
  t.is(threads({}, 'setBlasThreads(2);'), 2);
  t.is(threads({ OPENBLAS_NUM_THREADS: '2' }, 'setBlasThreads(1);'), 1);
});

test('setBlasThreads refuses what is no number of threads', (t) => {
  t.throws(
    () => {
      setBlasThreads(0);
    },
    { instanceOf: RangeError },
  );
  t.throws(
    () => {
      setBlasThreads('2' as never);
    },
    { instanceOf: TypeError },
  );
});
