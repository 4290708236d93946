import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

const image = fileURLToPath(new URL('../parity/io/images/color.jpg', import.meta.url));

// A build with sanitizers, which TSCAFFE_ADDON names, takes terabytes of addresses.
const withLimit = process.env['TSCAFFE_ADDON'] === undefined ? test : test.skip;

withLimit('an image that does not fit into memory when it is resized is ERR_CAFFE_MEMORY', async (t) => {
  const folder = scratchFolder(t);
  copyFileSync(image, join(folder, 'color.jpg'));
  writeFileSync(join(folder, 'images.txt'), 'color.jpg 0\n');
  // 32768 x 65536 pixels of three bytes are 6 GiB, where the process may have 4.
  const program = `
    import { spawnSync } from 'node:child_process';
    if (process.argv[1] !== 'limited') {
      const node = [process.execPath, ...process.execArgv, 'limited'];
      const { status, signal, stdout } = spawnSync('bash', ['-c', 'ulimit -d 4194304; exec "$@"', 'bash', ...node], { encoding: 'utf8' });
      console.log(stdout.trim(), status, signal);
    } else {
      const { Net } = await import('${tscaffe}');
      const text = (size) => 'layer { name: "images" type: "ImageData" top: "data" top: "label" image_data_param { ' +
        'source: "images.txt" batch_size: 1 ' + size + ' } }';
      try {
        new Net({ text: text('new_height: 32768 new_width: 65536') }, 'train');
      } catch ({ code, layer, message }) { console.log(code, layer, /out of memory: .*6442450944 bytes/.test(message)); }
      console.log(new Net({ text: text('new_height: 4 new_width: 5') }, 'train').forward().data.length);
    }`;
  const { output } = await run(program, { cwd: folder });
  t.is(output.trim(), 'ERR_CAFFE_MEMORY images true\n60 0 null');
});
