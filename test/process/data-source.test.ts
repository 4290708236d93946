// Data sources in processes and workers of their own: how these end, and that training goes on after a kill.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const prelude = `
  import { once } from 'node:events';
  import { readdirSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { parentPort, Worker } from 'node:worker_threads';
  import { dataSource, Solver } from '${tscaffe}';
  const forever = 1e9;
  const sample = (n) => ({ data: Float32Array.of(n / 100, -n / 100), label: n / 100 });
  const solverOf = (source, options, fields = '') => {
    const { type } = dataSource(source, { tops: { data: [2], label: [1] }, batchSize: 4, ...options });
    return new Solver({ text: 'base_lr: 0.1 momentum: 0.9 lr_policy: "fixed" random_seed: 3 ' + fields +
      ' net_param { layer { name: "in" type: "' + type + '" top: "data" top: "label" } ' +
      'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" ' +
      'inner_product_param { num_output: 1 weight_filler { type: "xavier" } } } ' +
      'layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" } }' });
  };
  const never = () => new Promise(() => undefined);
  const until = async (condition) => { while (!condition()) await setImmediate(); };
  const endless = async function* () { for (let n = 0; ; n++) { await setImmediate(); yield sample(n % 100); } };
`;

/** A program that starts itself as a worker. */
function worker(inWorker: string, inMain: string): string {
  return `
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(prelude + inWorker)})));
    ${inMain}`;
}

const programs: { title: string; program: string; output?: string | RegExp; code?: number }[] = [
  {
    title: 'a process ends though its source would give samples for ever',
    program: `
      const solver = solverOf(endless);
      await solver.stepAsync(3);
      console.log('done', solver.iter);`,
    output: 'done 3',
  },
  {
    title: 'a process ends after synchronous steps on an endless generator',
    program: `
      const solver = solverOf(function* () { for (let n = 0; ; n++) yield sample(n % 100); });
      solver.step(3);
      console.log('done', solver.iter);`,
    output: 'done 3',
  },
  {
    title: 'a source that never gives another sample does not keep a process that has stopped to wait',
    program: `
      const controller = new AbortController();
      const solver = solverOf(async function* () {
        for (let n = 0; n < 4; n++) yield sample(n);
        globalThis.setImmediate(() => controller.abort());
        await never();
      }, { prefetch: 0 });
      await solver.stepAsync(1);
      const { signal } = controller;
      await solver.stepAsync(1, { signal }).catch((error) => console.log(error.name, error === signal.reason));
      console.log('done', solver.iter);`,
    output: 'AbortError true\ndone 1',
  },
  ...['step', 'stepAsync'].map((call) => ({
    title: `process.exit in a source ends a process in ${call}`,
    program: `
      const list = { length: 50, at: (n) => (n === 45 ? process.exit(7) : sample(n)) };
      await solverOf(list).${call}(forever);`,
    code: 7,
  })),
  {
    title: 'process.exit ends a process while Caffe waits for a batch',
    program: `
      let waits = false;
      solverOf(async function* () { waits = true; await never(); }).stepAsync(1);
      await until(() => waits);
      process.exit(7);`,
    code: 7,
  },
  {
    title: 'what a source throws and nobody catches ends a process as any other error does',
    program: `
      await solverOf(async function* () { throw new RangeError('nobody catches this'); }).stepAsync(1);`,
    output: /RangeError: nobody catches this/,
    code: 1,
  },
  {
    title: 'what a source throws while it is read ahead concerns nobody until it is needed',
    program: `
      let fails = false;
      const solver = solverOf(async function* () {
        for (let n = 0; n < 4; n++) yield sample(n);
        fails = true;
        throw new Error('later');
      });
      await solver.stepAsync(1);
      await until(() => fails);
      await setImmediate(); // an unhandled rejection would end the process
      console.log('done');`,
    output: 'done',
  },
  {
    title: 'a source feeds a solver in a worker, which ends by itself',
    program: worker(
      `
      const solver = solverOf(endless);
      await solver.stepAsync(5);
      parentPort.postMessage(solver.iter);`,
      `
      const [iter] = await once(worker, 'message');
      const [code] = await once(worker, 'exit');
      console.log(iter, code);`,
    ),
    output: '5 0',
  },
  {
    title: 'a worker is terminated while Caffe waits for a batch, and while it computes with some',
    program: worker(
      `
        let waits = false;
        solverOf(async function* () { waits = true; await never(); }).stepAsync(1);
        const solver = solverOf(endless);
        solver.stepAsync(forever);
        await until(() => waits && solver.iter > 2);
        parentPort.postMessage('running');`,
      `
        await once(worker, 'message');
        console.log(await worker.terminate());
        const solver = solverOf(endless);
        await solver.stepAsync(2);
        console.log(solver.iter);`,
    ),
    output: '1\n2',
  },
  {
    title: 'nets that are let go of without dispose are collected, with what they have read ahead',
    program: `
      const list = { length: 4, at: async (n) => ({ data: new Float32Array(1e5).fill(n), label: n }) };
      const { type } = dataSource(list, { tops: { data: [1e5], label: [] }, batchSize: 4 });
      const { Net } = await import('${tscaffe}');
      const text = 'layer { name: "in" type: "' + type + '" top: "data" top: "label" }';
      const round = async () => {
        for (let net = 0; net < 20; net++) await new Net({ text }, 'train').forwardAsync();
        for (let turn = 0; turn < 20; turn++) { gc(); await setImmediate(); }
        return process.memoryUsage().arrayBuffers;
      };
      await round();
      const before = await round();
      const after = await round();
      console.log(after - before < 20e6 ? 'collected' : (after - before) / 1e6);`,
    output: 'collected',
  },
];

for (const { title, program, output = '', code = 0 } of programs) {
  test.serial(title, async (t) => {
    const outcome = await run(prelude + program);
    t.is(outcome.signal, null, outcome.output);
    t.is(outcome.code, code, outcome.output);
    if (output instanceof RegExp) t.regex(outcome.output, output);
    else t.is(outcome.output.trim(), output);
  });
}

/** Trains to an iteration with a snapshot after each, of which it tells, from the latest there is. */
const trainer = (folder: string, last: number): string => `${prelude}
  import { writeFileSync } from 'node:fs';
  const folder = ${JSON.stringify(folder)};
  const source = async function* () { for (let n = 0; n < 37; n++) { if (n % 5 === 0) await setImmediate(); yield sample(n); } };
  const solver = solverOf(source, { shuffle: { seed: 4, buffer: 10 } }, 'snapshot: 1 snapshot_prefix: "' + folder + '/w"');
  const states = readdirSync(folder).filter((name) => /^w_iter_\\d+.solverstate$/.test(name));
  const iterOf = (name) => Number(name.match(/iter_(\\d+)/)[1]);
  states.sort((a, b) => iterOf(b) - iterOf(a));
  if (states.length > 0) solver.restore(folder + '/' + states[0]);
  solver.on('snapshot', ({ iter }) => console.log(iter));
  await solver.stepAsync(${last} - solver.iter);
  writeFileSync(folder + '/weights', solver.net.params.ip[0].data);`;

function latestIteration(folder: string): number {
  const states = readdirSync(folder).map((name) => Number(/^w_iter_(\d+).solverstate$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...states);
}

/** Kills a training after so many snapshots. It would go on for ever, however late the signal comes. */
async function trainAndKill(folder: string, snapshots: number): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', trainer(folder, 1e9)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    if (line !== '' && ++seen === snapshots) child.kill('SIGKILL');
  }
  await closed;
}

test.serial(
  'a training that is killed again and again ends with the weights of one that was not, to the bit',
  async (t) => {
    const [killed, whole] = [scratchFolder(t), scratchFolder(t)];
    const weights = (folder: string): string =>
      createHash('sha256')
        .update(readFileSync(join(folder, 'weights')))
        .digest('hex');
    for (const snapshots of [1, 11, 30]) await trainAndKill(killed, snapshots);
    const reached = latestIteration(killed);
    t.true(reached >= 42, `killed at ${reached}`);
    for (const folder of [killed, whole]) {
      const { code, output } = await run(trainer(folder, reached + 50));
      t.is(code, 0, output);
    }
    t.is(weights(killed), weights(whole));
  },
);
