import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { CaffeError } from '../error/caffe-error.js';
import { layerPath } from './layer-path.js';
import type { LayerConstructor } from './layer.js';
import { expectLayerConstructor } from './registry.js';

const require = createRequire(import.meta.url);

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

/** The folders to search, each once: the allowed ones, or without such a list the prototxt's and the working one. */
function searchPath(): string[] {
  const folders = layerPath() ?? [...prototxtFolders, '.'].map((folder) => resolve(folder));
  return [...new Set([...folders, ...moreFolders])];
}

function whereFoldersComeFrom(): string {
  const allowed = layerPath();
  if (allowed === undefined) return 'Folders are those of the prototxt and the working folder';
  return allowed.length > 0
    ? 'TSCAFFE_LAYER_PATH or setLayerPath allow these folders only'
    : 'TSCAFFE_LAYER_PATH or setLayerPath allow no folders, and so no layer modules';
}

/**
 * Whether this process can load TypeScript modules: under tsx, or a Node that strips types. Both add to
 * `require.extensions`; there is no other way to tell.
 */
function loadsTypeScript(): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated for adding loaders, not for asking
  return '.ts' in require.extensions;
}

function extensions(): string[] {
  const typescript = ['.ts', '.mts', '.cts'];
  const javascript = ['.js', '.mjs', '.cjs'];
  return loadsTypeScript() ? [...typescript, ...javascript] : javascript;
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

/**
 * Finds the class that `python_param { module layer }` names.
 *
 * @param name - the layer's own name, for errors
 * @throws {CaffeError} ERR_CAFFE_LAYER with every place searched if there is no such module; ERR_CAFFE_LAYER if the
 * module does not export the class
 * @throws whatever the module throws while it loads, unchanged
 */
export function findLayer(module: string, layer: string, name: string): LayerConstructor {
  const file = module.replaceAll('.', '/');
  const candidates = searchPath().flatMap((folder) => extensions().map((extension) => join(folder, file + extension)));
  const path = candidates.find(isFile);
  if (path === undefined) {
    const places = searchPath().map((folder) => `\n  ${join(folder, file)}{${extensions().join(',')}}`);
    throw new CaffeError(
      'ERR_CAFFE_LAYER',
      `layer module "${module}" was not found.${places.length > 0 ? ' Looked for:' : ''}${places.join('')}\n` +
        whereFoldersComeFrom() +
        (loadsTypeScript() ? '' : '; for modules in TypeScript run Node with --import=tsx'),
      { layer: name },
    );
  }
  return load({ path, exported: layer }, name);
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
  const constructor = exported(require(path), layer);
  if (constructor === undefined) {
    throw new CaffeError('ERR_CAFFE_LAYER', `layer module ${path} exports no class ${layer}`, { layer: name });
  }
  expectLayerConstructor(constructor, `${layer} of ${path}`);
  origins.set(constructor, { ...origin, path: require.resolve(path) });
  return constructor;
}
