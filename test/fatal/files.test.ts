// Files that are missing, cut off, or something else.
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, Net, Solver } from 'tscaffe';
import { goodNet } from './good-net.js';
import { testMistakes, type Mistake } from './mistake.js';

function file(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function net(): Net {
  return new Net({ text: goodNet }, 'train');
}

function solver(folder: string, fields = ''): Solver {
  const text = `net_param { ${goodNet} } base_lr: 0.1 lr_policy: "fixed" snapshot_prefix: "${folder}/good" ${fields}`;
  return new Solver({ text, file: join(folder, 'solver.prototxt') });
}

const ones = Buffer.alloc(1000, 0xff);
const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Something that wants a file: what Node says of one that cannot be read. */
const readers: { reader: string; name?: string; read: (path: string, folder: string) => unknown }[] = [
  { reader: 'a solver', read: (path) => new Solver(path) },
  { reader: 'the net of a solver', read: (path) => new Solver({ text: `net: "${path}" base_lr: 1` }) },
  {
    reader: 'the test net of a solver',
    read: (path, folder) => solver(folder, `test_net: "${path}" test_iter: 1 test_interval: 1`),
  },
  { reader: 'the option weights of a net', read: (path) => new Net({ text: goodNet }, 'train', { weights: path }) },
  {
    reader: 'copyFrom',
    read: (path) => {
      net().copyFrom(path);
    },
  },
  {
    reader: 'loadHDF5',
    read: (path) => {
      net().loadHDF5(path);
    },
  },
  {
    reader: 'restore',
    read: (path, folder) => {
      solver(folder).restore(path);
    },
  },
  {
    reader: 'solve',
    read: (path, folder) => {
      solver(folder).solve(path);
    },
  },
];

const unreadable = readers.flatMap(({ reader, read }): Mistake[] => [
  {
    what: `a file that is not there for ${reader}`,
    make: (folder) => read(join(folder, 'missing'), folder),
    code: 'ERR_CAFFE_FILE',
    text: 'cannot be read: ENOENT: no such file or directory',
    file: 'FOLDER/missing',
  },
  {
    what: `a folder for ${reader}`,
    make: (folder) => read(folder, folder),
    code: 'ERR_CAFFE_FILE',
    text: 'cannot be read: EISDIR: illegal operation on a directory, read',
    file: 'FOLDER',
  },
]);

function weights(what: string, write: (folder: string) => string, text: string, place: Partial<Mistake>): Mistake {
  return {
    what: `${what} as weights`,
    make: (folder) => {
      net().copyFrom(write(folder));
    },
    text,
    ...place,
  };
}

const corruptWeights = [
  weights('an empty file', (folder) => file(folder, 'empty', ''), 'FOLDER/empty: holds no layers', {
    code: 'ERR_CAFFE_FORMAT',
  }),
  weights(
    'a prototxt',
    (folder) => file(folder, 'net', goodNet),
    `FOLDER/net: ${goodNet.length} bytes that are not a serialized caffe.NetParameter`,
    { code: 'ERR_CAFFE_FORMAT' },
  ),
  weights(
    'garbage',
    (folder) => file(folder, 'ones', ones),
    'FOLDER/ones: 1000 bytes that are not a serialized caffe.NetParameter',
    { code: 'ERR_CAFFE_FORMAT' },
  ),
  weights(
    'half a caffemodel',
    (folder) => file(folder, 'half', net().toProto().subarray(0, 40)),
    'FOLDER/half: 40 bytes that are not a serialized caffe.NetParameter',
    { code: 'ERR_CAFFE_FORMAT' },
  ),
  weights(
    'garbage behind the signature of HDF5',
    (folder) => file(folder, 'ones.h5', Buffer.from([...hdf5Signature, ...ones])),
    "Check failed: file_hid >= 0 (-1 vs. 0) Couldn't open FOLDER/ones.h5",
    {},
  ),
  weights(
    'half an HDF5 file',
    (folder) => {
      const path = join(folder, 'half.h5');
      net().saveHDF5(path);
      truncateSync(path, readFileSync(path).length / 2);
      return path;
    },
    "Check failed: file_hid >= 0 (-1 vs. 0) Couldn't open FOLDER/half.h5",
    {},
  ),
  {
    what: 'a caffemodel for loadHDF5',
    make: (folder: string) => {
      net().loadHDF5(file(folder, 'good.caffemodel', net().toProto()));
    },
    text: "Check failed: file_hid >= 0 (-1 vs. 0) Couldn't open FOLDER/good.caffemodel",
  },
];

/** A snapshot whose state something happens to. */
function state(what: string, format: string, spoil: (path: string, folder: string) => void, mistake: Partial<Mistake>) {
  return {
    what: `${what} to restore from`,
    make: (folder: string) => {
      const trained = solver(folder, `snapshot_format: ${format}`);
      trained.step(1);
      const path = trained.snapshot().state;
      spoil(path, folder);
      trained.restore(path);
    },
    text: '?',
    ...mistake,
  };
}

const corruptStates: Mistake[] = [
  state(
    'an empty solverstate',
    'BINARYPROTO',
    (path) => {
      truncateSync(path, 0);
    },
    {
      code: 'ERR_CAFFE_FORMAT',
      text: 'FOLDER/good_iter_1.solverstate: is not a serialized caffe.SolverState',
    },
  ),
  state(
    'half a solverstate',
    'BINARYPROTO',
    (path) => {
      truncateSync(path, 20);
    },
    {
      code: 'ERR_CAFFE_FORMAT',
      text: 'FOLDER/good_iter_1.solverstate: is not a serialized caffe.SolverState',
    },
  ),
  state(
    'garbage',
    'BINARYPROTO',
    (path) => {
      writeFileSync(path, ones);
    },
    {
      code: 'ERR_CAFFE_FORMAT',
      text: 'FOLDER/good_iter_1.solverstate: is not a serialized caffe.SolverState',
    },
  ),
  state(
    'a solverstate with the end of a group behind it, over which libprotobuf ends the process,',
    'BINARYPROTO',
    (path) => {
      // Field 487, type 4; then what is left in the buffer.
      appendFileSync(path, Uint8Array.of(0xbc, 0x1e, 0xee, 0x96, 0xbc, 0x3a, 3, 10, 1, 2, 32, 0));
    },
    {
      code: 'ERR_CAFFE_FORMAT',
      text: 'FOLDER/good_iter_1.solverstate: is not a serialized caffe.SolverState',
    },
  ),
  state(
    'a caffemodel',
    'BINARYPROTO',
    (path) => {
      writeFileSync(path, net().toProto());
    },
    {
      code: 'ERR_CAFFE_FORMAT',
      text: 'FOLDER/good_iter_1.solverstate: is not a serialized caffe.SolverState',
    },
  ),
  state(
    'half a solverstate in HDF5',
    'HDF5',
    (path) => {
      truncateSync(path, 1000);
    },
    {
      text: "Check failed: file_hid >= 0 (-1 vs. 0) Couldn't open solver state file FOLDER/good_iter_1.solverstate.h5",
    },
  ),
  state(
    'half a caffemodel',
    'BINARYPROTO',
    (_, folder) => {
      truncateSync(join(folder, 'good_iter_1.caffemodel'), 20);
    },
    {
      text: 'Check failed: ReadProtoFromBinaryFile(param_file, param) Failed to parse NetParameter file: FOLDER/good_iter_1.caffemodel',
    },
  ),
];

/** A net of one data layer, which fails while it is made. */
function source(what: string, type: string, param: string, text: string, mistake: Partial<Mistake> = {}): Mistake {
  return {
    what: `${what} for a layer of type ${type}`,
    make: (folder) => {
      file(folder, 'empty', '');
      file(folder, 'ones', ones);
      file(folder, 'list', `${folder}/missing 0\n`);
      file(folder, 'ones-list', `${folder}/ones 0\n`);
      file(folder, 'hdf5-list', `${folder}/missing\n`);
      file(folder, 'hdf5-ones-list', `${folder}/ones\n`);
      mkdirSync(join(folder, 'bad'));
      file(folder, 'bad/data.mdb', Buffer.alloc(8192, 0xff));
      mkdirSync(join(folder, 'made'));
      for (const backend of ['lmdb', 'leveldb'] as const)
        io.Database.create(join(folder, 'made', backend), { backend }).close();
      const top = type === 'HDF5Data' ? 'top: "a"' : 'top: "a" top: "label"';
      const layer = `layer { name: "a" type: "${type}" ${top} ${param.replaceAll('FOLDER', folder)} }`;
      return new Net({ text: layer, file: 'net.prototxt' }, 'train');
    },
    text,
    file: 'net.prototxt',
    line: 1,
    layer: 'a',
    during: 'setup',
    ...mistake,
  };
}

const data = (name: string, backend: string) =>
  `data_param { source: "FOLDER/${name}" backend: ${backend} batch_size: 1 }`;
const images = (name: string) => `image_data_param { source: "FOLDER/${name}" batch_size: 1 }`;
const hdf5 = (name: string) => `hdf5_data_param { source: "FOLDER/${name}" batch_size: 1 }`;

const unreadSource: Partial<Mistake> = { code: 'ERR_CAFFE_FILE' };

const sources = [
  source(
    'a database that is not there',
    'Data',
    data('missing', 'LMDB'),
    'data_param.source: cannot read "FOLDER/missing": No such file or directory',
    unreadSource,
  ),
  source(
    'a folder without a database',
    'Data',
    data('made', 'LMDB'),
    'data_param.source: cannot read "FOLDER/made/data.mdb": No such file or directory',
    unreadSource,
  ),
  source(
    'a database that is none',
    'Data',
    data('bad', 'LMDB'),
    'Check failed: mdb_status == 0 (-30793 vs. 0) MDB_INVALID: File is not an LMDB file',
    unreadSource,
  ),
  source('an empty LMDB', 'Data', data('made/lmdb', 'LMDB'), 'the database FOLDER/made/lmdb is empty', {
    code: 'ERR_CAFFE_FILE',
  }),
  source('an empty LevelDB', 'Data', data('made/leveldb', 'LEVELDB'), 'the database FOLDER/made/leveldb is empty', {
    code: 'ERR_CAFFE_FILE',
  }),
  source(
    'a LevelDB that is not there',
    'Data',
    data('missing', 'LEVELDB'),
    'data_param.source: cannot read "FOLDER/missing": No such file or directory',
    unreadSource,
  ),
  source(
    'a mean file that is not there',
    'ImageData',
    `${images('list')} transform_param { mean_file: "FOLDER/missing" }`,
    'Check failed: fd != -1 (-1 vs. -1) File not found: FOLDER/missing',
    unreadSource,
  ),
  source(
    'a list that is not there',
    'ImageData',
    images('missing'),
    'image_data_param.source: cannot read "FOLDER/missing": No such file or directory',
    unreadSource,
  ),
  source(
    'an empty list',
    'ImageData',
    images('empty'),
    'image_data_param.source: "FOLDER/empty" is empty',
    unreadSource,
  ),
  source(
    'no source',
    'Data',
    'data_param { backend: LMDB batch_size: 1 }',
    'data_param.source is not there',
    unreadSource,
  ),
  source(
    'a first image that is not there',
    'ImageData',
    images('list'),
    'Check failed: cv_img.data Could not load FOLDER/missing',
    unreadSource,
  ),
  source(
    'a first image that is none',
    'ImageData',
    images('ones-list'),
    'Check failed: cv_img.data Could not load FOLDER/ones',
    unreadSource,
  ),
  source(
    'a list that is not there',
    'HDF5Data',
    hdf5('missing'),
    'hdf5_data_param.source: cannot read "FOLDER/missing": No such file or directory',
    unreadSource,
  ),
  source(
    'an empty list',
    'HDF5Data',
    hdf5('empty'),
    'Check failed: num_files_ >= 1 (0 vs. 1) Must have at least 1 HDF5 filename listed in FOLDER/empty',
  ),
  source(
    'a file that is not there',
    'HDF5Data',
    hdf5('hdf5-list'),
    'Failed opening HDF5 file: FOLDER/missing',
    unreadSource,
  ),
  source(
    'a file that is none',
    'HDF5Data',
    hdf5('hdf5-ones-list'),
    'Failed opening HDF5 file: FOLDER/ones',
    unreadSource,
  ),
  source(
    'a list that is not there',
    'WindowData',
    'window_data_param { source: "FOLDER/missing" batch_size: 1 }',
    'window_data_param.source: cannot read "FOLDER/missing": No such file or directory',
    unreadSource,
  ),
  ...(['Data', 'ImageData', 'HDF5Data', 'WindowData'] as const).map((type) => {
    const param = {
      Data: 'data_param',
      ImageData: 'image_data_param',
      HDF5Data: 'hdf5_data_param',
      WindowData: 'window_data_param',
    }[type];
    const from = { Data: 'made/lmdb', ImageData: 'empty', HDF5Data: 'empty', WindowData: 'empty' }[type];
    return source(
      'no batch_size',
      type,
      `${param} { source: "FOLDER/${from}" ${{ Data: 'backend: LMDB', ImageData: 'batch_size: 0', HDF5Data: '', WindowData: '' }[type]} }`,
      `${param}.batch_size: expected at least 1, but it is 0 or not there`,
      { code: 'ERR_CAFFE_LAYER' },
    );
  }),
];

const missingWeights: Mistake = {
  what: 'a file of weights that a solver names and that is not there',
  make: (folder) =>
    new Solver({ text: `base_lr: 1 net_param { ${goodNet} } weights: "${folder}/missing"`, file: 'solver.prototxt' }),
  code: 'ERR_CAFFE_FILE',
  text: 'weights: cannot read "FOLDER/missing": No such file or directory',
  file: 'solver.prototxt',
};

const locked: Mistake = {
  code: 'ERR_CAFFE_FILE',
  what: 'a LevelDB that something else has open',
  make: (folder) => {
    io.Database.create(join(folder, 'open'), { backend: 'leveldb' }).close();
    using database = io.Database.append(join(folder, 'open'));
    database.put('0', new Uint8Array(1));
    const layer = `layer { name: "a" type: "Data" top: "a" data_param { source: "${folder}/open" backend: LEVELDB batch_size: 1 } }`;
    return new Net({ text: layer }, 'train');
  },
  text: 'Check failed: status.ok() Failed to open leveldb FOLDER/open\nIO error: lock FOLDER/open/LOCK: already held by process',
  file: 'prototxt',
  line: 1,
  layer: 'a',
  during: 'setup',
};

testMistakes([...unreadable, ...corruptWeights, ...corruptStates, ...sources, missingWeights, locked]);
