import test from 'ava';
import { run, tscaffe } from './program.js';

const prelude = `
  import { setImmediate } from 'node:timers/promises';
  import { parentPort, Worker, workerData } from 'node:worker_threads';
  import { Layer, registerLayer, Solver } from '${tscaffe}';
  const input = 'layer { name: "in" type: "DummyData" top: "x" top: "y" dummy_data_param { ' +
    'shape { dim: 2 dim: 3 } shape { dim: 2 dim: 3 } data_filler { type: "gaussian" } data_filler { } } }';
  const rest = (bottom) => 'layer { name: "ip" type: "InnerProduct" bottom: "' + bottom + '" top: "z" inner_product_param { ' +
    'num_output: 3 weight_filler { type: "xavier" } } } layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }';
  const solverOf = (net) =>
    new Solver({ text: 'net_param { ' + net + ' } base_lr: 0.01 lr_policy: "fixed" max_iter: 100000000' });
  let hook = () => undefined;
  registerLayer('Hooked', class extends Layer {
    reshape([bottom], [top]) { top.reshapeLike(bottom); }
    forward([bottom], [top]) { top.data.set(bottom.cpuData); return hook(); }
    backward() {}
  });
  const plain = () => solverOf(input + rest('x'));
  const hooked = () => solverOf(input + 'layer { name: "h" type: "Hooked" bottom: "x" top: "h" }' + rest('h'));
  const forever = 2 ** 31 - 1;
  const never = new Promise(() => undefined);
  const until = async (condition) => { while (!condition()) await setImmediate(); };
`;

/** Programs, what they print, and the code that they end with. */
const programs: { title: string; program: string; output?: string; code?: number }[] = [
  {
    title: 'a process ends when its asynchronous calls have ended',
    program: `await plain().stepAsync(5); await hooked().stepAsync(5); console.log('done');`,
    output: 'done',
  },
  {
    title: 'a process stays until its asynchronous calls have ended, though nobody waits for them',
    program: `
      const solver = plain();
      solver.stepAsync(3000).then(() => console.log('iteration', solver.iter));`,
    output: 'iteration 3000',
  },
  {
    title: 'process.exit ends a process while Caffe computes',
    program: `
      const solver = plain();
      solver.stepAsync(forever);
      await until(() => solver.iter > 2);
      process.exit(7);`,
    code: 7,
  },
  {
    title: 'process.exit ends a process while Caffe waits for a layer, and in a layer',
    program: `
      let waits = false;
      hook = () => { waits = true; return never; };
      hooked().stepAsync(forever);
      await until(() => waits);
      hook = () => process.exit(7);
      hooked().stepAsync(forever);
      await never;`,
    code: 7,
  },
  {
    title: 'an uncaught exception ends a process while Caffe computes',
    program: `
      process.on('uncaughtException', (error) => { console.log(error); process.exit(3); });
      const solver = plain();
      solver.stepAsync(forever);
      await until(() => solver.iter > 2);
      throw 'uncaught';`,
    output: 'uncaught',
    code: 3,
  },
  {
    title: 'a solver that nobody refers to finishes its asynchronous call',
    program: `
      hook = () => setImmediate().then(gc);
      await hooked().stepAsync(20);
      console.log('done');`,
    output: 'done',
  },
  ...['plain', 'hooked'].map((solver) => ({
    title: `a worker is terminated while a ${solver} solver runs in it, and another one then works`,
    program: worker(
      `
      await plain().stepAsync(2);
      const solver = ${solver}();
      solver.stepAsync(forever);
      await until(() => solver.iter >= workerData);
      parentPort.postMessage('running');`,
      `
      for (const iterations of [0, 1, 50]) {
        const worker = start(iterations);
        await once(worker, 'message');
        console.log(await worker.terminate());
      }
      const solver = hooked();
      await solver.stepAsync(3);
      console.log(solver.iter);`,
    ),
    output: '1\n1\n1\n3',
  })),
  {
    title: 'a worker is terminated while its layer waits for a promise',
    program: worker(
      `
      hook = () => { parentPort.postMessage('running'); return never; };
      hooked().stepAsync(forever);`,
      `
      const worker = start();
      await once(worker, 'message');
      console.log(await worker.terminate());`,
    ),
    output: '1',
  },
  {
    title: 'a worker is terminated inside a layer that never returns',
    program: worker(
      `
      hook = () => { parentPort.postMessage('running'); for (;;); };
      hooked().stepAsync(forever);`,
      `
      const worker = start();
      await once(worker, 'message');
      console.log(await worker.terminate());`,
    ),
    output: '1',
  },
  {
    title: 'workers compute at the same time, each on a Caffe thread of its own',
    program: worker(
      `
      const solver = hooked();
      await solver.stepAsync(200);
      parentPort.postMessage(solver.iter);`,
      `
      const workers = [start(), start(), start()];
      const messages = await Promise.all(workers.map((worker) => once(worker, 'message')));
      console.log(messages.join(' '));`,
    ),
    output: '200 200 200',
  },
];

/** A program that starts itself as workers. */
function worker(inWorker: string, inMain: string): string {
  return `
    import { once } from 'node:events';
    const source = ${JSON.stringify(prelude + inWorker)};
    const start = (workerData) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)), { workerData });
    ${inMain}`;
}

for (const { title, program, output = '', code = 0 } of programs) {
  test.serial(title, async (t) => {
    const outcome = await run(prelude + program);
    t.deepEqual({ ...outcome, output: outcome.output.trim() }, { code, signal: null, output });
  });
}
