// One solver is fed by a dataSource, one is not; they take turns.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { dataSource, Solver } from 'tscaffe';
import { drawShapes, kinds } from '../../examples/images/draw-shapes.js';
import { imageFiles } from '../../examples/images/image-files.js';
import { dataFolder, readIdx } from '../../examples/mnist/data.js';
import { takeRounds, type Stopwatch } from './stopwatch.js';

const [subject, folder, count] = process.argv.slice(2);
const iterations = Number(count);
/** Batches that are read ahead: few, so that a turn reads what it uses. */
const prefetch = 1;

/** A solver for the net of a prototxt with other data layers. */
function solverOf(layer: string, net: string): Solver {
  const layers = readFileSync(net, 'utf8').split(/^(?=layer \{)/m);
  const computing = layers.filter((text) => text.startsWith('layer {') && !/type: "(Data|DummyData)"/.test(text));
  const fields = 'base_lr: 0.001 momentum: 0.9 lr_policy: "fixed" random_seed: 1 snapshot_after_train: false';
  return new Solver({ text: `${fields} net_param { ${[layer, ...computing].join('\n')} }` });
}

function digits(): Solver[] {
  const { shape, elements } = readIdx('train-images-idx3-ubyte');
  const labels = readIdx('train-labels-idx1-ubyte').elements;
  const count = shape[1] * shape[2];
  const at = (n: number): { data: Uint8Array; label: number } => ({
    data: elements.subarray(n * count, (n + 1) * count),
    label: labels[n],
  });
  const tops = { data: { shape: [1, shape[1], shape[2]], scale: 0.00390625 }, label: [] };
  dataSource({ length: shape[0], at }, { type: 'Digits', tops, batchSize: 64, last: 'drop', shuffle: 1, prefetch });
  const layer = 'layer { name: "mnist" type: "Digits" top: "data" top: "label" }';
  const database = `layer { name: "mnist" type: "Data" top: "data" top: "label" transform_param { scale: 0.00390625 }
    data_param { source: "${dataFolder}/train_lmdb" batch_size: 64 backend: LMDB } }`;
  return [layer, database].map((first) => solverOf(first, join(folder, 'stock.prototxt')));
}

async function images(): Promise<Solver[]> {
  const size = 227;
  await drawShapes(join(folder, 'images'), 50, 1, 256);
  const tops = { data: { shape: [3, size, size], scale: 1 / 256 }, label: [] };
  const files = imageFiles(join(folder, 'images'), kinds, size);
  dataSource(files, { type: 'Images', tops, batchSize: 8, last: 'drop', shuffle: 1, prefetch });
  const layer = 'layer { name: "images" type: "Images" top: "data" top: "label" }';
  const memory = `layer { name: "images" type: "MemoryData" top: "data" top: "label"
    memory_data_param { batch_size: 8 channels: 3 height: ${size} width: ${size} } }`;
  const [fed, other] = [layer, memory].map((first) => solverOf(first, 'test/parity/net-spec/squeezenet.prototxt'));
  // The very images: how long ReLU and pooling take depends on what they see.
  const decoded = await Promise.all(
    Array.from({ length: 64 }, (_, n) => files.at(Math.floor((n * files.length) / 64))),
  );
  const data = decoded.flatMap((image) => [...image.data]).map((byte) => byte / 256);
  other.net.setInputArrays(
    data,
    decoded.map(({ label }) => label),
  );
  return [fed, other];
}

const [fed, other] = subject === 'digits' ? digits() : await images();

async function turn(stopwatch: Stopwatch, quantity: string, solver: Solver): Promise<void> {
  const cpu = process.cpuUsage();
  const before = process.hrtime.bigint();
  await solver.stepAsync(iterations);
  const nanoseconds = Number(process.hrtime.bigint() - before);
  await setTimeout(200); // what is read ahead now belongs to this turn
  const { user, system } = process.cpuUsage(cpu);
  stopwatch.add(quantity, nanoseconds / iterations, ((user + system) * 1000) / iterations);
}

await takeRounds(async (stopwatch) => {
  using profile = fed.profile();
  await turn(stopwatch, 'iteration, dataSource', fed);
  stopwatch.add('its data layer', profile.layers[0].forward.milliseconds * 1e6);
  profile.stop();
  await turn(stopwatch, 'iteration, without it', other);
});
