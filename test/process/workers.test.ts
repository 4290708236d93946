// Several environments of JavaScript in one process, and their ends.
import { cpSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const prelude = (url: string): string => `
  import { once } from 'node:events';
  import { parentPort, workerData, Worker } from 'node:worker_threads';
  import { CaffeError, Layer, Net, onnx, registerLayer, setRandomSeed, setSolverRank, Solver, solverRank } from '${url}';
  const data = 'layer { name: "in" type: "DummyData" top: "x" top: "y" dummy_data_param { ' +
    'shape { dim: 2 dim: 3 } shape { dim: 2 dim: 3 } data_filler { type: "gaussian" } data_filler { } } }';
  const rest = (bottom) => 'layer { name: "ip" type: "InnerProduct" bottom: "' + bottom + '" top: "z" inner_product_param { ' +
    'num_output: 3 weight_filler { type: "xavier" } } } layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }';
  const solverOf = (net) =>
    new Solver({ text: 'net_param { ' + net + ' } base_lr: 0.01 lr_policy: "fixed" max_iter: 100000000' });
  let hook = () => undefined;
  registerLayer('Hooked', class extends Layer {
    reshape([bottom], [top]) { top.reshapeLike(bottom); }
    forward([bottom], [top]) { hook(); top.data.set(bottom.cpuData); }
    backward() {}
  });
  const plain = () => solverOf(data + rest('x'));
  const hooked = () => solverOf(data + 'layer { name: "h" type: "Hooked" bottom: "x" top: "h" }' + rest('h'));
  const forever = 1e9;
`;

/** A program that starts itself as workers. */
function worker(inWorker: string, inMain: string): string {
  const source = prelude(tscaffe) + inWorker;
  return `${prelude(tscaffe)}
    const source = ${JSON.stringify(source)};
    const start = (workerData) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)), { workerData });
    ${inMain}`;
}

interface Case {
  title: string;
  program: string;
  output?: string | RegExp;
  code?: number;
}

const exits = ['layer', 'onStart', 'onGradientsReady', 'beforeForward', 'onNaN'].map((callback) => ({
  callback,
  arrange: {
    layer: 'hook = end;',
    onStart: 'solver.addCallback(end, () => undefined);',
    onGradientsReady: 'solver.addCallback(() => undefined, end);',
    beforeForward: 'solver.net.beforeForward(end);',
    onNaN: 'solver.onNaN(end); solver.net.params.ip[0].data.fill(NaN);',
  }[callback],
}));

const cases: Case[] = [
  ...exits.flatMap(({ callback, arrange }) =>
    ['step', 'stepAsync'].flatMap((call): Case[] => [
      {
        title: `process.exit in ${callback} ends a process in ${call}`,
        program: `${prelude(tscaffe)}
          const solver = hooked();
          const end = () => process.exit(7);
          ${arrange}
          await solver.${call}(forever);`,
        code: 7,
      },
      {
        title: `an exception in ${callback} that nobody catches ends a process in ${call} as any other does`,
        program: `${prelude(tscaffe)}
          const solver = hooked();
          const end = () => { throw new RangeError('nobody catches this'); };
          ${arrange}
          await solver.${call}(forever);`,
        output: /RangeError: nobody catches this\n +at /,
        code: 1,
      },
    ]),
  ),
  ...['plain', 'hooked'].map((make) => ({
    title: `a worker is terminated in the middle of a step of a ${make} solver`,
    program: worker(
      `
      const solver = ${make}();
      // In the second iteration; those after it know nothing of JavaScript where the solver is plain.
      const remove = solver.addCallback(() => {
        if (solver.iter < 1) return;
        parentPort.postMessage('running');
        remove();
      }, () => undefined);
      solver.step(forever);`,
      `
      const worker = start();
      await once(worker, 'message');
      console.log(await worker.terminate());
      const solver = hooked();
      solver.step(3);
      console.log(solver.iter);`,
    ),
    output: '1\n3',
  })),
  ...['step', 'stepAsync'].map((call) => ({
    title: `what nobody catches in a worker's ${call} is the worker's error, and the process goes on`,
    program: worker(
      `
      hook = () => { throw new RangeError('in a layer'); };
      await hooked().${call}(1);`,
      `
      const [error] = await once(start(), 'error');
      console.log(error.name, error.message);
      const solver = hooked();
      solver.step(3);
      console.log(solver.iter);`,
    ),
    output: 'RangeError in a layer\n3',
  })),
  {
    title: 'workers at the same time have their own layers, seed, rank and errors',
    program: worker(
      `
      const { seed } = workerData;
      setRandomSeed(seed);
      // Of this worker alone: another one's layer of that name is another.
      registerLayer('Own', class extends Layer {
        reshape(bottom, [top]) { top.reshape(1); }
        forward(bottom, [top]) { top.data[0] = seed; }
      });
      const own = new Net({ text: 'layer { name: "own" type: "Own" top: "own" }' }, 'test').forward().own[0];
      const solver = hooked();
      await solver.stepAsync(20);
      solver.step(20);
      let code;
      try { new Net({ text: 'layer { name: "' + seed + '" type: "Nope" }' }, 'test'); } catch (error) { code = error.code + ' ' + error.layer; }
      setSolverRank(seed);
      parentPort.postMessage([seed, own, solverRank(), solver.loss, code]);`,
      `
      const expected = [1, 2, 3].map((seed) => {
        setRandomSeed(seed);
        const solver = hooked();
        solver.step(40);
        return [seed, seed, seed, solver.loss, 'ERR_CAFFE_CHECK ' + seed];
      });
      const workers = [1, 2, 3].map((seed) => start({ seed }));
      const messages = (await Promise.all(workers.map((worker) => once(worker, 'message')))).map(([message]) => message);
      console.log(JSON.stringify(messages) === JSON.stringify(expected) || JSON.stringify([messages, expected]));
      console.log(new Set(expected.map(([, , , loss]) => loss)).size, solverRank());`,
    ),
    output: 'true\n3 0',
  },
  {
    title: 'workers at the same time export nets as ONNX, with the bytes of the main thread, which they may send',
    program: worker(
      `
      const net = new Net({ text: data + rest('x') }, 'test', { weights: workerData });
      const bytes = onnx.fromNet(net, { outputs: ['z'] });
      parentPort.postMessage(bytes, [bytes.buffer]);`,
      `
      const net = new Net({ text: data + rest('x') }, 'test');
      const weights = net.toProto();
      const messages = await Promise.all([1, 2].map(() => once(start(weights), 'message')));
      const expected = onnx.fromNet(net, { outputs: ['z'] });
      console.log(messages.map(([bytes]) => expected.length > 0 && Buffer.compare(bytes, expected)));`,
    ),
    output: '[ 0, 0 ]',
  },
  {
    title: 'twenty workers one after the other, each with nets that it leaves behind, end without a trace',
    program: worker(
      `
      const solver = hooked();
      solver.step(2);
      globalThis.kept = [solver, solver.net.blobs.x.data];`,
      `
      for (let i = 0; i < 20; i++) await once(start(), 'exit');
      console.log('done');`,
    ),
    output: 'done',
  },
];

for (const { title, program, output = '', code = 0 } of cases) {
  test.serial(title, async (t) => {
    const outcome = await run(program);
    t.is(outcome.signal, null, outcome.output);
    t.is(outcome.code, code, outcome.output);
    if (typeof output === 'string') t.is(outcome.output.trim(), output);
    else t.regex(outcome.output, output);
  });
}

/** The package once more, as a tree of dependencies has it twice. */
function otherCopy(folder: string): string {
  for (const part of ['dist', 'typings', 'package.json', 'build/Release/tscaffe.node']) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  for (const part of ['node_modules', '.caffe']) symlinkSync(resolve(part), join(folder, part));
  return pathToFileURL(join(folder, 'dist/index.js')).href;
}

// With another build named for all copies there is one addon.
const withCopies = process.env['TSCAFFE_ADDON'] === undefined ? test.serial : test.serial.skip;

withCopies('two copies of the package in one process each have their own layers and errors', async (t) => {
  const program = `${prelude(tscaffe)}
    const one = { CaffeError, Net, Layer, Solver, registerLayer };
    const two = await import(process.argv[1]);
    console.log(two.Net !== Net);
    for (const [index, { Layer, registerLayer }] of [one, two].entries()) {
      registerLayer('Own' + index, class extends Layer {
        reshape([bottom], [top]) { top.reshapeLike(bottom); }
        forward([bottom], [top]) { if (bottom.cpuData[0] < 0) throw index; top.data.set(bottom.cpuData.map((x) => x + index)); }
      });
    }
    const text = (type) => 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 } } } layer { name: "own" type: "' + type + '" bottom: "x" top: "y" }';
    const nets = [one, two].map(({ Net }, index) => new Net({ text: text('Own' + index) }, 'test'));
    for (const net of nets) console.log(net.forward({ x: [1] }).y[0], (await net.forwardAsync({ x: [5] })).y[0]);
    for (const net of nets) try { net.forward({ x: [-1] }); } catch (thrown) { console.log('thrown', thrown); }
    for (const { Net, CaffeError } of [one, two, one]) {
      try { new Net({ text: text('Nope') }, 'test'); } catch (error) { console.log(error instanceof CaffeError, error.code, error.layer); }
    }
    // A layer of one copy runs a net of the other, in which a check fails.
    hook = () => new two.Net({ text: text('Nope') }, 'test');
    try { hooked().step(1); } catch (error) { console.log(error instanceof two.CaffeError, error.code); }
    hook = () => undefined;
    // Taken as the message that it is, but its layer is the other copy's.
    try { new Net(nets[1], 'test'); } catch (error) { console.log(error.name); }
    const steps = [one, two].map(({ Solver }) => new Solver({ text: 'net_param { ' + data + rest('x') + ' } base_lr: 0.01 lr_policy: "fixed"' }));
    await Promise.all(steps.map((solver) => solver.stepAsync(200)));
    console.log(steps.map(({ iter }) => iter).join(' '));`;
  const copy = otherCopy(scratchFolder(t));
  const result = await run(program.replace('process.argv[1]', JSON.stringify(copy)));
  const expected = [
    'true',
    '1 5',
    '2 6',
    'thrown 0',
    'thrown 1',
    'true ERR_CAFFE_CHECK own',
    'true ERR_CAFFE_CHECK own',
    'true ERR_CAFFE_CHECK own',
    'true ERR_CAFFE_CHECK',
    'CaffeError',
    '200 200',
  ];
  t.deepEqual(result.output.trim().split('\n'), expected);
  t.is(result.signal, null);
  t.is(result.code, 0);
});
