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
