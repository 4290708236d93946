import { existsSync, readFileSync } from 'node:fs';
import { writeFileAside } from '../../file/aside.js';
import type { Solver, TestReport } from '../../index.js';
import { Best } from '../../solver/improvement.js';
import type { Metric } from './metric.js';

/** The number of SNAPSHOT_FORMAT HDF5. */
const hdf5 = 0;

/** What stands beside the weights: how good they are. */
interface Record {
  iter: number;
  metric: string;
  value: number;
}

/**
 * Keeps the weights with the best test result in `<snapshot_prefix>_best.caffemodel`. How good they are stands beside
 * them, in `<snapshot_prefix>_best.json`, so that a run that goes on does not replace them with worse ones.
 */
export class BestWeights {
  readonly #solver: Solver;
  readonly #metric: Metric;
  readonly #best: Best;
  readonly #path: string;
  readonly #note: string;
  readonly #isHdf5: boolean;

  constructor(solver: Solver, metric: Metric) {
    this.#solver = solver;
    this.#metric = metric;
    this.#best = new Best({ mode: metric.mode });
    const { snapshotPrefix, snapshotFormat } = solver.param;
    this.#isHdf5 = (snapshotFormat as number) === hdf5;
    this.#path = `${snapshotPrefix}_best.caffemodel${this.#isHdf5 ? '.h5' : ''}`;
    this.#note = `${snapshotPrefix}_best.json`;
    if (solver.iter > 0) this.#goOn();
  }

  #goOn(): void {
    if (!existsSync(this.#note) || !existsSync(this.#path)) return;
    const { metric, value } = JSON.parse(readFileSync(this.#note, 'utf8')) as Partial<Record>;
    if (metric === this.#metric.name && typeof value === 'number') this.#best.improve(value);
  }

  /** @returns the path of the weights, if they are the best so far and have been kept */
  consider({ iter, index, outputs }: TestReport): { path: string; value: number } | undefined {
    const value = outputs[this.#metric.name];
    if (index !== 0 || value === undefined || !this.#best.improve(value)) return undefined;
    if (this.#isHdf5) this.#solver.net.saveHDF5(this.#path);
    else this.#solver.net.save(this.#path);
    const record: Record = { iter, metric: this.#metric.name, value };
    writeFileAside(this.#note, Buffer.from(`${JSON.stringify(record)}\n`));
    return { path: this.#path, value };
  }
}
