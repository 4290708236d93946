// HDF5Output keeps its file open, and Caffe checks in a destructor that it could be closed: a failure there ends the
// process.
import { join } from 'node:path';
import test from 'ava';
import { Net } from 'tscaffe';
import { run, tscaffe } from '../process/program.js';
import { scratchFolder } from '../scratch-folder.js';
import { assertGoodTraining } from './good-net.js';

function textOf(path: string): string {
  return `layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
    layer { name: "out" type: "HDF5Output" bottom: "x" bottom: "y" hdf5_output_param { file_name: "${path}" } }`;
}

test('an HDF5Output layer that is set up again is ERR_CAFFE_LAYER, and its net can be disposed', (t) => {
  const path = join(scratchFolder(t), 'out.h5');
  const net = new Net({ text: textOf(path) }, 'test');
  t.throws(
    () => {
      net.layerDict['out'].setup();
    },
    { code: 'ERR_CAFFE_LAYER', message: /HDF5Output is set up once only/ },
  );
  net.forward();
  net.dispose();
  assertGoodTraining(t);
});

test('two HDF5Output layers with one file are ERR_CAFFE_FILE for the second, and the first writes', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'out.h5');
  using net = new Net({ text: textOf(path) }, 'test');
  t.throws(() => new Net({ text: textOf(path) }, 'test'), {
    code: 'ERR_CAFFE_FILE',
    message: /Failed to open HDF5 file/,
  });
  net.forward();
  assertGoodTraining(t);
});

test('an HDF5Output layer on a full disk is ERR_CAFFE_FILE, and the process goes on and ends by itself', async (t) => {
  const program = `
    import { spawnSync } from 'node:child_process';
    if (process.argv[1] !== 'limited') {
      const node = [process.execPath, ...process.execArgv, 'limited'];
      const { status, signal, stdout } = spawnSync('bash', ['-c', "trap '' XFSZ; ulimit -f 20; exec \\"$@\\"", 'bash', ...node], { encoding: 'utf8' });
      console.log(stdout.trim(), status, signal);
    } else {
      const { Net } = await import('${tscaffe}');
      const text = 'layer { name: "x" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 100 dim: 1000 } shape { dim: 100 } } } ' +
        'layer { name: "out" type: "HDF5Output" bottom: "x" bottom: "y" hdf5_output_param { file_name: "out.h5" } }';
      const net = new Net({ text }, 'test');
      try { net.forward(); } catch (error) { console.log(error.code); }
      net.dispose();
      new Net({ text: text.replace('out.h5', 'other.h5').replace('dim: 1000', 'dim: 1') }, 'test').forward();
      console.log('good');
    }`;
  const { output } = await run(program, { cwd: scratchFolder(t) });
  t.is(output.trim(), 'ERR_CAFFE_FILE\ngood 0 null');
});
