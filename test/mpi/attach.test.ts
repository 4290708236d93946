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
