import { expectObject, expectOptions, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

/** What computes the stock layers of a net: Caffe's own code, or oneDNN where it has the layer. docs/engines.md. */
export type EngineName = 'caffe' | 'onednn';

/** Options of {@link setEngine}. */
export interface EngineOptions {
  /** The numbers that are multiplied. `'f32'`, the default, is float32, as in Caffe. */
  precision?: 'f32';
}

const all = ['caffe', 'onednn'] as const;

/** The engines that this build has. */
export const engines: readonly EngineName[] = Object.freeze(
  native.oneDnnVersion === undefined ? (['caffe'] as const) : all,
);

function refuse(name: string, given: string, choices: readonly string[]): never {
  const list = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new RangeError(`Expected ${list} for ${name} but received '${given}'`);
}

/**
 * Checks an engine.
 *
 * @throws {RangeError} for one that there is not
 * @throws {CaffeError} ERR_CAFFE_LAYER for one that this build has not
 * @internal
 */
export function expectEngine(engine: unknown, name: string): EngineName {
  const given = expectString(engine, name);
  const known = all.find((one) => one === given) ?? refuse(name, given, all);
  if (engines.includes(known)) return known;
  throw new CaffeError(
    'ERR_CAFFE_LAYER',
    `${name}: this build of the addon has no ${known}. It was built where oneDNN 2.6 (or a later 2.x) was not found: ` +
      'install libdnnl-dev, or let scripts/setup fetch it, and build again',
  );
}

function expectPrecision(precision: unknown): void {
  const given = expectString(precision, 'precision');
  if (given !== 'f32') refuse('precision', given, ['f32']);
}

let current: EngineName | undefined;

/** The engine that TSCAFFE_ENGINE names, as `onednn` or `onednn:f32`. */
function fromEnvironment(): EngineName {
  const named = process.env['TSCAFFE_ENGINE'] ?? '';
  const [engine = '', precision = 'f32'] = (named === '' ? 'caffe' : named).split(':');
  expectPrecision(precision);
  return expectEngine(engine, 'TSCAFFE_ENGINE');
}

/**
 * Sets the engine of the nets and solvers that are made afterwards, on this thread. It is `'caffe'` at first, or what
 * the environment variable TSCAFFE_ENGINE names. `new Net(source, phase, { engine })` chooses for one net.
 *
 * With `'onednn'` each pass of a layer is computed by whatever is faster for its shapes, Caffe or oneDNN: measured when
 * the shapes are first seen. The numbers then differ from Caffe's by rounding.
 *
 * @throws {RangeError} for an engine or a precision that there is not
 * @throws {CaffeError} ERR_CAFFE_LAYER if this build of the addon has no oneDNN
 */
export function setEngine(engine: EngineName, options: EngineOptions = {}): void {
  const { precision = 'f32' } = expectOptions(expectObject(options, 'options'), ['precision']);
  expectPrecision(precision);
  current = expectEngine(engine, 'engine');
}

/** The engine of nets that are made now. See {@link setEngine}. */
export function getEngine(): EngineName {
  return (current ??= fromEnvironment());
}
