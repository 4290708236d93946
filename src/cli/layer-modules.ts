import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { register } from 'tsx/cjs/api';
import { alsoSearch } from '../layer/module-search.js';
import { UsageError } from './failure.js';

/** @param folders - where layer modules are looked for, beside the folders of the prototxt and the working folder */
export function admitLayerModules(folders: readonly string[] = []): void {
  for (const folder of folders) {
    if (existsSync(folder) && statSync(folder).isDirectory()) continue;
    throw new UsageError(`--layers ${folder}: there is no such folder`);
  }
  alsoSearch(folders.map((folder) => resolve(folder)));
  // tsx makes CommonJS of all that is loaded from now on: --watch could not forget an ES module and load it anew.
  register();
}
