// HDF5 in several workers at the same time, some of which fail: none closes a file of another, or takes its failure for
// its own.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const inWorker = `
  import { writeFileSync } from 'node:fs';
  import { parentPort, workerData } from 'node:worker_threads';
  import { CaffeError, Net, SGDSolver } from '${tscaffe}';
  const { number, fails } = workerData;
  const name = (extension) => 'w' + number + extension;
  const layers = 'layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 4 dim: 50 } shape { dim: 4 dim: 30 } } }' +
    'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "z" inner_product_param { num_output: 30 weight_filler { value: ' + number + ' } } }' +
    'layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" }';
  const solver = new SGDSolver({ text: 'net_param { ' + layers + ' } base_lr: 0 lr_policy: "fixed" snapshot_prefix: "' + name('') + '" snapshot_format: HDF5' });
  const output = (path) => 'layer { name: "d" type: "DummyData" top: "d" top: "l" dummy_data_param { data_filler { value: ' + number + ' } ' +
    'data_filler { } shape { dim: 4 dim: 50 } shape { dim: 4 } } }' +
    'layer { name: "o" type: "HDF5Output" bottom: "d" bottom: "l" hdf5_output_param { file_name: "' + path + '" } }';
  const data = 'layer { name: "d" type: "HDF5Data" top: "data" top: "label" hdf5_data_param { source: "' + name('.txt') + '" batch_size: 4 } }';
  writeFileSync(name('.txt'), name('-data.h5'));
  const failures = [];
  function expectError(code, call) {
    try { call(); failures.push('no ' + code); } catch (error) { if (error.code !== code) failures.push(String(error)); }
  }
  for (let turn = 0; turn < (fails ? 400 : 40); turn++) {
    try {
      if (fails) {
        writeFileSync(name('-broken.h5'), Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, turn));
        expectError('ERR_CAFFE_CHECK', () => solver.net.loadHDF5(name('-broken.h5')));
        expectError('ERR_CAFFE_FILE', () => solver.net.saveHDF5('no-such-folder/x.h5'));
        continue;
      }
      const writer = new Net({ text: output(name('-data.h5')) }, 'test');
      writer.forward();
      writer.dispose();
      const reader = new Net({ text: data }, 'train');
      const read = reader.forward().data;
      reader.dispose();
      if (!read.every((x) => x === number)) failures.push('read ' + read[0]);
      solver.net.saveHDF5(name('.h5'));
      solver.restore(turn % 2 === 0 ? solver.snapshot() : await solver.snapshotNow());
      solver.net.params.ip[0].data.fill(-1);
      solver.net.loadHDF5(name('.h5'));
      if (!solver.net.params.ip[0].data.every((x) => x === number)) failures.push('loaded something else');
    } catch (error) {
      failures.push(String(error));
    }
  }
  parentPort.postMessage(failures);`;

test('workers read and write HDF5 at the same time, while others fail at it', async (t) => {
  const { output, code } = await run(
    `import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const source = ${JSON.stringify(inWorker)};
    const url = new URL('data:text/javascript,' + encodeURIComponent(source));
    const all = [1, 2, 3, 4].map(async (number) => {
      const worker = new Worker(url, { workerData: { number, fails: number > 2 } });
      const [failures] = await once(worker, 'message');
      return failures;
    });
    console.log(JSON.stringify(await Promise.all(all)));`,
    { cwd: scratchFolder(t) },
  );
  t.is(output.trim(), '[[],[],[],[]]');
  t.is(code, 0);
});
