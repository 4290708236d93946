// Weights of one net for another, and files that cannot be written.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Blob, Net, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { goodNet } from './good-net.js';
import { testMistakes, type Mistake } from './mistake.js';

/** Two layers of learnable blobs: the second is where nets differ. */
function text(outputs: number, bias: boolean, value = 1, second = 'ip'): string {
  const filler = `weight_filler { type: "constant" value: ${value} }`;
  return `
    layer { name: "data" type: "DummyData" top: "data" dummy_data_param { shape { dim: 2 dim: 3 } } }
    layer { name: "first" type: "InnerProduct" bottom: "data" top: "first" inner_product_param { num_output: 2 ${filler} bias_term: false } }
    layer { name: "${second}" type: "InnerProduct" bottom: "first" top: "ip" inner_product_param { num_output: ${outputs} bias_term: ${bias} ${filler} } }`;
}

function net(outputs = 2, bias = false): Net {
  return new Net({ text: text(outputs, bias) }, 'train');
}

function solver(folder: string, outputs: number, name: string, format = 'BINARYPROTO', fields = {}): Solver {
  const { second = 'ip', type = 'SGD' }: { second?: string; type?: string } = fields;
  const loss = 'layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 }';
  return new Solver({
    text: `net_param { ${text(outputs, false, 2, second)} ${loss} } type: "${type}" base_lr: 0.5 lr_policy: "fixed" momentum: 0.9
      snapshot_prefix: "${folder}/${name}" snapshot_format: ${format}`,
  });
}

function mismatch(what: string, use: (folder: string) => void, check: string): Mistake {
  return { what, make: use, text: check };
}

function otherState(
  what: string,
  format: string,
  { outputs, ...fields }: { outputs: number; second?: string; type?: string },
  difference: string,
): Mistake {
  return {
    what: `a solverstate ${what} in ${format}`,
    make: (folder) => {
      const other = solver(folder, outputs, 'other', format, fields);
      other.step(1);
      solver(folder, 2, 'good').restore(other.snapshot());
    },
    code: 'ERR_CAFFE_SOLVER',
    text: `FOLDER/other_iter_1.solverstate${format === 'HDF5' ? '.h5' : ''}: is the state of another solver: this one's ${difference}`,
  };
}

const shapes =
  "Cannot copy param 0 weights from layer 'ip'; shape mismatch.  Source param shape is 3 2 (6); target param shape is 2 2 (4). To learn this layer's parameters from scratch rather than copying from a saved net, rename the layer.";

const hdf5Shapes =
  'Check failed: blob_dims == blob->shape() Cannot load blob from hdf5; shape mismatch. Source shape is 3 2 (6) target shape is 2 2 (4)';

testMistakes([
  mismatch(
    'weights of another shape in a caffemodel',
    () => {
      net().copyFrom(net(3).toProto());
    },
    shapes,
  ),
  mismatch(
    'weights of another number in a caffemodel',
    () => {
      net().copyFrom(net(2, true).toProto());
    },
    'Check failed: target_blobs.size() == source_layer.blobs_size() (1 vs. 2) Incompatible number of blobs for layer ip',
  ),
  mismatch(
    'weights of another shape in HDF5',
    (folder) => {
      net(3).saveHDF5(join(folder, 'other.h5'));
      net().loadHDF5(join(folder, 'other.h5'));
    },
    hdf5Shapes,
  ),
  mismatch(
    'weights of another number in HDF5',
    (folder) => {
      net(2, true).saveHDF5(join(folder, 'other.h5'));
      net().loadHDF5(join(folder, 'other.h5'));
    },
    'Check failed: num_source_params <= target_blobs.size() (2 vs. 1) Incompatible number of blobs for layer ip',
  ),
  mismatch(
    'weights of another shape to share',
    () => {
      net().shareWith(net(3));
    },
    "Check failed: target_blobs[j]->shape() == source_blob->shape() Cannot share param 0 weights from layer 'ip'; shape mismatch.  Source param shape is 3 2 (6); target param shape is 2 2 (4)",
  ),
  mismatch(
    'weights of another number to share',
    () => {
      net().shareWith(net(2, true));
    },
    'Check failed: target_blobs.size() == source_layer->blobs().size() (1 vs. 2) Incompatible number of blobs for layer ip',
  ),
  ...['BINARYPROTO', 'HDF5'].flatMap((format) => [
    otherState('of another net', format, { outputs: 3 }, 'history[1] is 2 2 (4), but the file has 3 2 (6)'),
    // Caffe takes the weights of no layer, and this history in its own shapes.
    otherState(
      'of a net with other names',
      format,
      { outputs: 3, second: 'other' },
      'history[1] is 2 2 (4), but the file has 3 2 (6)',
    ),
    otherState('of another type', format, { outputs: 2, type: 'Adam' }, 'history is 2 blobs, but the file has 4'),
  ]),
  {
    what: 'a caffemodel above 2 GB',
    make: (folder) => {
      // One weight of 64 MB in the names of 33 layers: each writes it out.
      const layers = Array.from(
        { length: 33 },
        (_, i) =>
          `layer { name: "p${i}" type: "Parameter" top: "p${i}" param { name: "w" } parameter_param { shape { dim: 16777216 } } }`,
      );
      new Net({ text: layers.join('\n') }, 'train').save(join(folder, 'large.caffemodel'));
    },
    code: 'ERR_CAFFE_TOO_LARGE',
    text: 'the weights take 2214592512 bytes, and a caffemodel ends at 2 GB: save as HDF5 (saveHDF5, snapshot_format: HDF5)',
  },
  {
    what: 'a caffemodel in a folder that is not there',
    make: (folder) => {
      net().save(join(folder, 'missing/a.caffemodel'));
    },
    code: 'ERR_CAFFE_FILE',
    text: 'cannot be written: ENOENT: no such file or directory',
    file: 'FOLDER/missing/a.caffemodel',
  },
  {
    what: 'a caffemodel over a folder',
    make: (folder) => {
      mkdirSync(join(folder, 'a'));
      net().save(join(folder, 'a'));
    },
    code: 'ERR_CAFFE_FILE',
    text: 'FOLDER/a: cannot be put in its place: Is a directory',
  },
  {
    what: 'weights as HDF5 in a folder that is not there',
    make: (folder) => {
      net().saveHDF5(join(folder, 'missing/a.h5'));
    },
    code: 'ERR_CAFFE_FILE',
    text: 'cannot be written: ENOENT: no such file or directory',
    file: 'FOLDER/missing/a.h5',
  },
  {
    what: 'a snapshot without a prefix',
    make: () => new Solver({ text: `net_param { ${goodNet} }` }).snapshot(),
    code: 'ERR_CAFFE_SOLVER',
    text: 'snapshot: the solver has no snapshot_prefix, and so no place for its snapshots',
  },
  ...['BINARYPROTO', 'HDF5'].map((format): Mistake => ({
    what: `a snapshot in ${format} in a folder that is not there`,
    make: (folder) => solver(folder, 2, 'missing/a', format).snapshot(),
    code: 'ERR_CAFFE_FILE',
    text: `FOLDER/missing/a_iter_0.caffemodel${format === 'HDF5' ? '.h5' : ''}: cannot be written: No such file or directory`,
  })),
  {
    what: 'num of a blob with 5 axes',
    make: () => new Blob(1, 1, 1, 1, 1).num,
    text: 'Check failed: num_axes() <= 4 (5 vs. 4) Cannot use legacy accessors on Blobs with > 4 axes.',
  },
  {
    what: 'an update of a blob that nobody has written',
    make: () => {
      new Blob(3).update();
    },
    text: 'Syncedmem not initialized.',
  },
]);

test('weights that do not fit leave the net as it was, the layers before the wrong one too', (t) => {
  const folder = scratchFolder(t);
  const other = new Net({ text: text(3, false, 7) }, 'train');
  other.saveHDF5(join(folder, 'other.h5'));
  const good = net();
  const all = (): number[] => ['first', 'ip'].flatMap((layer) => [...good.params[layer][0].data]);
  const before = all();
  t.throws(() => {
    good.copyFrom(other.toProto());
  });
  t.deepEqual(all(), before);
  t.throws(() => {
    good.loadHDF5(join(folder, 'other.h5'));
  });
  t.deepEqual(all(), before);
});

for (const format of ['BINARYPROTO', 'HDF5']) {
  test(`a solverstate in ${format} that does not fit leaves the solver as it was`, (t) => {
    const folder = scratchFolder(t);
    const other = solver(folder, 3, 'other', format);
    other.step(5);
    const good = solver(folder, 2, 'good');
    const same = solver(folder, 2, 'same');
    for (const one of [good, same]) one.step(2);
    t.throws(() => {
      good.restore(other.snapshot());
    });
    t.is(good.iter, 2);
    for (const one of [good, same]) one.step(2);
    for (const layer of ['first', 'ip']) t.deepEqual(good.net.params[layer][0].data, same.net.params[layer][0].data);
    t.is(good.loss, same.loss);
  });
}
