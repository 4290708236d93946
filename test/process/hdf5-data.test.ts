// An HDF5Data layer reads its next file in the middle of a forward. In a process of its own, which a read behind the
// layer's memory would end.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const program = (use: string): string => `
  import { rmSync, writeFileSync } from 'node:fs';
  import { Blob, createLayer, Net } from '${tscaffe}';
  for (const [name, value] of [['a.h5', 1], ['b.h5', 2]]) {
    const net = new Net({ text: 'layer { name: "in" type: "Input" top: "x" top: "y" input_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }' +
      'layer { name: "out" type: "HDF5Output" bottom: "x" bottom: "y" hdf5_output_param { file_name: "' + name + '" } }' }, 'test');
    net.forward({ x: new Float32Array(6).fill(value), y: [0, 1] });
    net.dispose();
  }
  writeFileSync('list.txt', 'a.h5\\nb.h5\\n');
  const hdf5 = 'layer { name: "hdf5" type: "HDF5Data" top: "data" top: "label" hdf5_data_param { source: "list.txt" batch_size: 2 } }';
  ${use}
  rmSync('b.h5');
  for (let i = 0; i < 5; i++) {
    try { forward(); console.log('values'); } catch (error) { console.log(error.code, error.layer); }
  }
  const good = new Net({ text: 'layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 2 } } }' }, 'test');
  console.log(good.forward().d.length);`;

for (const { what, use, layer } of [
  {
    what: 'in a net',
    use: `const net = new Net({ text: hdf5 }, 'train'); const forward = () => net.forward();`,
    layer: 'hdf5',
  },
  {
    what: 'outside of nets',
    use: `const layer = createLayer({ type: 'HDF5Data', top: ['data', 'label'], hdf5DataParam: { source: 'list.txt', batchSize: 2 } });
      const tops = ['data', 'label'].map(() => new Blob(1)); layer.setup([], tops); const forward = () => layer.forward([], tops);`,
    layer: 'HDF5Data',
  },
]) {
  test(`an HDF5 file that vanishes, ${what}: that forward fails, so does each later one, and the process goes on`, async (t) => {
    const { output, signal, code } = await run(program(use), { cwd: scratchFolder(t) });
    // Caffe moves on to the next file when it has read the last row of one: in the first forward.
    const failures = Array<string>(5).fill(`ERR_CAFFE_FILE ${layer}`);
    t.deepEqual(output.trim().split('\n'), [...failures, '2']);
    t.is(signal, null);
    t.is(code, 0);
  });
}

test('an HDF5Data layer outside of nets whose tops have no names is refused', async (t) => {
  const use = `const layer = createLayer({ type: 'HDF5Data', hdf5DataParam: { source: 'list.txt', batchSize: 2 } });
    const forward = () => layer.setup([], [new Blob(1)]);`;
  const { output, signal, code } = await run(program(use), { cwd: scratchFolder(t) });
  t.deepEqual(output.trim().split('\n'), [...Array<string>(5).fill('ERR_CAFFE_LAYER undefined'), '2']);
  t.is(signal, null);
  t.is(code, 0);
});
