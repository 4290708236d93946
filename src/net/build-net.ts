import type { NativeNet } from '../../typings/native.js';
import { engineChoice, engineFor, type EngineChoice } from '../engine/engine.js';
import { argumentError, expectBoolean, expectInteger, expectStrings } from '../error/argument.js';
import { builder, building } from '../layer/building.js';
import { native } from '../native/load.js';
import { rememberOrigin, type Origin } from '../proto/blame.js';
import { readSource, type Source } from '../proto/source.js';

/** Options for building a {@link Net}. */
export interface NetOptions extends EngineChoice {
  /** Trained weights: the path of a caffemodel (binary or HDF5), or the bytes of a binary one. */
  weights?: string | Uint8Array;
  /** The level for the `include` and `exclude` rules. The default is 0. */
  level?: number;
  /** Stages for these rules. The stages of the net itself also apply. */
  stages?: string[];
  /**
   * Whether backward computes the gradients of all blobs, also of inputs and without a loss, where the layers allow it.
   * It replaces `force_backward` of the prototxt, which decides by default.
   */
  forceBackward?: boolean;
}

/** The names of {@link NetOptions}. @internal */
export const netOptions = ['weights', 'level', 'stages', 'forceBackward', ...engineChoice] as const;

/** @internal */
export function checkPhase(phase: unknown): 'train' | 'test' {
  if (phase === 'train' || phase === 'test') return phase;
  throw argumentError("'train' or 'test'", 'phase', phase);
}

/** What a net is built from, in the addon's words. */
interface Plan {
  origin: Origin;
  folders: (string | undefined)[];
  args: ConstructorParameters<typeof native.Net>;
}

function planOf(source: Source, phase: 'train' | 'test', options: NetOptions): Plan {
  const level = expectInteger(options.level ?? 0, 'level', -(2 ** 31), 2 ** 31 - 1);
  const stages = [...expectStrings(options.stages ?? [], 'stages')];
  const { forceBackward } = options;
  const engine = engineFor(options);
  if (forceBackward !== undefined) expectBoolean(forceBackward, 'forceBackward');
  const read = readSource('NetParameter', source);
  return {
    origin: { sources: [read], phase },
    folders: [read.folder],
    args: [read.bytes, phase, level, stages, forceBackward, engine],
  };
}

/** @internal */
export function buildNet(source: Source, phase: 'train' | 'test', options: NetOptions): NativeNet {
  const { origin, folders, args } = planOf(source, phase, options);
  return rememberOrigin(
    building(origin, folders, () => new native.Net(...args)),
    origin,
  );
}

/** @internal */
export async function buildNetAsync(source: Source, phase: 'train' | 'test', options: NetOptions): Promise<NativeNet> {
  const { origin, folders, args } = planOf(source, phase, options);
  return rememberOrigin(await native.buildNet(builder(origin, folders), ...args), origin);
}
