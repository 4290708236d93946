import { realpathSync } from 'node:fs';
import { shareMap } from '../copies/any-copy.js';
import { argumentError, expectObject, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { addon } from '../native/addon-file.js';
import type { LayerConstructor } from './layer.js';
import { expectLayerConstructor } from './registry.js';

/** What a layer module exports: classes by their names. */
export type LayerModule = Readonly<Record<string, LayerConstructor>>;

const modules = new Map<string, LayerModule>();
const ofAllCopies = shareMap(`layer modules of ${realpathSync(addon)}`, modules);

/**
 * Registers classes under the name of a module, which `python_param { module: "<module>" layer: "<class>" }` then gets.
 * No file is looked for: for programs in one file (a bundle), and for tests. The registration applies to the calling
 * JavaScript thread only. Registering the same classes again does nothing.
 *
 * @example
 * ```ts
 * registerModule('pyloss', { EuclideanLossLayer });
 * ```
 * @param module - as in the prototxt, `"layers.pyloss"` for example
 * @param classes - classes by the names that the prototxt uses
 * @throws {TypeError} if `module` is not a string or is empty, or `classes` has something else than classes
 * @throws {CaffeError} ERR_CAFFE_LAYER if other classes are registered for this module
 */
export function registerModule(module: string, classes: LayerModule): void {
  if (expectString(module, 'module') === '') throw argumentError('a name', 'module', module);
  const given: LayerModule = { __proto__: null, ...expectObject(classes, 'classes', 'an object of classes') } as never;
  for (const [name, constructor] of Object.entries(given)) expectLayerConstructor(constructor, `classes.${name}`);
  const registered = modules.get(module);
  if (registered !== undefined && !areSame(registered, given)) {
    throw new CaffeError(
      'ERR_CAFFE_LAYER',
      `layer module "${module}" is registered already, with ${Object.keys(registered).join(', ')}`,
    );
  }
  modules.set(module, given);
}

function areSame(some: LayerModule, others: LayerModule): boolean {
  const names = Object.keys(some);
  return names.length === Object.keys(others).length && names.every((name) => some[name] === others[name]);
}

/** The classes registered for a module on this thread, or undefined. What this copy of the package knows goes first. */
export function registeredModule(module: string): LayerModule | undefined {
  return [modules, ...ofAllCopies].find((known) => known.has(module))?.get(module);
}
