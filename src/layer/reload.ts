import { createRequire } from 'node:module';
import { sep } from 'node:path';
import type { LayerBinding, NativeNet } from '../../typings/native.js';
import type { caffe } from '../proto/schema.js';
import { SourceLayer } from '../data-source/source-layer.js';
import { CaffeError } from '../error/caffe-error.js';
import { bindingOf, makeLayer } from './layer-binding.js';
import type { Layer, LayerConstructor } from './layer.js';
import { load, originOf, type LayerOrigin } from './module-search.js';
import { replace } from './replaceable.js';

const { cache } = createRequire(import.meta.url);

/** A layer of a net whose class was found in a module. */
interface LoadedLayer {
  net: NativeNet;
  index: number;
  binding: LayerBinding;
  layer: Layer;
  origin: LayerOrigin;
}

function loadedLayers(nets: readonly NativeNet[]): LoadedLayer[] {
  return nets.flatMap((net) =>
    net.layers.flatMap((binding, index) => {
      if (binding === undefined) return [];
      const layer = binding.layer as Layer;
      const origin = originOf(layer.constructor as LayerConstructor);
      return origin === undefined ? [] : [{ net, index, binding, layer, origin }];
    }),
  );
}

/** A module and all that it has loaded, without packages. */
function filesOf(path: string, known = new Set<string>()): Set<string> {
  const module = cache[path];
  if (module === undefined || known.has(path) || path.includes(`${sep}node_modules${sep}`)) return known;
  known.add(path);
  for (const child of module.children) filesOf(child.filename, known);
  return known;
}

/** The files that the layers of these nets come from: their modules, and what those import. */
export function layerFiles(nets: readonly NativeNet[]): Set<string> {
  const files = new Set<string>();
  for (const { origin } of loadedLayers(nets)) {
    files.add(origin.path);
    filesOf(origin.path, files);
  }
  return files;
}

/** What has become of a layer whose module has changed. */
export interface Reloaded {
  layer: string;
  path: string;
  /** Why the layer is what it was; undefined if it is a new one. */
  mistake?: unknown;
}

/**
 * Loads anew the modules that depend on changed files, and puts new objects behind the layers of their classes, between
 * two runs of the nets. The learnable blobs stay. A layer whose module or `setup` has a mistake stays what it was.
 */
export function reloadLayers(nets: readonly NativeNet[], changed: ReadonlySet<string>): Reloaded[] {
  const affected = loadedLayers(nets).filter(({ origin }) =>
    [...filesOf(origin.path)].some((file) => changed.has(file)),
  );
  const modules = new Set(affected.map(({ origin }) => origin.path));
  const forgotten = new Map<string, NodeJS.Module | undefined>();
  for (const path of modules) {
    for (const file of filesOf(path)) forgotten.set(file, cache[file]);
  }
  for (const file of forgotten.keys()) Reflect.deleteProperty(cache, file);
  const reloaded = affected.map((one) => reloadOne(one));
  // What has not been loaded again, because of a mistake before it, is still what the layers depend on.
  for (const [file, module] of forgotten) cache[file] ??= module;
  return reloaded;
}

function reloadOne({ net, index, binding, layer, origin }: LoadedLayer): Reloaded {
  const told = { layer: layer.name, path: origin.path };
  const count = layer.blobs.length;
  let before: LayerBinding | undefined;
  try {
    if (layer instanceof SourceLayer)
      throw new CaffeError('ERR_CAFFE_LAYER', 'a layer that reads data is not reloaded');
    const next = makeLayer(load(origin, layer.name), layer.layerParam as caffe.LayerParameter, layer.blobs);
    before = replace(binding, bindingOf(next));
    net.setUpLayer(index);
    if (layer.blobs.length > count) {
      throw new CaffeError('ERR_CAFFE_LAYER', `setup adds learnable blobs: it had ${count}, which the solver trains`);
    }
    return told;
  } catch (mistake) {
    layer.blobs.length = count;
    if (before !== undefined) replace(binding, before);
    return { ...told, mistake };
  }
}
