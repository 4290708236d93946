import { execFileSync } from 'node:child_process';
import test from 'ava';
import { blasName, setBlasThreads } from 'tscaffe';

function threads(variables: Record<string, string>, program = ''): unknown {
  const unset = { OPENBLAS_NUM_THREADS: undefined, GOTO_NUM_THREADS: undefined, OMP_NUM_THREADS: undefined };
  const source = `
    import { blasThreads, setBlasThreads } from '${import.meta.resolve('tscaffe')}';
    ${program}
    console.log(JSON.stringify(blasThreads()));`;
  const env = { ...process.env, ...unset, ...variables };
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', source], { env, encoding: 'utf8' }),
  );
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
