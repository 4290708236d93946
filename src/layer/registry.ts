import { realpathSync } from 'node:fs';
import { shareMap } from '../copies/any-copy.js';
import { argumentError, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { addon } from '../native/addon-file.js';
import { native } from '../native/load.js';
import type { LayerConstructor } from './layer.js';

type Constructors = Map<string, LayerConstructor>;

const constructors: Constructors = new Map();
const ofAllCopies = shareMap(`layers of ${realpathSync(addon)}`, constructors);

/**
 * Registers a layer class under a type name. A prototxt can then say `type: "<type>"`, without a module. The
 * registration applies to the calling JavaScript thread only. Registering the same class again does nothing.
 *
 * @throws {TypeError} if `type` is not a string or is empty, or `constructor` is not a class
 * @throws {CaffeError} ERR_CAFFE_LAYER if Caffe has a layer of this type, or another class is registered for it
 */
export function registerLayer(type: string, constructor: LayerConstructor): void {
  if (expectString(type, 'type') === '') throw argumentError('a name', 'type', type);
  expectLayerConstructor(constructor, 'constructor');
  const registered = constructors.get(type);
  if (registered === constructor) return;
  if (registered !== undefined) {
    throw new CaffeError('ERR_CAFFE_LAYER', `layer type "${type}" is registered already, for class ${registered.name}`);
  }
  if (!native.registerLayerType(type)) {
    throw new CaffeError(
      'ERR_CAFFE_LAYER',
      `layer type "${type}" is one of Caffe's own; register the class under another name`,
    );
  }
  constructors.set(type, constructor);
}

/** The class registered for a type on this thread, or undefined. What this copy of the package knows goes first. */
export function registeredLayer(type: string): LayerConstructor | undefined {
  return [constructors, ...ofAllCopies].find((known) => known.has(type))?.get(type);
}

/** The layer types that a prototxt may use: those of the linked Caffe and those registered on this thread. Sorted. */
export function layerTypes(): string[] {
  return [...new Set([...native.stockLayerTypes(), ...ofAllCopies.flatMap((known) => [...known.keys()])])].sort();
}

const required = ['reshape', 'forward'] as const;
const optional = [
  'setup',
  'backward',
  'forwardGpu',
  'backwardGpu',
  'allowForceBackward',
  'toProto',
  'dispose',
] as const;

/** Rejects a value that cannot be a layer class, before a net is built with it. */
export function expectLayerConstructor(value: unknown, name: string): asserts value is LayerConstructor {
  if (typeof value !== 'function') throw argumentError('a class that extends Layer', name, value);
  const prototype = (value as { prototype?: Record<string, unknown> }).prototype;
  if (prototype === undefined) throw argumentError('a class that extends Layer', name, value);
}

/**
 * Checks that the layer has the required methods, and that the optional ones are functions. The error names the method.
 */
export function expectLayerMethods(layer: object, where: string): void {
  const methods = layer as Record<string, unknown>;
  for (const method of required) {
    if (typeof methods[method] !== 'function') {
      const found = methods[method] === undefined ? 'has none' : `is ${typeof methods[method]}`;
      throw new CaffeError('ERR_CAFFE_LAYER', `${where}: expected a method ${method}(bottom, top), but it ${found}`);
    }
  }
  for (const method of optional) {
    if (methods[method] !== undefined && typeof methods[method] !== 'function') {
      throw new CaffeError(
        'ERR_CAFFE_LAYER',
        `${where}: expected ${method} to be a method, but it is ${typeof methods[method]}`,
      );
    }
  }
}
