import { existsSync, readFileSync } from 'node:fs';
import { writeFileAside } from '../../file/aside.js';
import type { Net, Solver } from '../../index.js';
import { outputsByName } from '../../solver/events.js';
import { TextFile } from '../text-file.js';

/** What is known of one iteration. `iter` counts as Caffe's log does: the updates before the loss was computed. */
export interface Row {
  iter: number;
  seconds: number;
  lr?: number;
  loss?: number;
  smoothedLoss?: number;
  /** The outputs by column: `train.loss`, `test.accuracy`, `test1.accuracy` of the second test net. */
  outputs: Record<string, number>;
}

const own = ['iter', 'seconds', 'lr', 'loss', 'smoothed_loss'];

function namesOf({ outputs, blobs }: Net): string[] {
  return Object.keys(
    outputsByName(
      outputs,
      outputs.map((blob) => new Float32Array(blobs[blob]?.count ?? 0)),
    ),
  );
}

/** The column of an output of the train net, or of test net number `net`. */
export function column(net: number | 'train', output: string): string {
  return `${net === 'train' ? net : net === 0 ? 'test' : `test${net}`}.${output}`;
}

/** Commas and quotes may be in names of blobs. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A CSV file with a row for each iteration, and for each test. */
export class CsvFile implements Disposable {
  readonly #file: TextFile;
  readonly #outputs: readonly string[];

  /** A run that goes on from iteration `solver.iter` keeps the rows before it, if the file has the same columns. */
  constructor(path: string, solver: Solver) {
    const nets = [['train', solver.net] as const, ...solver.testNets.map((net, i) => [i, net] as const)];
    this.#outputs = nets.flatMap(([which, net]) => namesOf(net).map((name) => column(which, name)));
    const header = `${[...own, ...this.#outputs].map(cell).join(',')}\n`;
    const kept = solver.iter > 0 && existsSync(path) ? rowsBefore(solver.iter, readFileSync(path, 'utf8'), header) : '';
    if (kept !== '') writeFileAside(path, Buffer.from(kept));
    this.#file = new TextFile(path, kept === '' ? 'w' : 'a');
    if (kept === '') this.#file.write(header);
  }

  add({ iter, seconds, lr, loss, smoothedLoss, outputs }: Row): void {
    const values = [iter, seconds.toFixed(3), lr, loss, smoothedLoss, ...this.#outputs.map((name) => outputs[name])];
    this.#file.write(`${values.map(cell).join(',')}\n`);
  }

  /** You may call it twice. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** The header and the rows before an iteration; empty if the file is another one. */
function rowsBefore(iter: number, text: string, header: string): string {
  if (!text.startsWith(header)) return '';
  const rows = text.slice(header.length).match(/^\d+,.*\n/gm) ?? [];
  return header + rows.filter((row) => parseInt(row) < iter).join('');
}
