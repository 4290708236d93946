import { Curve, type CurvePoints } from './curve.js';

/** What happened at an iteration, beside its numbers. */
export interface Mark {
  iter: number;
  kind: 'pause' | 'resume' | 'stop' | 'snapshot' | 'test' | 'change' | 'trouble' | 'begin';
  /** What happened, in words. */
  text: string;
  /** When, in milliseconds since 1970. */
  time: number;
}

/** The iterations since the last piece: a row each, of `iter`, the milliseconds that it took, and the values. */
export interface Rows {
  names: readonly string[];
  values: readonly (number | null)[];
}

/** A history as text. */
export interface HistoryRecord {
  version: 1;
  name: string;
  curves: Record<string, CurvePoints>;
  marks: Mark[];
}

/** Of the marks of a run the last ones are kept. */
const mostMarks = 500;
/** Blobs with thousands of outputs have no curves of their own. */
const mostCurves = 200;

/**
 * The curves and marks of one run. The curves are named `loss`, `smoothedLoss`, `lr`, `milliseconds` and `seconds` (of
 * training, so far), and by net: `train.X`, `test.X`, `test1.X` for an output `X`.
 */
export class History {
  readonly curves = new Map<string, Curve>();
  marks: Mark[] = [];
  #seconds = 0;

  /** @throws {Error} for what is no record of a history */
  static from(record: unknown): History {
    const { version, curves, marks } = record as Partial<HistoryRecord>;
    if (version !== 1 || typeof curves !== 'object' || !Array.isArray(marks)) throw new Error('no history of a run');
    const history = new History();
    for (const [name, points] of Object.entries(curves)) history.curves.set(name, Curve.from(points));
    history.marks = marks;
    history.#seconds = history.curves.get('seconds')?.last?.y ?? 0;
    return history;
  }

  /** The last iteration that it knows of. */
  get iter(): number {
    return Math.max(0, ...[...this.curves.values()].map(({ last }) => last?.x ?? 0));
  }

  /** For how long it has trained. */
  get seconds(): number {
    return this.#seconds;
  }

  add(name: string, x: number, y: number): void {
    let curve = this.curves.get(name);
    if (curve === undefined) {
      if (this.curves.size >= mostCurves) return;
      curve = new Curve();
      this.curves.set(name, curve);
    }
    curve.add(x, y);
  }

  addRows({ names, values }: Rows): void {
    const width = names.length + 2;
    for (let at = 0; at + width <= values.length; at += width) {
      const iter = values[at] ?? 0;
      const milliseconds = values[at + 1] ?? 0;
      this.rewind(iter - 1);
      this.#seconds += milliseconds / 1000;
      this.add('milliseconds', iter, milliseconds);
      this.add('seconds', iter, this.#seconds);
      names.forEach((name, i) => {
        this.add(name, iter, values[at + 2 + i] ?? NaN);
      });
    }
  }

  mark(mark: Mark): void {
    this.marks.push(mark);
    if (this.marks.length > mostMarks) this.marks.splice(0, this.marks.length - mostMarks);
  }

  /** Forgets what came after an iteration. */
  rewind(iter: number): void {
    if ((this.curves.get('seconds')?.last?.x ?? 0) <= iter) return;
    for (const curve of this.curves.values()) curve.rewind(iter);
    this.marks = this.marks.filter((mark) => mark.iter <= iter);
    this.#seconds = this.curves.get('seconds')?.last?.y ?? 0;
  }

  record(name: string): HistoryRecord {
    const curves = Object.fromEntries([...this.curves].map(([curve, points]) => [curve, points.toJSON()]));
    return { version: 1, name, curves, marks: this.marks };
  }
}
