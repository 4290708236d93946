import { join } from 'node:path';
import test from 'ava';
import { Net, SGDSolver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const input =
  'layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 } } }';

// What HDF5 reads as a path, and what stands for it in the file.
const names = [
  'conv1',
  'conv1/bn',
  'conv1%2Fbn',
  'conv1%252Fbn',
  'a/b/c',
  '/root',
  'end/',
  '/',
  '.',
  './x',
  '..',
  '',
  '%',
  '%00',
  '100%',
  'ünï/cödé',
];

function net(value: (index: number) => number): Net {
  const layers = names.map(
    (name, i) => `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "top${i}"
      inner_product_param { num_output: 1 weight_filler { type: "constant" value: ${value(i)} } bias_filler { value: ${-value(i)} } } }`,
  );
  return new Net({ text: input + layers.join('\n') }, 'test');
}

function values(of: Net): number[][] {
  return of.layers.flatMap(({ blobs }) => (blobs.length === 0 ? [] : [blobs.map(({ data }) => data[0])]));
}

test('layers of any name are saved as HDF5 and loaded again, by all three ways', (t) => {
  const path = join(scratchFolder(t), 'w.h5');
  using saved = net((i) => i + 1);
  saved.saveHDF5(path, { diff: true });
  const expected = names.map((_, i) => [i + 1, -(i + 1)]);
  t.deepEqual(values(saved), expected);
  // After x and its Split.
  t.deepEqual(saved.layerNames.slice(2), names);
  using loaded = net(() => 0);
  loaded.loadHDF5(path);
  t.deepEqual(values(loaded), expected);
  using copied = net(() => 0);
  copied.copyFrom(path);
  t.deepEqual(values(copied), expected);
  t.deepEqual(copied.layerNames.slice(2), names);
});

test('a solver resumes from snapshots in HDF5 of a net whose layers have "/" in their names', (t) => {
  const text = `net_param { ${input}
      layer { name: "zero" type: "DummyData" top: "zero" dummy_data_param { shape { dim: 1 dim: 1 } } }
      layer { name: "fc" type: "InnerProduct" bottom: "x" top: "h" inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: 2 } } }
      layer { name: "fc/out" type: "InnerProduct" bottom: "h" top: "y" inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: 3 } } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "zero" top: "loss" } }
    base_lr: 0.03125 momentum: 0.5 lr_policy: "fixed" snapshot_format: HDF5 snapshot_prefix: "${join(scratchFolder(t), 'w')}"`;
  using solver = new SGDSolver({ text });
  solver.step(1);
  const snapshot = solver.snapshot();
  // y is 6: the gradients are 18 and 12.
  const at1 = [[2 - 18 / 32], [3 - 12 / 32]];
  t.deepEqual(values(solver.net), at1);
  solver.step(1);
  const at2 = values(solver.net);
  using resumed = new SGDSolver({ text });
  resumed.restore(snapshot);
  t.deepEqual(values(resumed.net), at1);
  resumed.step(1);
  t.deepEqual(values(resumed.net), at2);
  using begun = new SGDSolver({ text: `${text} weights: "${snapshot.model}"` });
  t.deepEqual(values(begun.net), at1);
});
