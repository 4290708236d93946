import '../native/initialize.js';
import { basename } from 'node:path';
import { argumentError } from '../error/argument.js';
import { log } from '../log/log.js';
import type { TestReport, TrainingReport } from '../solver/events.js';
import type { Snapshot } from '../solver/snapshot.js';
import { Solver } from '../solver/solver.js';
import { urlOf } from './address.js';
import { firstLook, type FirstLook } from './first-look.js';
import { readHistory } from './history/read-history.js';
import { runNames } from './history/run-names.js';
import { Link } from './link.js';
import { picturesOf } from './net/pictures.js';
import { Sampler } from './net/sampler.js';
import { checkOptions, type DashboardOptions } from './options.js';
import { newToken } from './server/admission.js';
import { Steering } from './steering/steering.js';
import { Telemetry } from './telemetry.js';
import type { Trial } from './trial/trial.js';

// For dashboard.cts, which exports this very module.
import * as self from './dashboard.js';
(globalThis as Record<symbol, unknown>)[Symbol.for(import.meta.url)] = self;

export type { DashboardOptions, ListenOptions } from './options.js';

/** The name of an output of a test net, as of a curve. */
const curveName = (index: number, output: string): string => `${index === 0 ? 'test' : `test${index}`}.${output}`;

/**
 * A page in the browser that shows a solver train, and steers it. {@link dashboard} opens one. It keeps the process
 * alive until it is closed.
 */
export class Dashboard implements Disposable, AsyncDisposable {
  /** The address of the page. It has a token: whoever knows it can look, and steer unless the page is read-only. */
  readonly url: string;
  readonly #solver: Solver;
  readonly #link: Link;
  readonly #telemetry: Telemetry;
  readonly #sampler: Sampler;
  readonly #steering: Steering;
  readonly #trial: Trial | undefined;
  readonly #unwatch: () => void;
  readonly #stopped = new AbortController();
  #isOpen = true;

  /** @internal */
  constructor(solver: Solver, link: Link, url: string, { status, net, trial }: FirstLook, histograms: number) {
    this.url = url;
    this.#solver = solver;
    this.#link = link;
    this.#telemetry = new Telemetry(link);
    this.#trial = trial;
    this.#sampler = new Sampler(solver, histograms, (samples) => {
      link.send({ kind: 'samples', samples });
    });
    const sights = {
      pictures: (layer: number) => picturesOf(solver.net, layer),
      classify: (pixels: Uint8Array) => this.#trial?.classify(pixels),
    };
    link.send({ kind: 'net', net });
    this.#steering = new Steering(solver, link, status, sights, {
      held: this.#telemetry.flush,
      stopped: () => {
        this.#stopped.abort(new DOMException('stopped on the dashboard', 'AbortError'));
      },
    });
    this.#unwatch = solver.runs.watch({ begin: this.#sampler.prepare, end: this.#telemetry.flush });
    solver.on('iteration', this.#afterIteration).on('test', this.#afterTest).on('snapshot', this.#afterSnapshot);
    link.onEnd(() => {
      this[Symbol.dispose]();
    });
  }

  /** Fires when somebody stops the training on a page. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  readonly #afterIteration = (report: TrainingReport): void => {
    this.#telemetry.add(report);
    this.#sampler.afterIteration();
    this.#steering.afterIteration();
  };

  readonly #afterTest = ({ iter, index, outputs }: TestReport): void => {
    this.#telemetry.flush();
    const curves = Object.entries(outputs).map(([name, value]) => [curveName(index, name), value] as const);
    this.#link.send({ kind: 'test', iter, outputs: Object.fromEntries(curves) });
  };

  readonly #afterSnapshot = ({ iter, state }: Snapshot): void => {
    this.#telemetry.flush();
    this.#link.send({
      kind: 'mark',
      mark: { iter, kind: 'snapshot', text: `snapshot ${basename(state)}`, time: Date.now() },
      save: true,
    });
  };

  #letGo(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const solver = this.#solver;
    solver.off('iteration', this.#afterIteration).off('test', this.#afterTest).off('snapshot', this.#afterSnapshot);
    this.#unwatch();
    this.#steering[Symbol.dispose]();
    this.#sampler[Symbol.dispose]();
    this.#telemetry[Symbol.dispose]();
    this.#trial?.[Symbol.dispose]();
  }

  /**
   * Ends the dashboard: pages lose their connection, and the history is written. Training that a page has paused goes
   * on. You may call it twice.
   */
  async close(): Promise<void> {
    try {
      this.#letGo();
    } finally {
      await this.#link.close();
    }
  }

  /** Begins to {@link close}, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close().catch((error: unknown) => {
      log(`dashboard: it could not let go of the solver: ${String(error)}`);
    });
  }

  /** Does what {@link close} does, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a page in the browser that shows a solver train: its curves, its net and its blobs. From the page you can
 * pause, stop, test, take snapshots and change settings, and try the net with an image. It works with all of `step`,
 * `solve`, `stepAsync`, `solveAsync` and `train`. The server has a thread of its own, so it answers while `step`
 * blocks.
 *
 * When somebody presses Stop, a snapshot is taken and the run ends after its current iteration; `train` returns. Until
 * somebody presses Resume, other runs throw ERR_CAFFE_STOPPED, so a loop that calls `step` ends too.
 *
 * @example
 * ```ts
 * import { SGDSolver } from 'tscaffe';
 * import { dashboard } from 'tscaffe/dashboard';
 *
 * const solver = new SGDSolver('lenet_solver.prototxt');
 * const board = await dashboard(solver);
 * console.log(board.url);
 * await solver.solveAsync();
 * await board.close();
 * ```
 * While a run is under way it opens after the iteration at hand.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if it cannot listen there; ERR_CAFFE_FORMAT if a run to compare is no history;
 * ERR_CAFFE_BUSY while `testAsync` or another call runs one of the solver's nets outside of a run
 */
export async function dashboard(solver: Solver, options: DashboardOptions = {}): Promise<Dashboard> {
  if (!(solver instanceof Solver)) throw argumentError('a Solver', 'solver', solver);
  const checked = checkOptions(options);
  const { port, host, token = newToken(), readOnly, history, compare, histograms, labels } = checked;
  const look = await firstLook(solver, labels);
  const { snapshotPrefix } = look.status;
  const besideSnapshots = snapshotPrefix ? `${snapshotPrefix}_history.json` : '';
  const [name = '', ...names] = runNames([besideSnapshots || look.net.name || 'this run', ...compare]);
  const link = await Link.open({
    host,
    port,
    token,
    readOnly,
    name,
    historyPath: history === false ? '' : (history ?? besideSnapshots),
    status: look.status,
    runs: compare.map((path, i) => readHistory(path, names[i] ?? path)),
  });
  try {
    return new Dashboard(solver, link, urlOf(host, link.port, token), look, histograms);
  } catch (error) {
    await link.close(); // else the server would keep the process alive
    throw error;
  }
}
