// What is mutated: prototxts of this repository, and files of every kind, which are made in the working folder.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { io, Net, SGDSolver } from 'tscaffe';

const root = fileURLToPath(new URL('../..', import.meta.url));

function read(path: string): string {
  return readFileSync(root + path, 'utf8');
}

function prototxtsBelow(folder: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.prototxt'))
    .sort()
    .map((path) => `${folder}/${path}`);
}

/** Nets that read files, one layer each: the layer's name is that of its source. */
export const dataNets = read('test/fuzz/nets/data.prototxt')
  .split('\n')
  .filter((line) => line.startsWith('layer'));

const paths = ['examples', 'test/parity', 'test/fuzz/nets'].flatMap(prototxtsBelow);

function isSolver(text: string): boolean {
  return /^base_lr/m.test(text);
}

const texts = paths.filter((path) => !path.endsWith('/data.prototxt')).map(read);

export const solvers = texts.filter(isSolver);
export const nets = [...texts.filter((text) => !isSolver(text)), ...dataNets];
/** Those that are built within milliseconds: without layers of thousands of outputs. */
export const smallNets = nets.filter((text) => text.length < 8000 && !/num_output: \d{4}/.test(text));

/** A net whose weights are small enough that no bit of them is rarely hit. */
export const trained = `
  layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { data_filler { value: 1 } data_filler { value: 2 }
    shape { dim: 2 dim: 3 dim: 4 dim: 4 } shape { dim: 2 dim: 2 } } }
  layer { name: "conv" type: "Convolution" bottom: "x" top: "conv" convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }`;

export function trainedSolver(format: 'BINARYPROTO' | 'HDF5'): string {
  return `net_param { ${trained} } base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 snapshot_format: ${format} snapshot_prefix: "trained"`;
}

function makeDatabase(backend: io.DatabaseBackend): void {
  using database = io.Database.create(backend, { backend });
  for (let i = 0; i < 8; i++) {
    const data = Uint8Array.from({ length: 48 }, (_, j) => (i * 31 + j) % 256);
    // Every other record is too large for a leaf page of LMDB.
    const padding = i % 2 === 0 ? 'k' : 'k'.repeat(400);
    database.put(`${i}${padding}`, io.arrayToDatum({ data, shape: [3, 4, 4] }, i % 3));
  }
  database.close();
}

const mean = { data: new Float32Array(48).fill(0.5), shape: [3, 4, 4] };

/** Makes the files that the nets of {@link dataNets} and the targets read. */
export function makeFiles(): void {
  makeDatabase('lmdb');
  makeDatabase('leveldb');
  io.writeMean('mean.binaryproto', mean);
  io.writeMean('infogain.binaryproto', { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [1, 3, 3] });
  writeFileSync('mean.datum', io.arrayToDatum(mean, 3));
  using net = new Net({ text: trained }, 'train');
  net.save('trained.caffemodel');
  net.saveHDF5('trained.h5', { diff: true });
  for (const format of ['BINARYPROTO', 'HDF5'] as const) {
    using solver = new SGDSolver({ text: trainedSolver(format) });
    solver.step(1);
    solver.snapshot();
  }
  makeHdf5Data();
  for (const image of ['color.jpg', 'grey16.png']) copyFileSync(`${root}test/parity/io/images/${image}`, image);
  writeFileSync('images.txt', 'color.jpg 0\ngrey16.png 1\n');
  writeFileSync('windows.txt', '# 0\ncolor.jpg\n3\n16\n16\n2\n1 0.9 1 1 9 9\n0 0.1 2 2 12 8\n');
}

/** HDF5 in the layout of HDF5Data, written by Caffe's own HDF5Output. */
function makeHdf5Data(): void {
  const text = `layer { name: "x" type: "DummyData" top: "data" top: "label" dummy_data_param { shape { dim: 5 dim: 3 } shape { dim: 5 } } }
    layer { name: "out" type: "HDF5Output" bottom: "data" bottom: "label" hdf5_output_param { file_name: "hdf5.h5" } }`;
  using net = new Net({ text }, 'train');
  net.forward();
  writeFileSync('hdf5.txt', 'hdf5.h5\n');
}
