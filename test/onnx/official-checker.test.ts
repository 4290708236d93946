// ONNX's own checker and shape inference, in Python (Debian: python3-onnx), over the exports of all nets.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Net, onnx, type NetMessage } from 'tscaffe';
import * as architectures from '../architectures/index.js';
import { scratchFolder } from '../scratch-folder.js';
import { imageLayers } from './image-layers.js';
import { sequenceLayers } from './sequence-layers.js';

const { lenet, caffenet, googlenet, squeezenet, resnet50, fcn8s, siamese, autoencoder } = architectures;
const nets: Record<string, (batch: number) => NetMessage> = {
  ...{ lenet, caffenet, googlenet, squeezenet, resnet50, fcn8s, siamese, autoencoder, imageLayers, sequenceLayers },
};
/** They have a layer that reaches across the batch. */
const fixedBatch = ['imageLayers', 'sequenceLayers'];

const script = fileURLToPath(new URL('official-checker.py', import.meta.url));

/** The first Python that has the package. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import onnx']).status === 0,
);

test('The official checker finds nothing, and infers the shapes that the models declare', (t) => {
  if (python === undefined) {
    t.log('skipped: no Python here has the package onnx');
    t.pass();
    return;
  }
  const folder = scratchFolder(t);
  const files: string[] = [];
  for (const [name, build] of Object.entries(nets)) {
    using net = new Net(build(2), 'test');
    // The newest that Debian's checker knows is 17.
    for (const opset of [13, 17]) {
      // The weights say nothing about the form: the large nets once.
      const isLarge =
        Object.values(net.params)
          .flat()
          .reduce((sum, { count }) => sum + count, 0) > 2e7;
      if (isLarge && opset === 17) continue;
      const path = join(folder, `${name}-${opset}.onnx`);
      onnx.save(net, path, { opset, dynamicBatch: opset === 17 && !fixedBatch.includes(name) });
      files.push(path);
    }
  }
  const { stdout, stderr, status } = spawnSync(python, [script, ...files], { encoding: 'utf8' });
  t.is(status, 0, stderr);
  const { version, mistakes, inferred } = JSON.parse(stdout) as { version: string; mistakes: object; inferred: number };
  t.deepEqual(mistakes, {});
  // Whoever infers nothing finds nothing.
  t.true(inferred > 20 * files.length);
  t.log(`onnx ${version}: ${inferred} shapes of ${files.length} models`);
});
