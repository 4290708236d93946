// A disk that takes no more, as a small tmpfs. Where that may not be mounted (no root, a container), files that may not
// grow: what fails then is the same write, by EFBIG instead of ENOSPC.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { timeout } from './program.js';

/** Each writes something of some 200 kB; `first` is the turn that succeeds. */
const program = `
  import { writeFileSync } from 'node:fs';
  import { CaffeError, io, Net, onnx, SGDSolver, Weights } from '${import.meta.resolve('tscaffe')}';
  const first = process.argv[1] === 'first';
  const fill = first ? 1 : 2;
  const net = 'layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 1 dim: 500 } shape { dim: 1 dim: 100 } } }' +
    'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "z" inner_product_param { num_output: 100 weight_filler { value: ' + fill + ' } } }' +
    'layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }';
  const solver = (format) => new SGDSolver({ text: 'net_param { ' + net + ' } base_lr: 0.1 lr_policy: "fixed" ' +
    'snapshot_prefix: "' + format + '" snapshot_format: ' + format });
  function database(backend) {
    const path = backend + (first ? '' : '-second');
    const written = io.Database.create(path, { backend });
    try {
      for (let i = 0; i < 20; i++) { written.put(String(i).padStart(2, '0'), new Uint8Array(10000).fill(i)); written.commit(); }
      written.close();
    } finally { written.discard(); }
  }
  function append() {
    const written = io.Database.append('lmdb');
    try {
      for (let i = 0; i < 60; i++) written.put('a' + i, new Uint8Array(10000).fill(i));
      written.close();
    } finally { written.discard(); }
  }
  const writers = {
    save: () => new Net({ text: net }, 'train').save('net.caffemodel'),
    saveHDF5: () => new Net({ text: net }, 'train').saveHDF5('net.h5'),
    onnx: () => onnx.save(new Net({ text: net }, 'test'), 'net.onnx', { outputs: ['z'] }),
    weights: () => Weights.from(new Net({ text: net }, 'train')).save('weights.caffemodel'),
    mean: () => io.writeMean('mean.binaryproto', { data: new Float32Array(50000).fill(fill), shape: [1, 500, 100] }),
    binary: () => solver('BINARYPROTO').snapshot(),
    hdf5: () => solver('HDF5').snapshot(),
    lmdb: () => database('lmdb'),
    leveldb: () => database('leveldb'),
    // On Caffe's own thread: HDF5 keeps for each thread what it does with its errors.
    thread: () => new SGDSolver({ text: 'net_param { ' + net + ' } base_lr: 0 lr_policy: "fixed" snapshot: 1 snapshot_prefix: "thread" snapshot_format: HDF5' }).stepAsync(1),
    ...(first ? {} : { append }),
  };
  const failures = {};
  for (const [name, write] of Object.entries(writers)) {
    try { await write(); failures[name] = 'none'; } catch (error) { failures[name] = error instanceof CaffeError ? error.code + ' ' + error.message : String(error.stack); }
  }
  console.log(JSON.stringify(failures));`;

function run(folder: string, turn: 'first' | 'second', limit: string): Record<string, string> {
  // A process that goes over the limit gets a signal, unless that is ignored.
  const script = `trap '' XFSZ; ${limit}; exec "$@"`;
  const args = ['-c', script, 'bash', process.execPath, '--input-type=module', '--eval', program, turn];
  const { stdout, stderr, status, signal } = spawnSync('bash', args, {
    cwd: folder,
    encoding: 'utf8',
    timeout,
  });
  if (status !== 0) throw new Error(`status ${status}, signal ${signal}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, string>;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * All files below a folder with the digest of what is in them; of databases the records, as a commit that fails may
 * leave free pages.
 */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const digests = files.map((name) => {
    const path = join(folder, name);
    const isData = statSync(path).isFile() && !name.startsWith('lmdb') && !name.startsWith('leveldb');
    return [name, isData ? digest(readFileSync(path)) : ''];
  });
  using database = io.Database.open(join(folder, 'lmdb'));
  const records = [...database].map(([key, value]) => [`record ${key}`, digest(value)]);
  return Object.fromEntries([...digests, ...records]) as Record<string, string>;
}

/** @returns whether a tmpfs of 6 MB could be mounted */
function mount(t: ExecutionContext, folder: string): boolean {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tscaffe-test', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    t.log(`no tmpfs: ${stderr.trim()}`);
    return false;
  }
  t.teardown(() => execFileSync('umount', [folder]));
  return true;
}

function requireErrors(t: ExecutionContext, folder: string, limit: string): void {
  const before = contents(folder);
  const failures = run(folder, 'second', limit);
  for (const [name, failure] of Object.entries(failures)) {
    // A database says it in the words of its library.
    const isDatabase = ['lmdb', 'leveldb', 'append'].includes(name);
    t.regex(
      failure,
      isDatabase ? /^ERR_CAFFE_(CHECK|FILE) / : /^ERR_CAFFE_FILE [^:]*_iter_[01]|^ERR_CAFFE_FILE \w+\.\w+: /,
      name,
    );
  }
  t.deepEqual(contents(folder), before);
}

test('files that may not grow: each write is an error with a code, and the old file stays', (t) => {
  const folder = scratchFolder(t);
  t.true(Object.values(run(folder, 'first', 'true')).every((failure) => failure === 'none'));
  requireErrors(t, folder, 'ulimit -f 100');
});

test('a full disk: each write is an error with a code, and the old file stays', (t) => {
  const folder = join(scratchFolder(t), 'disk');
  mkdirSync(folder);
  if (!mount(t, folder)) {
    t.pass('files that may not grow stand in for it');
    return;
  }
  t.true(Object.values(run(folder, 'first', 'true')).every((failure) => failure === 'none'));
  // Leaves less than one of the files needs.
  execFileSync('bash', ['-c', 'dd if=/dev/zero of=filler bs=4k status=none || true; truncate -s -100k filler'], {
    cwd: folder,
  });
  requireErrors(t, folder, 'true');
});
