/** What went wrong, for programs; docs/errors.md says of each what raises it and what to do. */
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
  | 'ERR_CAFFE_BUSY'
  | 'ERR_CAFFE_DISPOSED'
  | 'ERR_CAFFE_NO_GPU'
  | 'ERR_CAFFE_CUDA'
  | 'ERR_CAFFE_MEMORY'
  | 'ERR_CAFFE_INTERNAL';

/** Where a {@link CaffeError} comes from, as far as it is known. */
export interface CaffeErrorDetails {
  /** The prototxt (or other file) with the mistake. */
  file?: string;
  /** Line in `file`, from 1. */
  line?: number;
  /** Column in `line`, from 1. */
  column?: number;
  /** The layer that was at work. */
  layer?: string;
  /** Its place in the net, from 0; -1 while that is being built, and for a layer outside of nets. */
  layerIndex?: number;
  /** What the layer was doing. */
  during?: 'setup' | 'reshape' | 'forward' | 'backward';
  /** The blob with a wrong value, by its name in the net. */
  blob?: string;
  /** The learnable blob with a wrong value, by its place among those of `layer`. */
  param?: number;
  /** Where the wrong value is: in the blob's data or in its diff. */
  values?: 'data' | 'diff';
  /** Its place in that array. */
  element?: number;
  /** Caffe's own text, unchanged. */
  check?: string;
  /** The line of Caffe's C++ source that found the mistake. */
  source?: string;
  cause?: unknown;
}

/**
 * A failure of Caffe, or of a file or net given to it. The process, and every other net and solver, are as they were.
 *
 * Bad arguments are `TypeError` and `RangeError` instead, raised before Caffe is called; what a layer of your own
 * throws comes out as it was thrown.
 */
export class CaffeError extends Error {
  declare readonly code: CaffeErrorCode;
  declare readonly file?: string;
  declare readonly line?: number;
  declare readonly column?: number;
  declare readonly layer?: string;
  declare readonly layerIndex?: number;
  declare readonly during?: 'setup' | 'reshape' | 'forward' | 'backward';
  declare readonly blob?: string;
  declare readonly param?: number;
  declare readonly values?: 'data' | 'diff';
  declare readonly element?: number;
  declare readonly check?: string;
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

/** What the addon knows of a failure beside its place, for {@link placing}. @internal */
export interface Hints {
  /** Whether it is of what the solver's own file says. */
  ofSolver?: boolean | undefined;
  /** The type of a layer of which there is none. */
  unknownType?: string | undefined;
}

/** What is known of a mistake whose file is not. @internal */
export type Mistake = { code: CaffeErrorCode } & Omit<CaffeErrorDetails, 'cause'> & Hints;

/** @internal */
export type FindPlace = (mistake: Mistake) => Pick<CaffeErrorDetails, 'file' | 'line' | 'layer'> | undefined;

let find: FindPlace | undefined;

/**
 * While `body` runs, errors that name no file are made with the place that `finder` gives: neither Caffe nor the addon
 * knows what file a net came from.
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

/** What the addon calls for each of its failures. @internal */
export function makeError(code: CaffeErrorCode, message: string, details: CaffeErrorDetails & Hints): CaffeError {
  return new CaffeError(code, message, details);
}
