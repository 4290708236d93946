import { inAnyCopy } from '../copies/any-copy.js';
import { didYouMean } from './argument.js';

/** The kind of failure, for programs. docs/errors.md lists what raises each code and what to do about it. */
export type CaffeErrorCode =
  | 'ERR_CAFFE_CHECK'
  | 'ERR_CAFFE_PROTOTXT'
  | 'ERR_CAFFE_FILE'
  | 'ERR_CAFFE_FORMAT'
  | 'ERR_CAFFE_TOO_LARGE'
  | 'ERR_CAFFE_LAYER'
  | 'ERR_CAFFE_LABEL'
  | 'ERR_CAFFE_SOURCE'
  | 'ERR_CAFFE_NAN'
  | 'ERR_CAFFE_SOLVER'
  | 'ERR_CAFFE_MPI'
  | 'ERR_CAFFE_BUSY'
  | 'ERR_CAFFE_STOPPED'
  | 'ERR_CAFFE_DISPOSED'
  | 'ERR_CAFFE_NO_GPU'
  | 'ERR_CAFFE_CUDA'
  | 'ERR_CAFFE_MEMORY'
  | 'ERR_CAFFE_THREADS'
  | 'ERR_CAFFE_INTERNAL';

/** Where a {@link CaffeError} comes from, as far as it is known. */
export interface CaffeErrorDetails {
  /** The prototxt (or other file) with the mistake. */
  file?: string;
  /** Line in `file`, from 1. */
  line?: number;
  /** Column in `line`, from 1. */
  column?: number;
  /** The layer that was running. */
  layer?: string;
  /** The layer's index in the net, from 0. It is -1 while the layer is being built, and for a layer outside of nets. */
  layerIndex?: number;
  /** What the layer was doing. */
  during?: 'setup' | 'reshape' | 'forward' | 'backward';
  /** The blob with a wrong value, by its name in the net. */
  blob?: string;
  /** The learnable blob with a wrong value, by its index among those of `layer`, from 0. */
  param?: number;
  /** Where the wrong value is: in the blob's data or in its diff. */
  values?: 'data' | 'diff';
  /** Its index in that array, from 0. */
  element?: number;
  /** Caffe's own message, unchanged. */
  check?: string;
  /** The line of Caffe's C++ source that found the mistake. */
  source?: string;
  /** The error behind this one, if there is one. */
  cause?: unknown;
}

/**
 * A failure of Caffe, or of a file or net that was given to it. The process, and every other net and solver, are
 * unaffected.
 *
 * Bad arguments raise `TypeError` or `RangeError` instead, before Caffe is called. An error from a layer that you
 * write reaches you as it was thrown.
 */
export class CaffeError extends Error {
  /** The kind of failure. */
  declare readonly code: CaffeErrorCode;
  /** The prototxt (or other file) with the mistake. */
  declare readonly file?: string;
  /** Line in `file`, from 1. */
  declare readonly line?: number;
  /** Column in `line`, from 1. */
  declare readonly column?: number;
  /** The layer that was running. */
  declare readonly layer?: string;
  /** The layer's index in the net, from 0. It is -1 while the layer is being built, and for a layer outside of nets. */
  declare readonly layerIndex?: number;
  /** What the layer was doing. */
  declare readonly during?: 'setup' | 'reshape' | 'forward' | 'backward';
  /** The blob with a wrong value, by its name in the net. */
  declare readonly blob?: string;
  /** The learnable blob with a wrong value, by its index among those of `layer`, from 0. */
  declare readonly param?: number;
  /** Where the wrong value is: in the blob's data or in its diff. */
  declare readonly values?: 'data' | 'diff';
  /** Its index in that array, from 0. */
  declare readonly element?: number;
  /** Caffe's own message, unchanged. */
  declare readonly check?: string;
  /** The line of Caffe's C++ source that found the mistake. */
  declare readonly source?: string;

  /** @internal */
  constructor(code: CaffeErrorCode, message: string, details: CaffeErrorDetails & Hints = {}) {
    const { cause, ofSolver, unknownType, ...known } = details;
    const place = known.file === undefined ? find?.({ code, ofSolver, unknownType, ...known }) : undefined;
    const places = { ...known, ...place };
    super(describePlace(places) + message.trim(), cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, places);
  }

  static {
    CaffeError.prototype.name = 'CaffeError';
    inAnyCopy(CaffeError, 'CaffeError');
  }
}

function describePlace({ file, line, column, layer, layerIndex, during }: CaffeErrorDetails): string {
  let place = file ?? '';
  if (line !== undefined) place += `:${line}`;
  if (column !== undefined) place += `:${column}`;
  if (place !== '') place += ': ';
  if (layer !== undefined) {
    place += layerIndex !== undefined && layerIndex >= 0 ? `net.layer[${layerIndex}] "${layer}"` : `layer "${layer}"`;
    if (during !== undefined) place += ` ${during}`;
    place += ': ';
  }
  return place;
}

/**
 * What the addon knows about a failure besides its place, for {@link placing}.
 *
 * @internal
 */
export interface Hints {
  /** Whether the failure is about the content of the solver's own file. */
  ofSolver?: boolean | undefined;
  /** The name of a layer type that does not exist. */
  unknownType?: string | undefined;
}

/**
 * What is known about a mistake whose file is unknown.
 *
 * @internal
 */
export type Mistake = { code: CaffeErrorCode } & Omit<CaffeErrorDetails, 'cause'> & Hints;

/** @internal */
export type FindPlace = (mistake: Mistake) => Pick<CaffeErrorDetails, 'file' | 'line' | 'layer'> | undefined;

let find: FindPlace | undefined;

/**
 * While `body` runs, errors that name no file get the place that `finder` returns. Neither Caffe nor the addon knows
 * which file a net came from.
 *
 * @internal
 */
export function placing<T>(finder: FindPlace, body: () => T): T {
  const outer = find;
  find = finder;
  try {
    return body();
  } finally {
    find = outer;
  }
}

/**
 * While `body` runs, errors get no place: what it calls is part of no prototxt, also where a layer calls it while its
 * net is built.
 *
 * @internal
 */
export function unplaced<T>(body: () => T): T {
  return find === undefined ? body() : placing(() => undefined, body);
}

/**
 * Makes the error for each failure of the addon, which calls it.
 *
 * @internal
 */
export function makeError(code: CaffeErrorCode, message: string, details: CaffeErrorDetails & Hints): CaffeError {
  const { unknownType } = details;
  return new CaffeError(code, unknownType === undefined ? message : withNearestType(message, unknownType), details);
}

/** Caffe lists the types that it knows. Which one was meant is said first. */
function withNearestType(message: string, type: string): string {
  const [said, known] = [`Unknown layer type: ${type}`, /\(known types: ([^)]*)\)/.exec(message)?.[1] ?? ''];
  return message.replace(said, () => said + didYouMean(type, known.split(', ')));
}
