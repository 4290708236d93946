import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { io } from 'tscaffe';
import { caffe, pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const batch = 256;
const images = 1024;
const shape = [3, 64, 64];
const size = shape.reduce((product, length) => product * length);
const passes = 100;

const scripted = `layer { name: "data" type: "Python" top: "data" python_param { module: "feed" layer: "Feed" } }`;
const stock = (database: string): string => `layer { name: "data" type: "Data" top: "data"
  transform_param { scale: 0.00390625 } data_param { source: "${database}" batch_size: ${batch} backend: LMDB } }`;

/** Images of bytes that follow from their position alone. */
function writeDatabase(path: string): void {
  using database = io.Database.create(path);
  const data = new Uint8Array(size);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < size; i++) data[i] = (n + i) % 251;
    database.put(String(n).padStart(8, '0'), io.arrayToDatum({ data, shape }));
  }
  database.close();
}

export const benchmark: Benchmark = {
  name: 'feed',
  title: 'A data layer that feeds 256 × 3 × 64 × 64',
  about:
    'One batch: bytes become floats times 1/256. In TypeScript and in numpy out of an array of 1024 images in ' +
    'memory; by Caffe out of LMDB, on a thread of its own, so that its CPU time is more than what a net waits for.',
  trials: 3,
  rounds: 10,
  contenders: [
    { name: tscaffe, start: (folder) => startNode('feed.ts', [join(folder, 'scripted.prototxt'), passes]) },
    {
      name: pycaffe,
      needsPycaffe: true,
      start: (folder) => startPeer('feed.py', [join(folder, 'scripted.prototxt'), passes]),
    },
    { name: caffe, start: (folder) => startNode('feed.ts', [join(folder, 'stock.prototxt'), passes]) },
  ],
  goals: [{ of: tscaffe, quantity: 'batch', clock: 'cpu', against: pycaffe, atMost: 1 }],
  prepare(folder) {
    const database = join(folder, 'lmdb');
    writeDatabase(database);
    writeFileSync(join(folder, 'scripted.prototxt'), scripted);
    writeFileSync(join(folder, 'stock.prototxt'), stock(database));
  },
};
