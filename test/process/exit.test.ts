// The process ends while threads of Caffe are at work. What static destructors took away under them was a segmentation
// fault in one exit of three, so each end is tried several times, with several threads.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe, type Outcome } from './program.js';

const image = fileURLToPath(new URL('../parity/io/images/color.jpg', import.meta.url));
const times = 4;
/** An image with a window of an object, and one of the background: class, overlap, and two corners. */
const windows = '# 0\ncolor.jpg\n3\n20\n20\n2\n1 0.9 1 1 10 10\n0 0.1 2 2 12 12\n';

const definitions = `
  import { isMainThread, Worker, workerData } from 'node:worker_threads';
  import { io, Layer, Net, registerLayer, Solver } from '${tscaffe}';
  const data = {
    images: 'layer { name: "data" type: "ImageData" top: "data" top: "label" ' +
      'image_data_param { source: "list.txt" batch_size: 8 new_height: 20 new_width: 20 } }',
    records: 'layer { name: "data" type: "Data" top: "data" top: "label" ' +
      'data_param { source: "records" batch_size: 8 backend: LMDB prefetch: 8 } }',
    windows: 'layer { name: "data" type: "WindowData" top: "data" top: "label" transform_param { crop_size: 8 } ' +
      'window_data_param { source: "windows.txt" batch_size: 8 fg_threshold: 0.5 bg_threshold: 0.5 fg_fraction: 0.5 } }',
    none: 'layer { name: "data" type: "DummyData" top: "data" top: "label" ' +
      'dummy_data_param { shape { dim: 8 dim: 64 } shape { dim: 8 } } }',
  };
  const rest = 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 10 ' +
    'weight_filler { type: "xavier" } } } layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }';
  // Twenty layers that each read images.
  const many = Array.from({ length: 20 }, (_, i) => data.images.replaceAll(/"(data|label)"/g, '"$1' + i + '"')).join(' ');
  const nets = (kind, count = 4) => Array.from({ length: count }, () => new Net({ text: data[kind] + rest }, 'train'));
  const exitIn = (method) => {
    registerLayer('Exit', class extends Layer {
      setup() { if (method === 'setup') process.exit(3); }
      reshape(bottom, top) { top[0].reshapeLike(bottom[0]); }
      forward() { process.exit(3); }
    });
    return new Net({ text: data.images + 'layer { name: "exit" type: "Exit" bottom: "data" top: "exit" }' }, 'train');
  };`;

/** Each is a program that ends in its own way, and how. */
const ends: Record<string, { program: string; code: number; output?: RegExp }> = {
  'process.exit() while images are read': { program: `nets('images'); process.exit(3);`, code: 3 },
  'process.exit() while an LMDB is read': { program: `nets('records'); process.exit(3);`, code: 3 },
  // Its reader is the first to use OpenCV.
  'process.exit() when windows of images begin to be read': { program: `nets('windows'); process.exit(3);`, code: 3 },
  'process.exit() of the program that goes on reading': {
    program: `for (const net of nets('images')) net.forward(); setImmediate(() => process.exit(3));`,
    code: 3,
  },
  'an uncaught error while images are read': {
    program: `nets('images'); throw new Error('not caught');`,
    code: 1,
    output: /not caught/,
  },
  'an uncaught error in a later turn while an LMDB is read': {
    program: `nets('records'); setImmediate(() => { throw new Error('not caught'); });`,
    code: 1,
    output: /not caught/,
  },
  'process.exit() in a listener for the exit': {
    program: `nets('images'); process.on('exit', () => process.exit(3));`,
    code: 3,
  },
  'process.exit() when nobody listens for the exit any more': {
    program: `process.removeAllListeners('exit'); nets('records'); process.exit(3);`,
    code: 3,
  },
  'the end of the program': { program: `nets('images'); process.exitCode = 3;`, code: 3 },
  'process.exit() behind asynchronous calls': {
    program: `for (const net of nets('none')) void net.forwardAsync(); process.exit(3);`,
    code: 3,
  },
  'process.exit() while asynchronous calls wait for batches': {
    program: `for (const net of nets('images')) void net.forwardAsync(); setImmediate(() => process.exit(3));`,
    code: 3,
  },
  'process.exit() while a solver steps': {
    program: `
      const solver = new Solver({ text: 'net_param { ' + data.images + rest + ' } base_lr: 0.01 lr_policy: "fixed"' });
      void solver.stepAsync(1000000);
      setImmediate(() => process.exit(3));`,
    code: 3,
  },
  'process.exit() in a layer': { program: `exitIn('forward').forward();`, code: 3 },
  'process.exit() in a layer of an asynchronous call': {
    program: `const net = exitIn('forward'); void nets('none', 1)[0].forwardAsync(); void net.forwardAsync();`,
    code: 3,
  },
  'process.exit() in the setup of a layer, in a net that is half built': { program: `exitIn('setup');`, code: 3 },
  'process.exit() while nets are built on a thread': {
    program: `for (let i = 0; i < 4; i++) void Net.create({ text: many }, 'train'); process.exit(3);`,
    code: 3,
  },
  'process.exit() while nets are built on a thread, in a later turn': {
    program: `
      for (const kind of ['images', 'records']) void Net.create({ text: data[kind] + rest }, 'train');
      void Solver.create({ text: 'net_param { ' + many + ' } base_lr: 0.01 lr_policy: "fixed"' });
      setImmediate(() => process.exit(3));`,
    code: 3,
  },
  'process.exit() in the setup of a layer, in a net that is half built on a thread': {
    program: `
      registerLayer('Exit', class extends Layer {
        setup() { process.exit(3); }
        reshape() {}
        forward() {}
      });
      void Net.create({ text: many }, 'train');
      void Net.create({ text: data.images + 'layer { name: "exit" type: "Exit" bottom: "data" top: "exit" }' }, 'train');`,
    code: 3,
  },
  'process.exit() while a worker reads and computes': {
    program: `
      if (isMainThread) {
        new Worker(new URL('program.mjs', 'file://' + process.cwd() + '/'), { execArgv: [] }).once('message', () => process.exit(3));
      } else {
        const { parentPort } = await import('node:worker_threads');
        for (const net of nets('images')) void net.forwardAsync();
        parentPort.postMessage('running');
        setInterval(() => undefined, 1000);
      }`,
    code: 3,
  },
  'a worker that is terminated while it reads and computes, and then process.exit()': {
    program: `
      if (isMainThread) {
        const worker = new Worker(new URL('program.mjs', 'file://' + process.cwd() + '/'), { execArgv: [] });
        worker.once('message', async () => { nets('images'); await worker.terminate(); process.exit(3); });
      } else {
        const { parentPort } = await import('node:worker_threads');
        for (const net of nets('records')) void net.forwardAsync();
        parentPort.postMessage('running');
        setInterval(() => undefined, 1000);
      }`,
    code: 3,
  },
};

for (const [title, { program, code, output = /^$/ }] of Object.entries(ends)) {
  test.serial(`${title}: Caffe's threads end first, and the exit code is right`, async (t) => {
    const cwd = scratchFolder(t);
    copyFileSync(image, join(cwd, 'color.jpg'));
    writeFileSync(join(cwd, 'list.txt'), 'color.jpg 1\ncolor.jpg 2\n');
    writeFileSync(join(cwd, 'windows.txt'), windows);
    writeFileSync(join(cwd, 'program.mjs'), definitions + program);
    const made = await run(
      `import { io } from '${tscaffe}';
       const database = io.Database.create('records');
       const datum = io.arrayToDatum({ shape: [1, 20, 20], data: new Uint8Array(400) }, 1);
       for (let i = 0; i < 100; i++) database.put(String(i), datum);
       database.close();`,
      { cwd },
    );
    t.is(made.code, 0, made.output);
    const outcomes: Outcome[] = [];
    for (let i = 0; i < times; i += 2) {
      const program = `await import('file://' + process.cwd() + '/program.mjs');`;
      outcomes.push(...(await Promise.all([run(program, { cwd }), run(program, { cwd })])));
    }
    for (const outcome of outcomes) {
      t.like(outcome, { code, signal: null });
      t.regex(outcome.output, output);
    }
  });
}
