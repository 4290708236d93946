// Files with flipped bits, cut off and garbled, given to everything that reads them.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { io, Net, SGDSolver, Weights } from 'tscaffe';
import { dataNets, trained, trainedSolver } from '../corpus.js';
import { mutateBytes } from '../mutation.js';
import type { Random } from '../random.js';
import type { Target } from '../target.js';

function writeMutated(random: Random, from: string, to: string): Uint8Array {
  const bytes = mutateBytes(random, readFileSync(from));
  writeFileSync(to, bytes);
  return bytes;
}

/** Reads a few batches, so that the thread that fetches them has gone beyond the first record. */
function forwardData(layer: string, change: (text: string) => string): void {
  const text = dataNets.find((line) => line.includes(`name: "${layer}"`)) ?? '';
  using net = new Net({ text: change(text) }, 'train');
  for (let i = 0; i < 4; i++) net.forward();
}

export const caffemodel: Target = (random) => {
  const bytes = writeMutated(random, 'trained.caffemodel', 'mutated.caffemodel');
  using net = new Net({ text: trained }, 'train');
  switch (random.int(4)) {
    case 0:
      net.copyFrom('mutated.caffemodel');
      break;
    case 1:
      net.copyFrom(bytes);
      break;
    case 2:
      Weights.from(bytes).copyTo(net);
      break;
    default:
      new Net(bytes, 'test').dispose();
  }
  net.forward();
};

export const hdf5Weights: Target = (random) => {
  writeMutated(random, 'trained.h5', 'mutated.h5');
  using net = new Net({ text: trained }, 'train');
  if (random.chance(0.5)) net.loadHDF5('mutated.h5');
  else net.copyFrom('mutated.h5');
  net.forward();
};

export const solverstate: Target = (random) => {
  const hdf5 = random.chance(0.5);
  using solver = new SGDSolver({ text: trainedSolver(hdf5 ? 'HDF5' : 'BINARYPROTO') });
  const extension = hdf5 ? '.h5' : '';
  writeMutated(random, `trained_iter_1.solverstate${extension}`, `mutated.solverstate${extension}`);
  solver.restore(`mutated.solverstate${extension}`);
  solver.step(1);
};

export const mean: Target = (random) => {
  writeMutated(random, 'mean.binaryproto', 'mutated.binaryproto');
  if (random.chance(0.5)) forwardData('lmdb', (text) => text.replace('mean.', 'mutated.'));
  else io.readMean('mutated.binaryproto');
};

export const messages: Target = async (random) => {
  const datum = mutateBytes(random, readFileSync('mean.datum'));
  const blob = mutateBytes(random, readFileSync('mean.binaryproto'));
  const attempts = [
    () => io.datumToArray(datum),
    () => io.decodeDatum(datum),
    () => io.blobprotoToArray(blob),
    () => io.blobprotovectorStrToArraylist(blob),
    () => io.readMean('mean.datum'),
  ];
  await random.pick(attempts)();
};

export const hdf5Data: Target = (random) => {
  writeMutated(random, 'hdf5.h5', 'mutated-data.h5');
  writeFileSync('mutated-hdf5.txt', 'hdf5.h5\nmutated-data.h5\n');
  forwardData('hdf5', (text) => text.replace('hdf5.txt', 'mutated-hdf5.txt'));
};

/** Mutates a file of a database, or a record of it. */
function database(backend: io.DatabaseBackend): Target {
  return (random) => {
    const folder = `mutated-${backend}`;
    rmSync(folder, { recursive: true, force: true });
    cpSync(backend, folder, { recursive: true });
    if (random.chance(0.3)) {
      using appended = io.Database.append(folder);
      appended.put('1k', mutateBytes(random, readFileSync('mean.datum')));
      appended.close();
    } else {
      const file = `${folder}/${random.pick(readdirSync(folder))}`;
      writeMutated(random, file, file);
    }
    const choice = random.int(3);
    if (choice === 0) {
      using read = io.Database.open(folder);
      for (const [key, value] of read) if (key.length + value.length > 1e6) break;
    } else if (choice === 1) {
      using written = io.Database.append(folder);
      for (let i = 0; i < 20; i++) written.put(`${i}k`, new Uint8Array(random.int(3000)));
      written.close();
    } else {
      forwardData(backend, (text) =>
        text.replace(`"${backend}"`, `"${folder}"`).replace(/source: "\w+"/, `source: "${folder}"`),
      );
    }
  };
}

export const lmdb = database('lmdb');
export const leveldb = database('leveldb');

export const image: Target = async (random) => {
  const from = random.pick(['color.jpg', 'grey16.png']);
  const bytes = writeMutated(random, from, 'mutated.image');
  if (random.chance(0.3)) {
    await io.loadImage(bytes);
    return;
  }
  writeFileSync('mutated-images.txt', `${from} 1\nmutated.image 0\n`);
  forwardData('image', (text) => text.replace('images.txt', 'mutated-images.txt'));
};

/** The lists of images, windows and HDF5 files. */
export const list: Target = (random) => {
  const layer = random.pick(['image', 'window', 'hdf5']);
  const name = { image: 'images.txt', window: 'windows.txt', hdf5: 'hdf5.txt' }[layer] ?? '';
  writeMutated(random, name, `mutated-${name}`);
  forwardData(layer, (text) => text.replace(name, `mutated-${name}`));
};
