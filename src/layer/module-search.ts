import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CaffeError } from '../error/caffe-error.js';
import { layerPath } from './layer-path.js';
import type { LayerConstructor } from './layer.js';
import { isTypeScript, loadModule, resolveModule } from './module-loader.js';
import { registeredModule } from './registered-modules.js';
import { expectLayerConstructor } from './registry.js';
import { script } from './script.js';

let prototxtFolders: readonly string[] = [];

/** Runs `build`. Until it returns, layer modules are searched for in these folders (those of the prototxts) first. */
export function searchingIn<T>(folders: readonly (string | undefined)[], build: () => T): T {
  const outer = prototxtFolders;
  prototxtFolders = folders.filter((folder) => folder !== undefined);
  try {
    return build();
  } finally {
    prototxtFolders = outer;
  }
}

let moreFolders: readonly string[] = [];

/**
 * From now on these folders are searched too, after all others. Whoever starts the process names them, so they do not
 * fall under the limit of `setLayerPath`.
 */
export function alsoSearch(folders: readonly string[]): void {
  moreFolders = folders;
}

/**
 * The folders to search, each once: the allowed ones, or without such a list the prototxt's, the working one and the
 * script's.
 */
function searchPath(): string[] {
  const folders = layerPath() ?? [...prototxtFolders, '.', ...scriptFolders()].map((folder) => resolve(folder));
  return [...new Set([...folders, ...moreFolders])];
}

function scriptFolders(): string[] {
  const path = script();
  return path === undefined ? [] : [dirname(path)];
}

function whereFoldersComeFrom(): string {
  const allowed = layerPath();
  if (allowed === undefined) return 'Folders are those of the prototxt and of the script, and the working folder';
  return allowed.length > 0
    ? 'TSCAFFE_LAYER_PATH or setLayerPath allow these folders only'
    : 'TSCAFFE_LAYER_PATH or setLayerPath allow no folders, and so no layer modules';
}

const typescript = ['.ts', '.mts', '.cts'];
const javascript = ['.js', '.mjs', '.cjs'];

/**
 * The files that a module may be, in the order in which they are looked for. A script in JavaScript takes what was
 * compiled together with it, before sources that lie beside the prototxt.
 */
function candidates(file: string): string[] {
  const path = script();
  const isCompiled = path !== undefined && !isTypeScript(path);
  const rounds = isCompiled ? [javascript, typescript] : [[...typescript, ...javascript]];
  return rounds.flatMap((extensions) =>
    searchPath().flatMap((folder) => extensions.map((extension) => join(folder, file + extension))),
  );
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** A member of a loaded module, for ES modules and CommonJS. */
function exported(module: unknown, name: string): unknown {
  const { [name]: named, default: fallback } = module as { [name: string]: unknown; default?: unknown };
  if (named !== undefined) return named;
  if (typeof fallback === 'function' && fallback.name === name) return fallback;
  return (fallback as Record<string, unknown> | undefined)?.[name];
}

function notFound(module: string, file: string, name: string): CaffeError {
  const folders = searchPath();
  const extensions = [...typescript, ...javascript].join(',');
  const places = folders.map((folder) => `\n  ${join(folder, file)}{${extensions}}`);
  const python = folders.map((folder) => join(folder, `${file}.py`)).find(isFile);
  const advice =
    python === undefined ? '' : `\n${python} is Python: write the class in TypeScript, see docs/from-pycaffe.md`;
  return new CaffeError(
    'ERR_CAFFE_LAYER',
    `layer module "${module}" was not found.${places.length > 0 ? ' Looked for:' : ''}${places.join('')}\n` +
      `${whereFoldersComeFrom()}; registerModule names a module of the program itself${advice}`,
    { layer: name },
  );
}

/**
 * Finds the class that `python_param { module layer }` names.
 *
 * @param name - the layer's own name, for errors
 * @throws {CaffeError} ERR_CAFFE_LAYER with every place searched if there is no such module, or if the module does not
 * export the class
 * @throws whatever the module throws while it loads, unchanged
 */
export function findLayer(module: string, layer: string, name: string): LayerConstructor {
  const registered = registeredModule(module);
  if (registered !== undefined) return classOf(registered, layer, `"${module}"`, name);
  const file = module.replaceAll('.', '/');
  const path = candidates(file).find(isFile);
  if (path === undefined) throw notFound(module, file, name);
  return load({ path, exported: layer }, name);
}

function classOf(module: unknown, layer: string, where: string, name: string): LayerConstructor {
  const constructor = exported(module, layer);
  if (constructor === undefined) {
    throw new CaffeError('ERR_CAFFE_LAYER', `layer module ${where} exports no class ${layer}`, { layer: name });
  }
  expectLayerConstructor(constructor, `${layer} of ${where}`);
  return constructor;
}

/** Where a class comes from. */
export interface LayerOrigin {
  /** The file of the module. */
  path: string;
  /** The name under which the module exports it. */
  exported: string;
}

const origins = new WeakMap<LayerConstructor, LayerOrigin>();

/** Where {@link findLayer} has found a class; undefined for one that was registered. */
export function originOf(constructor: LayerConstructor): LayerOrigin | undefined {
  return origins.get(constructor);
}

/** Loads the class of an origin. A module that has been loaded is not loaded again, unless it was forgotten. */
export function load(origin: LayerOrigin, name: string): LayerConstructor {
  const { path, exported: layer } = origin;
  const constructor = classOf(loadModule(path, name), layer, path, name);
  origins.set(constructor, { ...origin, path: resolveModule(path) });
  return constructor;
}
