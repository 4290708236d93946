import { Presets, SingleBar } from 'cli-progress';

/** A bar of how many of so many are done, on a terminal only. */
export class CountProgress implements Disposable {
  readonly #bar: SingleBar | undefined;

  constructor(total: number) {
    if (!process.stderr.isTTY) return;
    const format = '{bar} {value}/{total}  {duration_formatted}, {eta_formatted} left';
    this.#bar = new SingleBar({ format, barsize: 24, clearOnComplete: true, fps: 5 }, Presets.shades_classic);
    this.#bar.start(total, 0);
  }

  /** Makes room for a line: the bar comes back. */
  clear(): void {
    if (this.#bar !== undefined) process.stderr.write('\r\u001b[K');
  }

  update(done: number): void {
    this.#bar?.update(done);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
    this.clear();
  }
}
