import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { scratchFolder } from '../scratch-folder.js';
import { job, test } from './job.js';
import { learn } from './points.js';

/** Trains for long; each rank says when 20 iterations are done, and rank 1 then does `then`. */
const training = (then: string, more = ''): string => `
  const solver = learn(100, 4, ${JSON.stringify(more)});
  mpi.attach(solver);
  await solver.stepAsync(20);
  say('pid ' + process.pid);
  if (rank === 1) {
    ${then}
  }
  await solver.stepAsync(1e6);
  say('the end');
`;

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
}

/** Keeps the processes of a job, as each says which it is. */
function processes(): { hear: (rank: number, said: string) => void; gone: () => Promise<void>; all: number[] } {
  const all: number[] = [];
  return {
    all,
    hear: (_rank, said) => {
      const [, pid] = /^pid (\d+)$/.exec(said) ?? [];
      if (pid !== undefined) all.push(Number(pid));
    },
    gone: async () => {
      while (all.some((pid) => isRunning(pid))) await setTimeout(50);
    },
  };
}

test('a rank that throws ends the job: the others say which and why, and no process stays', async (t) => {
  const { hear, gone, all } = processes();
  const { code, output } = await job(training("throw new Error('boom ' + solver.iter);"), { hear });
  t.is(code, 1);
  t.is(all.length, 2);
  await gone();
  t.regex(output, /CaffeError: rank 1 \(.*\) has ended of this: Error: boom 20/);
  t.regex(output, /Error: boom 20\n +at /, 'with its own stack');
  t.notRegex(output, /the end/);
});

test('so does a layer or callback that throws in the middle of an iteration, a synchronous one too', async (t) => {
  for (const step of ['await solver.stepAsync(9)', 'solver.step(9)']) {
    const { code, output } = await job(
      training(`solver.addCallback(() => {}, () => { throw new Error('in a callback'); }); ${step};`),
    );
    t.is(code, 1, output);
    t.regex(output, /CaffeError: rank 1 \(.*\) has failed: in a callback/);
  }
});

test('a rank that leaves before the others is an error on them, whatever its exit code', async (t) => {
  for (const exit of [0, 3]) {
    const { code, output } = await job(training(`process.exit(${exit});`));
    t.true(code !== 0, output);
    t.regex(output, new RegExp(`CaffeError: rank 1 \\(.*\\) has ended with exit code ${exit}`));
  }
});

test('a rank that is killed ends the job, and the newest snapshot is whole', async (t) => {
  const folder = scratchFolder(t);
  const fields = `snapshot: 1 snapshot_prefix: "${join(folder, 'w')}"`;
  const { hear, gone, all } = processes();
  const { code, output } = await job(
    training("await solver.stepAsync(5); process.kill(process.pid, 'SIGKILL');", fields),
    { hear },
  );
  t.true(code !== 0, output);
  t.regex(output, /rank 1 .*exited on signal 9 \(Killed\)|Killed \(signal 9\)/, 'as Open MPI or MPICH say it');
  t.is(all.length, 2);
  await gone();
  const iterations = readdirSync(folder)
    .map((name) => Number(/_iter_(\d+)\.solverstate$/.exec(name)?.[1]))
    .filter((iter) => !Number.isNaN(iter));
  const newest = Math.max(...iterations);
  t.true(newest >= 20);
  using solver = learn(100, 8, fields);
  solver.restore(join(folder, `w_iter_${newest}.solverstate`));
  solver.step(1);
  t.is(solver.iter, newest + 1);
});

test('a rank that is stopped for a while delays the others, and no more', async (t) => {
  const program = `
      const solver = learn(100, 4);
    mpi.attach(solver);
    await solver.stepAsync(20);
    if (rank === 1) say('pid ' + process.pid);
    await solver.stepAsync(500);
    tell({ iter: solver.iter });
  `;
  const { code, told, output } = await job<{ iter: number }>(program, {
    hear: (_rank, said) => {
      const pid = said.split(' ')[1];
      spawn('sh', ['-c', `kill -STOP ${pid}; sleep 5; kill -CONT ${pid}`]);
    },
  });
  t.is(code, 0, output);
  t.deepEqual(
    told.map(({ iter }) => iter),
    [520, 520],
  );
});

test('ranks with other nets hear of the first difference before they train', async (t) => {
  for (const [fields, options, said] of [
    ["'clip_gradients: 2'", '{}', /rank 0: solver: type SGD .*\n.*rank 1: solver: type SGD .*clip_gradients: 2/],
    ["''", '{ tops: { data: [4], label: [1] }, batchSize: 2 }', /layer 0 d \(DataSource1\) 4 4 .*\n.*rank 1: .* 2 4 /],
  ] as const) {
    const program = `
          const solver = rank === 1 ? learn(40, 4, ${fields}, ${options}) : learn(40, 4);
      try {
        mpi.attach(solver);
      } catch (error) {
        tell({ code: error.code, message: error.message });
        throw error;
      }
    `;
    const { code, told, output } = await job<{ code: string; message: string }>(program);
    t.true(code !== 0, output);
    t.deepEqual(
      told.map((rank) => rank.code),
      ['ERR_CAFFE_MPI', 'ERR_CAFFE_MPI'],
    );
    t.is(told[0].message, told[1].message, output);
    t.regex(told[0].message, said);
  }
});

test('a rank that is asked to stop stops all after the same iteration, and a signal elsewhere says so', async (t) => {
  const program = `
      const solver = learn(100, 4);
    mpi.attach(solver);
    const controller = new AbortController();
    if (rank === 1) solver.addCallback(() => solver.iter === 30 && controller.abort(new Error('enough')), () => {});
    const error = await solver.stepAsync(1e6, { signal: controller.signal }).catch((reason) => reason);
    const { iter } = solver;
    solver.step(3);
    mpi.check(solver);
    tell({ iter, message: error.message });
  `;
  const { code, told, output } = await job<{ iter: number; message: string }>(program);
  t.is(code, 0, output);
  t.is(told[0].iter, told[1].iter);
  t.is(told[1].message, 'enough');
  t.regex(told[0].message, /^rank 1 has stopped the training of all ranks after \d+ iterations$/);
});

test('a signal that fires between two runs stops all in the next one', async (t) => {
  const program = `
    const solver = learn(100, 4);
    mpi.attach(solver);
    const controller = new AbortController();
    const { signal } = controller;
    const train = async () => {
      for await (const { iter } of solver.train({ iterations: 40, every: 10, signal })) {
        if (rank === 1 && iter === 20) controller.abort(new Error('enough'));
      }
    };
    const errors = [await train().catch((error) => error)];
    errors.push(await solver.solveAsync({ signal }).catch((error) => error));
    const { iter } = solver;
    await solver.stepAsync(2);
    mpi.check(solver);
    tell({ iter, messages: errors.map(({ message }) => message) });
  `;
  const { code, told, output } = await job<{ iter: number; messages: string[] }>(program);
  t.is(code, 0, output);
  const stopped = (iter: number): string => `rank 1 has stopped the training of all ranks after ${iter} iterations`;
  t.deepEqual(told, [
    { rank: 0, iter: 22, messages: [stopped(21), stopped(22)] },
    { rank: 1, iter: 22, messages: ['enough', 'enough'] },
  ]);
});

test('a signal that fires while a data source is waited for ends the run after that iteration', async (t) => {
  const program = `
    const controller = new AbortController();
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    const at = async (i) => {
      if (rank === 1 && i === 13) {
        await begun;
        await new Promise(setImmediate);
        controller.abort(new Error('enough'));
        await new Promise(setImmediate);
      }
      return [[i / 40, 1], 0];
    };
    const { type } = tscaffe.dataSource(
      { length: 40, at }, { tops: { data: [2], label: [1] }, batchSize: 2 });
    const solver = new tscaffe.SGDSolver({ text: 'base_lr: 0.01 lr_policy: "fixed" net_param {' +
      'layer { name: "d" type: "' + type + '" top: "data" top: "label" }' +
      'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 1 } }' +
      'layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "label" top: "l" } }' });
    mpi.attach(solver);
    solver.addCallback(() => solver.iter === 3 && begin(), () => {});
    const { message } = await solver.stepAsync(100, { signal: controller.signal }).catch((error) => error);
    const { iter } = solver;
    await solver.stepAsync(2);
    mpi.check(solver);
    tell({ iter, message });
  `;
  const { code, told, output } = await job<{ iter: number; message: string }>(program);
  t.is(code, 0, output);
  // Iteration 3 takes samples 12 to 15, of which 13 and 15 are those of rank 1.
  t.deepEqual(told, [
    { rank: 0, iter: 4, message: 'rank 1 has stopped the training of all ranks after 4 iterations' },
    { rank: 1, iter: 4, message: 'enough' },
  ]);
});

test('a test that is asked for while the ranks train is refused, and they go on', async (t) => {
  const program = `
    const solver = learn(100, 4, 'test_iter: 2 test_interval: 1000000 test_initialization: false');
    mpi.attach(solver);
    const refused = [];
    const ask = () => {
      if (solver.iter !== 10 + rank) return;
      solver.testAsync().then(() => refused.push('nothing'), ({ code }) => refused.push(code));
    };
    solver.addCallback(ask, () => {});
    await solver.stepAsync(30);
    mpi.check(solver);
    tell({ refused, iter: solver.iter, outputs: Object.keys(await solver.testAsync()) });
  `;
  const { code, told, output } = await job<{ refused: string[]; iter: number; outputs: string[] }>(program);
  t.is(code, 0, output);
  for (const { refused, iter, outputs } of told) {
    t.deepEqual({ refused, iter, outputs }, { refused: ['ERR_CAFFE_MPI'], iter: 30, outputs: ['l'] });
  }
});

test('a signal does not end a test of several ranks: it rejects when all have made it', async (t) => {
  const program = `
    const controller = new AbortController();
    const { signal } = controller;
    const solver = learn(100, 4, 'test_iter: 8 test_interval: 1000000 test_initialization: false');
    mpi.attach(solver);
    const outcomes = [];
    for (let i = 0; i < 2; i++) {
      const tested = solver.testAsync(0, { signal });
      if (rank === 1) controller.abort(new Error('enough'));
      outcomes.push(await tested.then((outputs) => Object.keys(outputs).join(), ({ message }) => message));
    }
    await solver.stepAsync(3);
    mpi.check(solver);
    tell({ outcomes, iter: solver.iter });
  `;
  const { code, told, output } = await job<{ outcomes: string[]; iter: number }>(program);
  t.is(code, 0, output);
  t.deepEqual(told, [
    { rank: 0, outcomes: ['l', 'l'], iter: 3 },
    { rank: 1, outcomes: ['enough', 'enough'], iter: 3 },
  ]);
});

test('calls that differ between ranks are an error, not a hang', async (t) => {
  for (const other of [
    'mpi.allreduce(new Float32Array(5000))',
    'mpi.check(solver)',
    'mpi.bcast(new Float32Array(3))',
  ]) {
    const { code, output } = await job(`
      const solver = learn(100, 4);
      mpi.attach(solver);
      if (rank === 0) ${other};
      solver.step(20);
    `);
    t.true(code !== 0, output);
    t.regex(output, /CaffeError: .*all ranks must make the same calls/, other);
  }
});

test('collective calls that differ in kind, number or root are an error on all, and all can go on', async (t) => {
  const program = `
    const calls = [
      [() => mpi.bcast(new Float32Array(3)), () => mpi.bcast(new Float32Array(5))],
      [() => mpi.bcast(new Float32Array(3), 0), () => mpi.bcast(new Float32Array(3), 1)],
      [() => mpi.allreduce(new Float32Array(3)), () => mpi.allreduce(new Float32Array(5))],
      [() => mpi.allreduce(new Float32Array(3)), () => mpi.bcast(new Float32Array(3))],
      [() => mpi.barrier(), () => mpi.allreduce(new Float32Array(3))],
    ];
    const errors = [];
    for (const both of calls) {
      for (const call of [both[rank], both[1 - rank]]) {
        try {
          errors.push([undefined, String(call())]);
        } catch ({ code, message }) {
          errors.push([code, message]);
        }
      }
    }
    tell({ errors, sum: [...mpi.allreduce(Float32Array.of(rank, 1))] });
  `;
  const { code, told, output } = await job<{ errors: string[][]; sum: number[] }>(program);
  t.is(code, 0, output);
  const same = '; all ranks must make the same calls in the same order';
  const pairs = [
    ['bcast of 3 values', 'bcast of 5 values'],
    ['bcast of 3 values', 'bcast of 3 values of rank 1'],
    ['allreduce of 3 values', 'allreduce of 5 values'],
    ['allreduce of 3 values', 'bcast of 3 values'],
    ['barrier', 'allreduce of 3 values'],
  ];
  const expected = pairs.flatMap(([one, other]) => [
    ['ERR_CAFFE_MPI', `rank 0 calls ${one}, but rank 1 ${other}${same}`],
    ['ERR_CAFFE_MPI', `rank 0 calls ${other}, but rank 1 ${one}${same}`],
  ]);
  for (const { errors, sum } of told) {
    t.deepEqual(errors, expected);
    t.deepEqual(sum, [1, 2]);
  }
});

test('an error of MPI on one rank is one on all', async (t) => {
  // Rank 0 gets hashes of more blobs than it has room for, which MPI says; rank 1 gets less, of which MPI says nothing.
  const program = `
    import { watch } from 'node:fs';
    const other = rank === 0 && watch(process.env.TOLD, (_, name) => name === '1' && other.close());
    const small = 'base_lr: 0.1 lr_policy: "fixed" net_param {' +
      'layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 2 dim: 3 } } }' +
      'layer { name: "a" type: "InnerProduct" bottom: "d" top: "a" inner_product_param { num_output: 2 } }' +
      'layer { name: "l" type: "EuclideanLoss" bottom: "a" bottom: "a" top: "l" } }';
    const solver = rank === 0 ? new tscaffe.SGDSolver({ text: small }) : learn(40, 4);
    const errors = [];
    for (const call of [() => mpi.check(solver), () => mpi.barrier()]) {
      try {
        call();
      } catch ({ code, message }) {
        errors.push([code, message]);
      }
    }
    tell({ errors, isOpen: 'OMPI_COMM_WORLD_SIZE' in process.env });
  `;
  const { code, told, output } = await job<{ errors: string[][]; isOpen: boolean }>(program);
  for (const { errors } of told) t.is(errors[0][0], 'ERR_CAFFE_MPI', output);
  if (!told[0].isOpen) {
    t.log('MPICH says nothing either; Open MPI does');
    return;
  }
  t.true(code !== 0, output);
  t.deepEqual(
    told.map(({ errors }) => errors.map(([itsCode]) => itsCode)),
    [
      ['ERR_CAFFE_MPI', 'ERR_CAFFE_MPI'],
      ['ERR_CAFFE_MPI', 'ERR_CAFFE_MPI'],
    ],
    output,
  );
  t.regex(told[0].errors[0][1], /^MPI has failed: .*; all ranks must make the same calls/);
  t.regex(told[1].errors[1][1], /^rank 0 \(.*\) has failed: MPI has failed: /);
});

test('an exception that the program handles is nothing to the other ranks', async (t) => {
  const program = `
    process.on('uncaughtException', ({ message }) => tell({ message }));
    if (rank === 0) setImmediate(() => { throw new Error('boom'); });
  `;
  const { code, told, output } = await job<{ message: string }>(program);
  t.is(code, 0, output);
  t.deepEqual(told, [{ rank: 0, message: 'boom' }]);
  t.notRegex(output, /Error: boom/);
});

test('a rank that has done its work says why the job fails nevertheless', async (t) => {
  for (const [last, said] of [
    ['', /^rank 0: rank 1 \(.*\) has ended with exit code 3$/m],
    [
      'try { mpi.finalize(); } catch ({ code, message }) { say(code + ": " + message); }',
      /^@0 ERR_CAFFE_MPI: mpi.finalize: rank 1 \(.*\) has ended with exit code 3$/m,
    ],
  ] as const) {
    const { code, output } = await job(`
      mpi.barrier();
      if (rank === 1) process.exit(3);
      ${last}
    `);
    t.true(code !== 0, output);
    t.regex(output, said);
  }
});

test('a run that is under way when MPI is finalized, or begins after that, is an error and no hang', async (t) => {
  const program = `
    const solver = learn(100, 4);
    mpi.attach(solver);
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    solver.addCallback(() => solver.iter === 3 && begin(), () => {});
    const messageOf = (run) => run.then(() => 'nothing', ({ message }) => message);
    const run = messageOf(solver.stepAsync(1e6));
    await begun;
    mpi.finalize();
    tell({ during: await run, after: await messageOf(solver.stepAsync(1)) });
  `;
  const { code, told, output } = await job<{ during: string; after: string }>(program);
  t.is(code, 0, output);
  t.is(told.length, 2, output);
  for (const { during, after } of told) {
    t.regex(during, /^MPI has been finalized$|^rank \d \(.*\) has ended with exit code 0$/);
    t.is(after, 'MPI has been finalized');
  }
});

test('weights that one rank changes by itself are found by check', async (t) => {
  const program = `
      const solver = learn(100, 4);
    mpi.attach(solver, { check: 4 });
    solver.step(8);
    if (rank === 1) solver.net.params.e[1].data[0] += 1;
    try {
      solver.step(8);
    } catch (error) {
      tell({ message: error.message });
      process.exitCode = 1;
    }
  `;
  const { told, output } = await job<{ message: string }>(program);
  t.is(told.length, 2, output);
  for (const { message } of told)
    t.regex(message, /^params\.e\[1\] has other values on rank 1 than on rank 0, at iteration 12/);
});

test('calls in the wrong order, and wrong arguments, are refused', async (t) => {
  const program = `
    import { Worker } from 'node:worker_threads';
      const refused = [];
    const refuse = (work) => { try { work(); refused.push('nothing'); } catch (error) { refused.push(error.message); } };
    refuse(() => mpi.allreduce([1, 2]));
    refuse(() => mpi.allreduce(new Float32Array(2), 'max'));
    refuse(() => mpi.bcast(new Float32Array(2), 2));
    refuse(() => mpi.attach({}));
    const solver = learn(40, 4);
    refuse(() => mpi.attach(solver, { bucketBytes: 0 }));
    refuse(() => mpi.attach(solver, { buckets: 3 }));
    mpi.finalize();
    refuse(() => mpi.attach(solver));
    refuse(() => mpi.barrier());
    tell({ refused });
  `;
  const { code, told, output } = await job<{ refused: string[] }>(program);
  t.is(code, 0, output);
  const expected = [
    /a Blob or a Float32Array for values/,
    /'sum' or 'mean' for operation but received "max"/,
    /from 0 to 1 for root but received 2/,
    /a Solver for solver/,
    /from 4 to 268435456 for bucketBytes but received 0/,
    /buckets/,
    /^mpi.attach: MPI has been finalized$/,
    /^mpi.barrier: MPI has been finalized$/,
  ];
  for (const { refused } of told) {
    t.is(refused.length, expected.length);
    refused.forEach((message, i) => {
      t.regex(message, expected[i]);
    });
  }
});
