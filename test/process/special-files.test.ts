// FIFOs, devices, sockets, folders and links where files are expected. In processes of their own: to open a FIFO can
// take for ever.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const netText = `layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 3 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "in" top: "ip"
    inner_product_param { num_output: 2 weight_filler { type: "constant" value: 1 } } }
  layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 }`;

const prelude = `
  import { execFileSync } from 'node:child_process';
  import { closeSync, constants, lstatSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync, symlinkSync,
    writeFileSync } from 'node:fs';
  import { createServer } from 'node:net';
  import { io, Net, onLog, Solver, Weights } from '${tscaffe}';
  onLog(() => undefined);
  const netText = ${JSON.stringify(netText)};
  const layer = (text) => new Net({ text }, 'train');
  const solver = (prefix, format = 'BINARYPROTO') => new Solver({ text: 'net_param { ' + netText + ' } base_lr: 0.5 ' +
    'lr_policy: "fixed" momentum: 0.9 snapshot_prefix: "' + prefix + '" snapshot_format: ' + format });
  const kindOf = (path) => {
    const status = lstatSync(path);
    return ['FIFO', 'SymbolicLink', 'File', 'CharacterDevice'].find((kind) => status['is' + kind]());
  };
  async function failure(use) {
    try {
      await use();
      return 'no error';
    } catch (error) {
      return error.code + ' ' + error.message;
    }
  }
`;

async function results(t: ExecutionContext, cwd: string, program: string): Promise<Record<string, unknown>> {
  const { code, signal, output } = await run(`${prelude}${program}`, { cwd });
  t.deepEqual({ code, signal }, { code: 0, signal: null }, output);
  return JSON.parse(output) as Record<string, unknown>;
}

/** All that reads a file whose name is given, with `special` as that file. */
const readers = `{
  'a net': () => new Net('special', 'train'),
  'a solver': () => new Solver('special'),
  'the net of a solver': () => new Solver({ text: 'net: "special" base_lr: 1' }),
  'a test net': () => new Solver({ text: 'train_net_param { ' + netText + '} base_lr: 1 test_net: "special" test_iter: 1 test_interval: 1' }),
  'weights of a solver': () => new Solver({ text: 'net_param { ' + netText + '} base_lr: 1 lr_policy: "fixed" weights: "special"' }),
  'a solverstate': () => solver('x').restore('special'),
  'weights of a net': () => new Net({ text: netText }, 'train', { weights: 'special' }),
  copyFrom: () => layer(netText).copyFrom('special'),
  loadHDF5: () => layer(netText).loadHDF5('special'),
  'Weights.from': () => Weights.from('special'),
  readMean: () => io.readMean('special'),
  loadImage: () => io.loadImage('special'),
  'a list of images': () => layer('layer { name: "d" type: "ImageData" top: "d" top: "l" image_data_param { source: "special" } }'),
  'the first image': () => {
    writeFileSync('images', 'special 0\\n');
    layer('layer { name: "d" type: "ImageData" top: "d" top: "l" image_data_param { source: "images" } }');
  },
  'an image on the thread that reads ahead': () => {
    writeFileSync('one.ppm', 'P6 1 1 255 abc');
    writeFileSync('images', 'one.ppm 0\\nspecial 0\\n');
    const net = layer('layer { name: "d" type: "ImageData" top: "d" top: "l" image_data_param { source: "images" batch_size: 2 } }');
    try {
      net.forward();
    } finally {
      net.dispose();
    }
  },
  'a list of windows': () => layer('layer { name: "d" type: "WindowData" top: "d" top: "l" window_data_param { source: "special" } }'),
  'an image with windows': () => {
    writeFileSync('windows', '# 0\\nspecial\\n3\\n1\\n1\\n1\\n1 1 0 0 0 0\\n');
    layer('layer { name: "d" type: "WindowData" top: "d" top: "l" transform_param { crop_size: 1 } window_data_param { source: "windows" batch_size: 1 } }');
  },
  'a mean image': () => layer('layer { name: "d" type: "MemoryData" top: "d" top: "l" memory_data_param { batch_size: 1 channels: 1 height: 1 width: 1 } transform_param { mean_file: "special" } }'),
  'a list of HDF5 files': () => layer('layer { name: "d" type: "HDF5Data" top: "d" hdf5_data_param { source: "special" batch_size: 1 } }'),
  'an HDF5 file': () => {
    writeFileSync('files', 'special\\n');
    layer('layer { name: "d" type: "HDF5Data" top: "d" hdf5_data_param { source: "files" batch_size: 1 } }');
  },
  'the matrix of InfogainLoss': () => layer(\`
    layer { name: "in" type: "DummyData" top: "p" top: "l" dummy_data_param { shape { dim: 1 dim: 2 } shape { dim: 1 } } }
    layer { name: "loss" type: "InfogainLoss" bottom: "p" bottom: "l" top: "loss" infogain_loss_param { source: "special" } }\`),
}`;

/** What only FIFOs can be, since these places are folders or are made by the library. */
const fifoReaders = `{
  'a Data layer': () => layer('layer { name: "d" type: "Data" top: "d" data_param { source: "special" batch_size: 1 backend: LMDB } }'),
  'a database': () => io.Database.open('special'),
  'a file of an LMDB': () => {
    mkdirSync('lmdb');
    execFileSync('mkfifo', ['lmdb/data.mdb']);
    io.Database.open('lmdb');
  },
  'a file of the LMDB of a Data layer': () =>
    layer('layer { name: "d" type: "Data" top: "d" data_param { source: "lmdb" batch_size: 1 backend: LMDB } }'),
  'the weights that a solverstate names': () => {
    const { state, model } = solver('binary').snapshot();
    rmSync(model);
    execFileSync('mkfifo', [model]);
    solver('binary').restore(state);
  },
  'the weights that an HDF5 solverstate names': () => {
    const { state, model } = solver('hdf5', 'HDF5').snapshot();
    rmSync(model);
    execFileSync('mkfifo', [model]);
    solver('hdf5', 'HDF5').restore(state);
  },
}`;

const read = `
  const found = {};
  for (const [reader, use] of Object.entries(readers)) found[reader] = await failure(use);
  console.log(JSON.stringify(found));`;

for (const [what, make] of [
  ['FIFO', "execFileSync('mkfifo', ['special']);"],
  ['character device', "symlinkSync('/dev/zero', 'special');"],
  ['socket', "await new Promise((done) => createServer().listen('special', done).unref());"],
] as const) {
  test(`a ${what} is an error for all that reads files`, async (t) => {
    const found = await results(t, scratchFolder(t), `${make} const readers = ${readers}; ${read}`);
    t.true(Object.keys(found).length > 15);
    for (const [reader, failure] of Object.entries(found)) {
      t.regex(String(failure), new RegExp(`^ERR_CAFFE_FILE .*special: is a ${what}, where only a regular`), reader);
    }
  });
}

test('a FIFO is an error for databases and for the weights of a solverstate', async (t) => {
  const make = "execFileSync('mkfifo', ['special']);";
  const found = await results(t, scratchFolder(t), `${make} const readers = ${fifoReaders}; ${read}`);
  t.is(Object.keys(found).length, 6);
  for (const [reader, failure] of Object.entries(found)) {
    t.regex(String(failure), /^ERR_CAFFE_FILE .*: is a FIFO, where only a regular file can be read/, reader);
  }
});

test('weights are written into a FIFO and into a device, and these stay', async (t) => {
  const found = await results(
    t,
    scratchFolder(t),
    `
    execFileSync('mkfifo', ['fifo']);
    const net = layer(netText);
    const withoutReader = await failure(() => net.save('fifo'));
    const reader = openSync('fifo', constants.O_RDONLY | constants.O_NONBLOCK);
    net.save('fifo');
    const buffer = Buffer.alloc(65536);
    const same = buffer.subarray(0, readSync(reader, buffer)).equals(net.toProto());
    net.save('/dev/null');
    Weights.from(net).save('/dev/null');
    io.writeMean('/dev/null', { data: new Float32Array(1), shape: [1, 1, 1] });
    console.log(JSON.stringify({ withoutReader, same, fifo: kindOf('fifo'), device: kindOf('/dev/null') }));`,
  );
  t.deepEqual(found, {
    withoutReader: 'ERR_CAFFE_FILE fifo: is a FIFO that nobody reads',
    same: true,
    fifo: 'FIFO',
    device: 'CharacterDevice',
  });
});

test('HDF5 and snapshots are not written into a FIFO or a device, and these stay', async (t) => {
  const found = await results(
    t,
    scratchFolder(t),
    `
    const output = (file) => layer(netText +
      'layer { name: "out" type: "HDF5Output" bottom: "in" bottom: "ip" hdf5_output_param { file_name: "' + file + '" } }');
    execFileSync('mkfifo', ['fifo', 'a_iter_0.caffemodel', 'b_iter_0.solverstate']);
    symlinkSync('/dev/null', 'c_iter_0.caffemodel.h5');
    const found = {
      fifo: await failure(() => layer(netText).saveHDF5('fifo')),
      device: await failure(() => layer(netText).saveHDF5('/dev/null')),
      descriptor: await failure(() => layer(netText).saveHDF5('/dev/stdout')),
      output: await failure(() => output('fifo')),
      model: await failure(() => solver('a').snapshot()),
      state: await failure(() => solver('b').snapshot()),
      hdf5: await failure(() => solver('c', 'HDF5').snapshot()),
    };
    const kinds = ['fifo', '/dev/null', 'a_iter_0.caffemodel', 'b_iter_0.solverstate'].map(kindOf);
    console.log(JSON.stringify({ ...found, kinds }));`,
  );
  const refused = (path: string, kind: string): string =>
    `ERR_CAFFE_FILE ${path}: is ${kind}, where only a regular file can be written`;
  t.deepEqual(found, {
    fifo: refused('fifo', 'a FIFO'),
    device: refused('/dev/null', 'a character device'),
    descriptor: refused('/dev/stdout', 'a descriptor of this process'),
    output: `ERR_CAFFE_FILE prototxt:4: layer "out" setup: ${refused('fifo', 'a FIFO').replace('ERR_CAFFE_FILE ', '')}`,
    model: refused('a_iter_0.caffemodel', 'a FIFO'),
    state: refused('b_iter_0.solverstate', 'a FIFO'),
    hdf5: refused('c_iter_0.caffemodel.h5', 'a character device'),
    kinds: ['FIFO', 'CharacterDevice', 'FIFO', 'FIFO'],
  });
});

test('weights saved to /dev/stdout come out of it, into a pipe and behind what a file holds', (t) => {
  const net = new Net({ text: netText }, 'train');
  const program = `
    import { writeSync } from 'node:fs';
    import { Net } from '${tscaffe}';
    writeSync(1, 'before');
    new Net({ text: ${JSON.stringify(netText)} }, 'train').save('/dev/stdout');
    writeSync(1, 'after');`;
  const expected = Buffer.concat([Buffer.from('before'), net.toProto(), Buffer.from('after')]);
  const arguments_ = ['--input-type=module', '--eval', program];
  const piped = spawnSync(process.execPath, arguments_, { timeout: 60_000 });
  t.deepEqual(piped.stdout, expected);

  const path = join(scratchFolder(t), 'weights');
  const file = openSync(path, 'w');
  const inode = statSync(path).ino;
  spawnSync(process.execPath, arguments_, { stdio: ['ignore', file, 'ignore'], timeout: 60_000 });
  closeSync(file);
  t.deepEqual(readFileSync(path), expected);
  t.is(statSync(path).ino, inode);
});

test('all that is saved follows a link, also one that leads to nothing yet', async (t) => {
  const cwd = scratchFolder(t);
  mkdirSync(join(cwd, 'elsewhere'));
  const found = await results(
    t,
    cwd,
    `
    const saved = {
      net: (path) => layer(netText).save(path),
      hdf5: (path) => layer(netText).saveHDF5(path),
      weights: (path) => Weights.from(layer(netText)).save(path),
      mean: (path) => io.writeMean(path, { data: new Float32Array(1), shape: [1, 1, 1] }),
    };
    const found = {};
    const look = (name) => (found[name] = [kindOf(name), kindOf('elsewhere/' + name), statSync('elsewhere/' + name).size > 0]);
    for (const [name, save] of Object.entries(saved)) {
      symlinkSync('elsewhere/' + name, name);
      save(name);
      look(name);
      save(name);
      look(name);
    }
    for (const [format, end] of [['BINARYPROTO', ''], ['HDF5', '.h5']]) {
      const names = ['a_iter_0.caffemodel' + end, 'a_iter_0.solverstate' + end];
      for (const name of names) symlinkSync('elsewhere/' + name, name);
      for (let i = 0; i < 2; i++) {
        const { state } = solver('a', format).snapshot();
        names.forEach(look);
        solver('a', format).restore(state);
      }
    }
    symlinkSync('circle', 'circle');
    found.circle = await failure(() => layer(netText).save('circle'));
    console.log(JSON.stringify(found));`,
  );
  const { circle, ...others } = found;
  t.is(circle, 'ERR_CAFFE_FILE circle: Too many levels of symbolic links');
  t.is(Object.keys(others).length, 8);
  for (const [name, look] of Object.entries(others)) t.deepEqual(look, ['SymbolicLink', 'File', true], name);
});

test('a link to the target of a snapshot leaves nothing beside it', async (t) => {
  const cwd = scratchFolder(t);
  mkdirSync(join(cwd, 'elsewhere'));
  writeFileSync(join(cwd, 'elsewhere/a_iter_0.solverstate'), 'old');
  await results(
    t,
    cwd,
    `symlinkSync('elsewhere/a_iter_0.solverstate', 'a_iter_0.solverstate');
    solver('a').snapshot();
    console.log('{}');`,
  );
  t.is(execFileSync('ls', [cwd, join(cwd, 'elsewhere')], { encoding: 'utf8' }).includes('partial'), false);
});
