import { existsSync, statSync } from 'node:fs';
import Module from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/cjs/api';
import { alsoSearch } from '../layer/module-search.js';
import { UsageError } from './failure.js';

const self = fileURLToPath(new URL('../index.cjs', import.meta.url));

/** Node's own, which there is no other way to ask for: `module.registerHooks` came with Node 22. */
interface Resolver {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/**
 * Makes layers in TypeScript just work: modules in TypeScript need no flag of Node, modules in a folder without
 * node_modules may import 'tscaffe', and all get this very copy, which runs Caffe.
 *
 * @param folders - searched beside the folders of the prototxt and the working folder
 */
export function admitLayerModules(folders: readonly string[] = []): void {
  for (const folder of folders) {
    if (existsSync(folder) && statSync(folder).isDirectory()) continue;
    throw new UsageError(`--layers ${folder}: there is no such folder`);
  }
  alsoSearch(folders.map((folder) => resolve(folder)));
  register();
  const resolver = Module as unknown as Resolver;
  const before = resolver._resolveFilename.bind(resolver);
  resolver._resolveFilename = (request, ...rest) => (request === 'tscaffe' ? self : before(request, ...rest));
}
