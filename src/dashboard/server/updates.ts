import type { Mark, Rows } from '../history/history.js';
import type { Status, Update } from '../messages.js';

/** How often pages hear what is new, in milliseconds. */
const pause = 100;

/** Gathers what is new, and sends it a few times a second. */
export class Updates {
  readonly #send: (update: Update) => void;
  #update: Update = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (update: Update) => void) {
    this.#send = send;
  }

  addRows(rows: Rows): void {
    const all = (this.#update.rows ??= []);
    const last = all.at(-1);
    if (last?.names.join('\0') === rows.names.join('\0')) {
      all[all.length - 1] = { names: last.names, values: [...last.values, ...rows.values] };
    } else all.push(rows);
    this.#soon();
  }

  addTest(iter: number, outputs: Record<string, number>): void {
    (this.#update.tests ??= []).push({ iter, outputs });
    this.#soon();
  }

  addMark(mark: Mark): void {
    (this.#update.marks ??= []).push(mark);
    this.#soon();
  }

  set status(status: Status) {
    this.#update.status = status;
    this.#soon();
  }

  set sampled(iter: number) {
    this.#update.sampled = iter;
    this.#soon();
  }

  #soon(): void {
    this.#timer ??= setTimeout(this.flush, pause);
  }

  /** Sends what there is. */
  readonly flush = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const update = this.#update;
    if (Object.keys(update).length === 0) return;
    this.#update = {};
    this.#send(update);
  };
}
