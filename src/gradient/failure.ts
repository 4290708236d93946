import { inAnyCopy } from '../copies/any-copy.js';

/** Formats a value for a message, with as many digits as a float has. */
export function shown(value: number | undefined): string {
  return String(Number((value ?? NaN).toPrecision(7)));
}

/** Names an element by its indices: `bottom[0][2, 1]`. The element of a scalar is named as the blob. */
export function element(blob: string, index: number, shape: readonly number[]): string {
  if (shape.length === 0) return blob;
  const indices: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${blob}[${indices.join(', ')}]`;
}

/** The kinds of failure; see {@link GradientFailure}. */
export type GradientFailureKind =
  /** A derivative differs from the numeric one. */
  | 'value'
  /** An element was not written. */
  | 'unwritten'
  /** A value was added to the old one instead of replacing it. */
  | 'accumulated'
  /** The diff of a learnable blob was replaced instead of being added to. */
  | 'assigned'
  /** A diff was written that was not requested. */
  | 'unasked'
  /** The gradient is not proportional to the diff of a top. */
  | 'top-diff'
  /** The loss weight is not used as Caffe defines it. */
  | 'loss-weight'
  /** A value is NaN or infinite. */
  | 'not-finite'
  /** The data of a bottom was changed. */
  | 'bottom-changed'
  /** The same bottoms and random numbers gave different tops. */
  | 'not-repeatable';

/** One failure found by {@link checkGradient}. */
export interface GradientFailure {
  /** What is wrong. */
  kind: GradientFailureKind;
  /** The blob whose values or gradients are wrong: `bottom[0]`, `blobs[1]` (learnable), `top[0]`. */
  blob: string;
  /** The flat index of the element in `blob`; undefined if the failure is not about one element. */
  index?: number;
  /** The differentiated top. Only for `value` (unless the objective is a sum) and `top-diff`. */
  top?: string;
  /** The flat index of the differentiated element in `top`. Only for `value`. */
  topIndex?: number;
  /** d top / d blob as `backward` computes it. Only for `value`. */
  analytic?: number;
  /** d top / d blob from differences of `forward`. Only for `value`. */
  numeric?: number;
  /** The whole failure in words. */
  message: string;
}

const mostLines = 8;

/** If all analytic values are the numeric ones times one factor, the factor shows what was forgotten. */
function commonFactor(failures: readonly GradientFailure[]): string | undefined {
  const factors = failures.map(({ analytic = 0, numeric = 0 }) => analytic / numeric).filter(Number.isFinite);
  const [first = 0] = factors;
  if (factors.length < 2 || factors.length < failures.length / 2) return undefined;
  if (factors.some((factor) => Math.abs(factor - first) > 0.02 * Math.abs(first))) return undefined;
  if (first === 0) return 'the analytic value is 0 in all of them';
  return `the analytic value is ${first.toPrecision(3)} times the numeric one in all of them`;
}

function report(layer: string, failures: readonly GradientFailure[], comparisons: number): string {
  const values = failures.filter(({ kind }) => kind === 'value');
  const title =
    values.length > 0
      ? `${layer}: ${values.length} of ${comparisons} derivatives are wrong`
      : `${layer}: its gradient cannot be right`;
  const lines = failures.slice(0, mostLines).map(({ message }) => `  ${message}`);
  if (failures.length > mostLines) lines.push(`  ... and ${failures.length - mostLines} more`);
  const factor = commonFactor(values);
  if (factor !== undefined) lines.push(`  (${factor})`);
  return [title, ...lines].join('\n');
}

/**
 * Thrown by {@link checkGradient} if the gradient of a layer is wrong. The message lists the first failures (at most
 * 8).
 */
export class GradientError extends Error {
  /** All failures. */
  readonly failures: readonly GradientFailure[];

  /** @internal */
  constructor(layer: string, failures: readonly GradientFailure[], comparisons: number) {
    super(report(layer, failures, comparisons));
    this.failures = failures;
  }

  static {
    GradientError.prototype.name = 'GradientError';
  }

  static {
    inAnyCopy(GradientError, 'GradientError');
  }
}
