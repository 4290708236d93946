import type { TrainingReport } from '../solver/events.js';
import type { Link } from './link.js';

/** How often the server hears of iterations, in milliseconds. */
const pause = 50;
/** The most rows that wait for it. */
const mostRows = 4096;

/** Tells the server of iterations, many at a time. */
export class Telemetry implements Disposable {
  readonly #link: Link;
  #names: readonly string[] = [];
  #rows = new Float64Array(0);
  #length = 0;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  add({ iter, loss, smoothedLoss, lr, milliseconds, outputs }: TrainingReport): void {
    this.#expect(outputs);
    const rows = this.#rows;
    let at = this.#length;
    rows[at++] = iter;
    rows[at++] = milliseconds;
    rows[at++] = loss;
    rows[at++] = smoothedLoss;
    rows[at++] = lr;
    for (const name in outputs) rows[at++] = outputs[name] ?? NaN;
    this.#length = at;
    if (at === rows.length || performance.now() - this.#sent >= pause) this.flush();
    else this.#timer ??= setTimeout(this.flush, pause);
  }

  /** The columns are those of the outputs, which may change when the net is reshaped. */
  #expect(outputs: Record<string, number>): void {
    let count = 3;
    let same = true;
    for (const name in outputs) same = this.#names[count++]?.slice(6) === name && same;
    if (same && count === this.#names.length) return;
    this.flush();
    this.#names = ['loss', 'smoothedLoss', 'lr', ...Object.keys(outputs).map((name) => `train.${name}`)];
    this.#rows = new Float64Array(mostRows * (this.#names.length + 2));
  }

  /** Tells the server of what has been added: also when the thread may now be blocked, where no timer fires. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sent = performance.now();
    if (this.#length === 0) return;
    this.#link.send({ kind: 'rows', rows: { names: this.#names, values: this.#rows.slice(0, this.#length) } });
    this.#length = 0;
  };

  [Symbol.dispose](): void {
    this.flush();
  }
}
