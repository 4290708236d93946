// What failures inside of Caffe leave behind: nothing. Each kind holds a megabyte or more, a descriptor or a thread at
// the moment when it fails.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

/** What a process has, after some failures. */
interface Left {
  bytes: number;
  descriptors: number;
  threads: number;
}

const prelude = `
  import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { createLayer, Blob, io, Net, onLog, Solver } from '${tscaffe}';
  onLog(() => undefined);
  const input = 'layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 1000 } } }';
  const ip = (outputs, name = 'ip') => 'layer { name: "' + name + '" type: "InnerProduct" bottom: "in" top: "' + name +
    '" inner_product_param { num_output: ' + outputs + ' } }';
  const loss = 'layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 }';
  const make = (...layers) => new Net({ text: layers.join(' ') }, 'train');
  const solver = (outputs, prefix, format) => new Solver({ text: 'net_param { ' + input + ip(outputs) + loss +
    '} base_lr: 0 lr_policy: "fixed" snapshot_prefix: "' + prefix + '" snapshot_format: ' + format });
  const images = (source) => 'layer { name: "data" type: "ImageData" top: "data" top: "label" image_data_param { source: "' +
    source + '" batch_size: 1 } }';
  writeFileSync('one.ppm', 'P6 1 1 255 abc');
  writeFileSync('good', 'one.ppm 0\\n'.repeat(1000));
  writeFileSync('unreadable', 'missing.ppm 0\\n'.repeat(1000));
  writeFileSync('later', 'one.ppm 0\\nmissing.ppm 0\\n');
  const net = make(input, ip(1000));
  const other = make(input, ip(1001));
  const caffemodel = other.toProto();
  other.saveHDF5('other.h5');
  const states = Object.fromEntries(['BINARYPROTO', 'HDF5'].map((format) => [format, solver(1001, format, format).snapshot()]));
  const restored = solver(1000, 'x', 'HDF5');
  writeFileSync('files', 'other.h5\\n');
  const one = new Blob(1, 1);
  const count = (folder) => readdirSync('/proc/self/' + folder).length;
  async function fail(use, times) {
    for (let i = 0; i < times; i++) {
      try {
        await use();
        throw new Error('no failure');
      } catch (error) {
        if (error.name !== 'CaffeError') throw error;
      }
      if (i % 10 === 9) await settle();
    }
    await settle();
    // What the process may write to, and not its resident set: see own-memory.ts.
    const [, kilobytes] = /^VmData:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return { bytes: 1024 * kilobytes, descriptors: count('fd'), threads: count('task') };
  }
  async function settle() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await setImmediate();
    }
  }
`;

const kinds: Record<string, string> = {
  'copyFrom of other shapes': `() => net.copyFrom(caffemodel)`,
  'loadHDF5 of other shapes': `() => net.loadHDF5('other.h5')`,
  'shareWith of other shapes': `() => net.shareWith(other)`,
  'restore of other shapes': `() => restored.restore(states.BINARYPROTO)`,
  'restore of other shapes in HDF5': `() => restored.restore(states.HDF5)`,
  'a net that fails behind its weights': `() => make(input, ip(1000), ip(1000, 'b'), 'layer { type: "Nope" name: "n" }')`,
  'a solver that fails in its test net': `() => new Solver({ text: 'net_param { ' + input + ip(1000) + loss + '} base_lr: 0 ' +
'lr_policy: "fixed" test_iter: 1 test_interval: 1 test_net_param { ' + ip(1) + ' }' })`,
  'an image list whose first image is not there': `() => make(images('unreadable'))`,
  'a net that fails behind a layer that reads images': `() => make(images('good'), ip(1000).replace('in', 'nope'))`,
  'an image that is not there, on the thread that reads': `async () => {
const reading = make(images('later'));
try { for (let i = 0; i < 3; i++) reading.forward(); } finally { reading.dispose(); }
}`,
  'an HDF5 list of a file without its dataset': `() =>
make('layer { name: "d" type: "HDF5Data" top: "nope" hdf5_data_param { source: "files" batch_size: 1 } }')`,
  'a database that is not there': `() =>
make('layer { name: "d" type: "Data" top: "d" data_param { source: "missing" batch_size: 1 backend: LMDB } }')`,
  'a layer outside of nets that cannot be set up': `() =>
createLayer({ type: 'Eltwise', eltwiseParam: { coeff: [1] } }).setup([one, one], [new Blob(1)])`,
  'an integer division by zero': `() => make(
'layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }',
ip(1000), 'layer { name: "c" type: "Convolution" bottom: "in" top: "c" convolution_param { num_output: 1 kernel_size: 1 group: 0 } }')`,
};

for (const [kind, use] of Object.entries(kinds)) {
  test(`${kind}: the failure leaves no memory, no descriptor and no thread behind`, async (t) => {
    const { output, code, signal } = await run(
      `${prelude}
      const use = ${use};
      const [before, after] = [await fail(use, 10), await fail(use, 20)];
      console.log(JSON.stringify([before, after]));`,
      {
        cwd: scratchFolder(t),
        env: { MALLOC_MMAP_THRESHOLD_: String(64 * 1024) },
        options: ['--single-threaded-gc', '--no-incremental-marking'],
      },
    );
    t.deepEqual({ code, signal }, { code: 0, signal: null }, output);
    const [before, after] = JSON.parse(output) as [Left, Left];
    t.is(after.descriptors, before.descriptors);
    t.is(after.threads, before.threads);
    // 4 MB a time would be 80 MB.
    const bytes = after.bytes - before.bytes;
    t.true(bytes < 32 * 2 ** 20, `${bytes} bytes`);
  });
}
