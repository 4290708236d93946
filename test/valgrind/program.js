// What valgrind watches: the ways of native code that own memory. Plain JavaScript on dist/, since every instruction
// counts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Blob, CaffeError, createLayer, io, Layer, Net, registerLayer, SGDSolver } from 'tscaffe';

registerLayer(
  'Doubled',
  class extends Layer {
    reshape([bottom], [top]) {
      top.reshapeLike(bottom);
    }
    forward([bottom], [top]) {
      bottom.cpuData.forEach((x, i) => (top.data[i] = 2 * x));
    }
    backward([top], [down], [bottom]) {
      if (down) top.cpuDiff.forEach((x, i) => (bottom.diff[i] = 2 * x));
    }
  },
);

const folder = mkdtempSync(join(tmpdir(), 'tscaffe-valgrind-'));
const net = `
  layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { data_filler { type: "gaussian" } data_filler { }
    shape { dim: 2 dim: 2 dim: 5 dim: 5 } shape { dim: 2 dim: 3 } } }
  layer { name: "conv" type: "Convolution" bottom: "x" top: "conv" convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "doubled" type: "Doubled" bottom: "conv" top: "doubled" }
  layer { name: "ip" type: "InnerProduct" bottom: "doubled" top: "ip" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" }`;

// Nets, solvers, snapshots in both formats, asynchronous calls.
for (const format of ['BINARYPROTO', 'HDF5']) {
  const solver = new SGDSolver({
    text: `net_param { ${net} } base_lr: 0.01 lr_policy: "fixed" momentum: 0.9 snapshot_prefix: "${join(folder, 'w')}" snapshot_format: ${format}`,
  });
  solver.step(2);
  await solver.stepAsync(2);
  solver.restore(solver.snapshot());
  solver.net.save(join(folder, 'net.caffemodel'));
  solver.net.copyFrom(join(folder, 'net.caffemodel'));
  solver.dispose();
}

// Failures: in a constructor, in a layer's set-up, in a call, on a thread that reads a database.
assert.throws(() => new Net({ text: net.replace('num_output: 3', 'num_output: 3 axis: 9') }, 'test'), CaffeError);
assert.throws(() => new Net({ text: net.replace('"Doubled"', '"Unknown"') }, 'test'), CaffeError);
const path = join(folder, 'lmdb');
{
  const database = io.Database.create(path);
  for (const [i, size] of [4, 4, 4, 6].entries()) {
    database.put(String(i), io.arrayToDatum({ data: new Uint8Array(size), shape: [1, 2, size / 2] }, i));
  }
  database.close();
}
const data = `layer { name: "data" type: "Data" top: "data" data_param { source: "${path}" backend: LMDB batch_size: 2 } }`;
const reading = new Net({ text: data }, 'test');
assert.throws(() => {
  reading.forward();
  reading.forward();
  reading.forward();
}, CaffeError);
reading.dispose();

// Views, and blobs outside of nets.
const blob = new Blob(2, 3);
const view = blob.data;
view.fill(1);
blob.reshape(100, 100);
assert.equal(view.length, 0);
const layer = createLayer({ type: 'Power', powerParam: { power: 2 } });
const top = new Blob();
layer.setup([blob], [top]);
layer.forward([blob], [top]);
for (let i = 0; i < 3; i++) {
  new Net({ text: net }, 'train').forward();
  globalThis.gc();
  await setImmediate();
}
rmSync(folder, { recursive: true });
