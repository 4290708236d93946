import { job, test } from './job.js';

test('a second attach keeps the tests by interval, and the first attachment does not end it', async (t) => {
  const program = `
    const solver = learn(40, 4, 'test_iter: 2 test_interval: 2');
    const tested = [];
    const first = mpi.attach(solver);
    solver.step(3);
    const second = mpi.attach(solver);
    solver.on('test', ({ iter }) => tested.push(iter));
    first.dispose();
    solver.step(4);
    mpi.check(solver);
    tell({ tested, interval: solver.param.testInterval, iterations: [first.iterations, second.iterations] });
  `;
  const { code, told, output } = await job<{ tested: number[]; interval: number; iterations: number[] }>(program);
  t.is(code, 0, output);
  t.deepEqual(told, [
    { rank: 0, tested: [4, 6], interval: 2, iterations: [3, 4] },
    { rank: 1, tested: [], interval: 2, iterations: [3, 4] },
  ]);
});

test('an attachment keeps its figures when its solver has been disposed, and can be disposed after it', async (t) => {
  const program = `
    const solver = learn(40, 4);
    const averaging = mpi.attach(solver);
    solver.step(3);
    solver.dispose();
    solver.dispose();
    const { iterations, bytes } = averaging;
    averaging.dispose();
    tell({ iterations, after: averaging.iterations, hasSent: bytes > 0 });
  `;
  const { code, told, output } = await job<{ iterations: number; after: number; hasSent: boolean }>(program);
  t.is(code, 0, output);
  for (const { iterations, after, hasSent } of told) t.deepEqual([iterations, after, hasSent], [3, 3, true]);
});

test('ranks that train, test or check different solvers hear which, and nothing is averaged', async (t) => {
  const program = `
    const solvers = [0, 1].map(() => learn(40, 4, 'test_iter: 2 test_interval: 1000 test_initialization: false'));
    for (const solver of solvers) mpi.attach(solver);
    const [a, b] = solvers;
    for (let i = 0; i < 3; i++) {
      a.step(2);
      b.step(2);
      a.test();
    }
    for (const solver of solvers) mpi.check(solver);
    const errors = [];
    const before = valuesOf(solvers[rank]);
    for (const call of [(solver) => mpi.check(solver), (solver) => solver.test(), (solver) => solver.step(1)]) {
      try {
        call(solvers[rank]);
      } catch ({ code, message }) {
        errors.push([code, message]);
      }
    }
    tell({ errors, isSame: JSON.stringify(valuesOf(solvers[rank])) === JSON.stringify(before), iter: solvers[rank].iter });
  `;
  const { code, told, output } = await job<{ errors: string[][]; isSame: boolean; iter: number }>(program);
  t.true(code !== 0, output);
  t.is(told.length, 2, output);
  const differ = (call: string): string =>
    `rank 0 calls ${call} of attach number 1, but rank 1 ${call} of attach number 2; ` +
    'all ranks must make the same calls in the same order';
  const run =
    'rank 1 is in a run of attach number 2, but rank 0 in a run of attach number 1; ' +
    'all ranks must train the same solver at a time';
  for (const { errors, isSame, iter } of told) {
    t.deepEqual(
      errors,
      [differ('check'), differ('test 0'), run].map((message) => ['ERR_CAFFE_MPI', message]),
    );
    t.deepEqual({ isSame, iter }, { isSame: true, iter: 6 });
  }
});
