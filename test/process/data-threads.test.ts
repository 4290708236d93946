// Failures on the threads on which Caffe reads batches ahead: each in a process of its own, which a mistake would end
// or hold up for ever.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

/**
 * `data` defines `failing`, a data layer that gives some batches and then fails; `use` runs it, and what came out is
 * printed.
 */
const program = (data: string, use: string): string => `
  import { writeFileSync } from 'node:fs';
  import { CaffeError, io, Net, onLog, Solver } from '${tscaffe}';
  onLog(() => undefined); // Caffe logs the missing image as well
  ${data}
  const rest = 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 2 ' +
    'weight_filler { type: "xavier" } } } layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }';
  const solver = (layers) => new Solver({ text: 'net_param { ' + layers + ' } base_lr: 0.01 lr_policy: "fixed"' });
  const good = 'layer { name: "d" type: "DummyData" top: "data" top: "label" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }';
  const caught = async (call) => {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof CaffeError)) throw error;
      return [error.code, error.layer, error.check ?? error.message].join(' | ');
    }
  };
  let first;
  async function fail(call) {
    // Batches read before the failure may come first.
    for (let i = 0; i < 10 && first === undefined; i++) first = await caught(call);
    console.log(first);
    console.log((await caught(call)) === first, (await caught(call)) === first);
  }
  ${use}
  const other = solver(good + rest);
  other.step(3);
  console.log(other.iter);
`;

const image = `
  writeFileSync('white.pgm', Buffer.concat([Buffer.from('P5 4 4 255\\n'), Buffer.alloc(16, 255)]));
  writeFileSync('list.txt', 'white.pgm 1\\nwhite.pgm 0\\nmissing.png 1\\n');
  const failing = 'layer { name: "images" type: "ImageData" top: "data" top: "label" image_data_param { source: "list.txt" batch_size: 2 } }';`;

const record = `
  const database = io.Database.create('records', { backend: 'lmdb' });
  for (let i = 0; i < 6; i++) {
    const size = i === 3 ? 3 : 2;
    database.put(String(i), io.arrayToDatum({ shape: [1, size, size], data: new Uint8Array(size * size) }, i % 2));
  }
  database.close();
  const failing = 'layer { name: "records" type: "Data" top: "data" top: "label" ' +
    'data_param { source: "records" batch_size: 2 backend: LMDB } }';`;

const uses = {
  forward: `
    const net = new Net({ text: failing + rest }, 'train');
    await fail(() => net.forward());
    net.dispose();`,
  forwardAsync: `
    const net = new Net({ text: failing + rest }, 'train');
    await fail(() => net.forwardAsync());
    net.dispose();`,
  step: `
    const failed = solver(failing + rest);
    await fail(() => failed.step(1));
    failed.dispose();`,
  stepAsync: `
    const failed = solver(failing + rest);
    await fail(() => failed.stepAsync(1));`, // not disposed
};

const onThread = " (on the thread that reads this layer's batches; the net can only be disposed)";
for (const { what, data, layer, failure, text, calls } of [
  {
    what: 'an image that cannot be read',
    data: image,
    layer: 'images',
    failure: 'ERR_CAFFE_FILE',
    text: `Check failed: cv_img.data Could not load missing.png${onThread}`,
    calls: ['forward', 'step', 'stepAsync'],
  },
  {
    what: 'a record of another size in an LMDB',
    data: record,
    layer: 'records',
    failure: 'ERR_CAFFE_CHECK',
    text: `Check failed: datum_height == height (3 vs. 2) ${onThread}`,
    calls: ['forward', 'forwardAsync', 'step', 'stepAsync'],
  },
] as const) {
  for (const call of calls) {
    test.serial(
      `${what}: ${call} fails, and fails again at once; other nets work, and the process ends by itself`,
      async (t) => {
        const cwd = scratchFolder(t);
        const { output, signal, code } = await run(program(data, uses[call]), { cwd });
        t.is(output.trim(), `${failure} | ${layer} | ${text}\ntrue true\n3`);
        t.is(signal, null);
        t.is(code, 0);
      },
    );
  }
}

test('a net whose thread passes over thousands of millions of records can be disposed', async (t) => {
  const { code, signal, output } = await run(
    `
    import { io, Net, setSolverCount } from '${tscaffe}';
    const database = io.Database.create('lmdb');
    database.put('0', io.arrayToDatum({ data: new Uint8Array(12), shape: [3, 2, 2] }));
    database.close();
    // Each of so many solvers takes one record in 2³¹ - 1.
    setSolverCount(2 ** 31 - 1);
    const net = new Net({ text: 'layer { name: "data" type: "Data" top: "data" data_param { source: "lmdb" backend: LMDB batch_size: 1 } }' }, 'train');
    net.dispose();
    console.log('disposed');`,
    { cwd: scratchFolder(t) },
  );
  t.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'disposed\n' });
});
