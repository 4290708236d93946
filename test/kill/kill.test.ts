import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { killOne, requireWhole } from './kill.js';

for (const format of ['BINARYPROTO', 'HDF5'] as const) {
  for (const mode of ['resume', 'rewrite'] as const) {
    test.serial(`a process that is killed while it snapshots leaves whole ones: ${format}, ${mode}`, async (t) => {
      const folder = scratchFolder(t);
      for (let kill = 0; kill < 2; kill++) {
        await killOne(folder, format, mode);
        t.notThrows(() => requireWhole(folder, format));
      }
    });
  }
}
