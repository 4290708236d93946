import { Presets, SingleBar } from 'cli-progress';
import type { Solver, TestReport, TrainingReport } from '../../index.js';

const clearLine = '\r\u001b[K';

/** `1:05:09` */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours}:${String(minutes).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

function shown(outputs: Record<string, number>): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('  ');
}

/** The bar of a training, on a terminal only: how far it is, its loss, the last test, its speed and the time left. */
export class Progress implements Disposable {
  readonly #bar: SingleBar | undefined;
  readonly #last: number;
  /** When iterations ended: some of the last ten seconds, from which the speed is. */
  #ends: { iter: number; time: number }[];
  #tests = '';

  constructor(solver: Solver, last: number) {
    this.#last = last;
    this.#ends = [{ iter: solver.iter, time: performance.now() }];
    if (!process.stderr.isTTY) return;
    const format = '{bar} {value}/{total}  loss {loss}  lr {lr}{tests}  {speed} it/s  {left} left';
    this.#bar = new SingleBar({ format, barsize: 24, stopOnComplete: false, fps: 5 }, Presets.shades_classic);
    this.#bar.start(last, solver.iter, { loss: '-', lr: solver.lr, tests: '', speed: '-', left: '-' });
  }

  update({ iter, smoothedLoss, lr }: TrainingReport): void {
    if (this.#bar === undefined) return;
    const time = performance.now();
    const [first] = this.#ends;
    const latest = this.#ends.at(-1);
    if (latest === undefined || time - latest.time > 500) this.#ends.push({ iter, time });
    while (this.#ends.length > 1 && time - (this.#ends[0]?.time ?? time) > 10_000) this.#ends.shift();
    const speed = first === undefined ? NaN : ((iter - first.iter) * 1000) / (time - first.time);
    const left = duration((this.#last - iter) / speed);
    this.#bar.update(iter, {
      loss: smoothedLoss.toPrecision(5),
      lr,
      tests: this.#tests,
      speed: speed.toPrecision(3),
      left,
    });
  }

  tested({ index, outputs }: TestReport): void {
    if (index === 0) this.#tests = `  test ${shown(outputs)}`;
  }

  /** Makes room for a line: the bar comes back with the next iteration. */
  clear(): void {
    if (this.#bar !== undefined) process.stderr.write(clearLine);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
