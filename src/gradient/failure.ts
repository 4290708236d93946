/** A value for a message: as many digits as a float has. */
export function shown(value: number | undefined): string {
  return String(Number((value ?? NaN).toPrecision(7)));
}

/** Names an element by its place in the shape: `bottom[0][2, 1]`; that of a scalar is the blob itself. */
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

/** What a layer does wrong; see {@link GradientFailure}. */
export type GradientFailureKind =
  /** A derivative differs from the numeric one. */
  | 'value'
  /** An element was left as it was. */
  | 'unwritten'
  /** A value was added to what was there, where it must replace it. */
  | 'accumulated'
  /** A learnable blob's diff was replaced, where the gradient must be added. */
  | 'assigned'
  /** A diff was written that was not asked for. */
  | 'unasked'
  /** The diffs of a top do not matter as they should. */
  | 'top-diff'
  /** The loss weight is not used as Caffe means it. */
  | 'loss-weight'
  /** A value is NaN or infinite. */
  | 'not-finite'
  /** A bottom's data was changed. */
  | 'bottom-changed'
  /** The same bottoms and random numbers gave different tops. */
  | 'not-repeatable';

/** One thing that {@link checkGradient} found. */
export interface GradientFailure {
  kind: GradientFailureKind;
  /** The blob whose values or gradients are wrong: `bottom[0]`, `blobs[1]` (learnable), `top[0]`. */
  blob: string;
  /** The element of `blob`, flat; undefined where it is not about one. */
  index?: number;
  /** For `value`: the top that was differentiated, and its element, flat. */
  top?: string;
  topIndex?: number;
  /** For `value`: what `backward` computed, and what differences of `forward` give, of d top / d blob. */
  analytic?: number;
  numeric?: number;
  /** The whole thing in words. */
  message: string;
}

const mostLines = 8;

/** Where all analytic values are the numeric ones times one number, that number says what was forgotten. */
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
 * What {@link checkGradient} throws about a layer whose gradient is wrong; the message lists the first of the failures.
 */
export class GradientError extends Error {
  readonly failures: readonly GradientFailure[];

  /** @internal */
  constructor(layer: string, failures: readonly GradientFailure[], comparisons: number) {
    super(report(layer, failures, comparisons));
    this.failures = failures;
  }

  static {
    GradientError.prototype.name = 'GradientError';
  }
}
