import { argumentError, expectObject, expectOptions, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

/** What computes the stock layers of a net: Caffe's own code, or oneDNN where it has the layer. docs/engines.md. */
export type EngineName = 'caffe' | 'onednn';

/**
 * What the factors of convolutions and products are rounded to: `'f32'` is float32, as in Caffe, and rounds nothing;
 * `'bf16'` is bfloat16. Their sums, and all blobs, are float32 in any case.
 */
export type Precision = 'f32' | 'bf16';

/** Options of {@link setEngine}. */
export interface EngineOptions {
  /**
   * The default is `'f32'`. Of a list, the first that this processor has: `['bf16', 'f32']`.
   *
   * `'bf16'` needs the engine `'onednn'` and a processor with AVX512-BF16 or AMX.
   */
  precision?: Precision | readonly Precision[];
}

/** Engine and precision of a net, in the addon's words. @internal */
export type NativeEngine = 'caffe' | 'onednn' | 'onednn:bf16';

const all = ['caffe', 'onednn'] as const;
const precisions = ['f32', 'bf16'] as const;

/** The engines that this build has. */
export const engines: readonly EngineName[] = Object.freeze(
  native.oneDnnVersion === undefined ? (['caffe'] as const) : all,
);

function oneOf<Name extends string>(choices: readonly Name[], value: unknown, name: string): Name {
  const given = expectString(value, name);
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  const list = choices.map((choice) => `'${choice}'`).join(' or ');
  throw new RangeError(`Expected ${list} for ${name} but received '${given}'`);
}

function expectEngine(engine: unknown, name: string): EngineName {
  const known = oneOf(all, engine, name);
  if (engines.includes(known)) return known;
  throw new CaffeError(
    'ERR_CAFFE_LAYER',
    `${name}: this build of the addon has no ${known}. It was built where oneDNN 2.6 (or a later 2.x) was not found: ` +
      'install libdnnl-dev, or let scripts/setup fetch it, and build again',
  );
}

/** The first of these precisions that the engine has here. */
function firstOf(given: readonly unknown[], engine: EngineName): Precision {
  const wanted = given.map((precision) => oneOf(precisions, precision, 'precision'));
  if (wanted.length === 0) throw argumentError('at least one of them', 'precision', given);
  const found = wanted.find((precision) => precision === 'f32' || (engine === 'onednn' && native.hasBf16 === true));
  if (found !== undefined) return found;
  if (engine === 'caffe') throw new RangeError(`Expected 'f32' for precision: Caffe's own code computes in float32`);
  throw new CaffeError(
    'ERR_CAFFE_LAYER',
    "precision 'bf16' needs a processor with AVX512-BF16 or AMX, which this one has not. Ask for ['bf16', 'f32'] to " +
      'compute in float32 there',
  );
}

function nativeEngine(engine: EngineName, precision: unknown = 'f32'): NativeEngine {
  const first = firstOf(Array.isArray(precision) ? precision : [precision], engine);
  return engine === 'onednn' && first === 'bf16' ? 'onednn:bf16' : engine;
}

/** What TSCAFFE_ENGINE names: `onednn`, `onednn:bf16`, or `onednn:bf16,f32` for the first that the processor has. */
function fromEnvironment(): NativeEngine {
  const named = process.env['TSCAFFE_ENGINE'] ?? '';
  const [engine = '', precision = 'f32'] = (named === '' ? 'caffe' : named).split(':');
  return nativeEngine(expectEngine(engine, 'TSCAFFE_ENGINE'), precision.split(','));
}

let current: NativeEngine | undefined;

const currentEngine = (): NativeEngine => (current ??= fromEnvironment());

/**
 * Sets the engine of the nets and solvers that are made afterwards, on this thread. It is `'caffe'` at first, or what
 * the environment variable TSCAFFE_ENGINE names. `new Net(source, phase, { engine })` chooses for one net.
 *
 * With `'onednn'` each pass of a layer is computed by whatever is faster for its shapes, Caffe or oneDNN: measured when
 * the shapes are first seen. The numbers then differ from Caffe's by rounding.
 *
 * @throws {RangeError} for an engine or a precision that there is not
 * @throws {CaffeError} ERR_CAFFE_LAYER if this build of the addon has no oneDNN, or the processor no bfloat16
 */
export function setEngine(engine: EngineName, options: EngineOptions = {}): void {
  const { precision } = expectOptions(expectObject(options, 'options'), ['precision']);
  current = nativeEngine(expectEngine(engine, 'engine'), precision);
}

/** The engine of nets that are made now. See {@link setEngine}. */
export function getEngine(): EngineName {
  return currentEngine() === 'caffe' ? 'caffe' : 'onednn';
}

/** The precision of nets that are made now. See {@link setEngine}. */
export function getPrecision(): Precision {
  return currentEngine() === 'onednn:bf16' ? 'bf16' : 'f32';
}

/** The options of a net or a solver that choose its engine. */
export interface EngineChoice extends EngineOptions {
  /** What computes its stock layers. The default is that of {@link setEngine}. */
  engine?: EngineName;
}

/** The names of {@link EngineChoice}. @internal */
export const engineChoice = ['engine', 'precision'] as const;

/**
 * The engine of a net with these options. An engine without a precision computes in float32.
 *
 * @throws what {@link setEngine} throws
 * @internal
 */
export function engineFor({ engine, precision }: EngineChoice): NativeEngine {
  if (engine === undefined && precision === undefined) return currentEngine();
  return nativeEngine(engine === undefined ? getEngine() : expectEngine(engine, 'engine'), precision);
}
