import { EarlyStopping, readSolver, Solver, type Snapshot, type TestReport, type TrainingReport } from '../../index.js';
import { layerFiles, reloadLayers, type Reloaded } from '../../layer/reload.js';
import { keepReplaceable } from '../../layer/replaceable.js';
import { launchedProcesses } from '../../mpi/world.js';
import { readStoredLayers } from '../../weights/stored-layers.js';
import { chooseEngine } from '../engine.js';
import { Failure, report, UsageError } from '../failure.js';
import { asInCaffe } from '../float.js';
import { oneGpu } from '../gpu.js';
import { admitLayerModules } from '../layer-modules.js';
import { printJson, printLine } from '../output.js';
import { requireWritable } from '../writable.js';
import { BestWeights } from './best-weights.js';
import { CaffeLog } from './caffe-log.js';
import { commandToGoOn } from './command-to-go-on.js';
import { column, CsvFile } from './csv-file.js';
import { restoreLatest } from './latest-snapshot.js';
import { readMetric, type Metric } from './metric.js';
import type { TrainOptions } from './options.js';
import { readOverride, type Override } from './override.js';
import { openDashboard } from './open-dashboard.js';
import { Progress } from './progress.js';
import { SignalEffects } from './signals.js';
import { FileWatch } from './watch.js';

/** Why a run ends before max_iter: with a failure, for good, or to go on with other layers. */
type Stop = { failure: unknown } | { why: string } | 'reload';

/** Ends a run after the iteration at hand. */
class Stopper {
  #controller = new AbortController();
  #stop: Stop | undefined;

  stop(stop: Stop): void {
    // A change of layers does not keep a run that is to end.
    if (this.#stop === undefined || this.#stop === 'reload') this.#stop = stop;
    this.#controller.abort(this);
  }

  readonly fail = (failure: unknown): void => {
    this.stop({ failure });
  };

  /** @returns why the run has ended early; undefined if it has come to its end */
  async run(solver: Solver): Promise<Stop | undefined> {
    try {
      await solver.solveAsync({ signal: this.#controller.signal });
    } catch (error) {
      if (error !== this) throw error;
    }
    const stop = this.#stop;
    this.#stop = undefined;
    this.#controller = new AbortController();
    return stop;
  }
}

/** Does what the command `train` is asked for. */
export async function train(options: TrainOptions): Promise<void> {
  if (options.snapshot !== undefined && options.snapshot !== 'auto' && options.weights !== undefined) {
    throw new UsageError('give a snapshot to go on from, or weights to begin with, but not both');
  }
  if (options.patience !== undefined && options.earlyStopping === undefined) {
    throw new UsageError('--patience is for --early-stopping');
  }
  if (options.ui === undefined && (options.uiHost !== undefined || options.uiReadOnly)) {
    throw new UsageError('--ui-host and --ui-read-only are for --ui');
  }
  const processes = launchedProcesses();
  if (processes > 1) {
    throw new Failure(
      `it is one of ${processes} processes, and each would train alone and overwrite the files of the others; ` +
        'a program that calls mpi.attach trains one net on all of them (docs/parallel.md)',
    );
  }
  chooseEngine(options);
  admitLayerModules(options.layers);
  if (options.watch) keepReplaceable();
  const override = overrideOf(options);
  const snapshotAfterTrain = override.snapshotAfterTrain ?? readSolver(options.solver).snapshotAfterTrain;
  const stopper = new Stopper();
  const { log } = options;
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- written until the block ends
  using _log = log === undefined ? undefined : new CaffeLog(log, stopper.fail);
  // The final snapshot is the training's own: Caffe takes it before it computes the last loss, which changes the
  // statistics of BatchNorm layers.
  using solver = await createSolver(options, { ...override, snapshotAfterTrain: false });
  using training = new Training(solver, stopper, { ...options, snapshotAfterTrain });
  const board = options.ui === undefined ? undefined : await openDashboard(solver, options);
  board?.signal.addEventListener('abort', () => {
    stopper.stop({ why: 'Stop on the dashboard' });
  });
  try {
    await training.run();
  } finally {
    await board?.close();
  }
}

/** Caffe reads weights while it builds the net, and what it says of a damaged file does not tell that from the net. */
async function createSolver({ solver, weights = [] }: TrainOptions, override: Override): Promise<Solver> {
  try {
    return await Solver.create(solver, { override });
  } catch (error) {
    for (const file of weights) readStoredLayers(file); // says what is wrong with it
    throw error;
  }
}

/** The fields of the solver that options replace. */
function overrideOf({ set = [], weights, snapshot, gpu, level, stage = [] }: TrainOptions): Override {
  const override = readOverride(set);
  const { trainState } = override;
  override.trainState = {
    ...trainState,
    level: level ?? trainState?.level ?? 0, // Caffe's tool sets it too, whatever the solver says
    stage: [...(trainState?.stage ?? []), ...stage],
  };
  if (snapshot !== undefined && snapshot !== 'auto') override.weights = [];
  else if (weights !== undefined) override.weights = [weights.join(',')];
  if (gpu !== undefined) Object.assign(override, { solverMode: 'GPU', deviceId: oneGpu(gpu) });
  return override;
}

/** A training from its first iteration to its last, with all that is printed and written meanwhile. */
class Training implements Disposable {
  readonly #solver: Solver;
  readonly #stopper: Stopper;
  readonly #options: TrainOptions & { snapshotAfterTrain: boolean };
  readonly #maxIter: number;
  readonly #display: number;
  readonly #interval: number;
  readonly #metric: Metric | undefined;
  readonly #stopping: EarlyStopping | undefined;
  readonly #resumedFrom: string | undefined;
  readonly #best: BestWeights | undefined;
  readonly #csv: CsvFile | undefined;
  readonly #progress: Progress;
  readonly #begin = performance.now();
  readonly #first: number;
  /** The rate of the next update. */
  #rate: number;
  /** Results of tests that have no row yet. */
  #tests: { iter: number; outputs: Record<string, number> } | undefined;
  #snapshot: Snapshot | undefined;

  constructor(solver: Solver, stopper: Stopper, options: TrainOptions & { snapshotAfterTrain: boolean }) {
    this.#solver = solver;
    this.#stopper = stopper;
    this.#options = options;
    const { maxIter, display, snapshot, snapshotPrefix } = solver.param;
    this.#maxIter = maxIter;
    this.#display = display;
    this.#interval = snapshot;
    if (snapshot > 0 || options.snapshotAfterTrain)
      requireWritable(snapshotPrefix, 'snapshots cannot be written there');
    const { keepBest, earlyStopping, patience = 5, csv } = options;
    if (earlyStopping !== undefined) {
      this.#metric = readMetric('--early-stopping', earlyStopping, solver);
      this.#stopping = new EarlyStopping({ patience, mode: this.#metric.mode });
    }
    const kept = keepBest === undefined ? undefined : readMetric('--keep-best', keepBest, solver);
    this.#resumedFrom = this.#resume(options.snapshot);
    if (kept !== undefined) this.#best = new BestWeights(solver, kept);
    if (csv !== undefined) this.#csv = new CsvFile(csv, solver);
    this.#first = solver.iter;
    this.#rate = solver.lr;
    this.#progress = new Progress(solver, maxIter);
  }

  #resume(snapshot: string | undefined): string | undefined {
    if (snapshot === undefined) return undefined;
    if (snapshot !== 'auto') {
      this.#solver.restore(snapshot);
      return snapshot;
    }
    return restoreLatest(this.#solver, (state, { message }) => {
      process.stderr.write(`tscaffe train: ${state} is passed over: ${message.replace(`${state}: `, '')}\n`);
    });
  }

  /** Prints what happened, for people or for programs. */
  #say(event: string, line: string, fields: object): void {
    this.#progress.clear();
    if (this.#options.json) printJson({ event, iter: this.#solver.iter, ...fields });
    else printLine(line);
  }

  async run(): Promise<void> {
    const solver = this.#solver;
    if (this.#resumedFrom !== undefined) {
      const state = this.#resumedFrom;
      this.#say('resume', `going on from ${state}, iteration ${solver.iter}`, { state });
    }
    solver.on('iteration', this.#afterIteration).on('test', this.#afterTest).on('snapshot', this.#afterSnapshot);
    const { sigintEffect: SIGINT, sighupEffect: SIGHUP } = this.#options;
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- heard until the block ends
    using _signals = new SignalEffects({ SIGINT, SIGHUP }, { stop: this.#interrupt, snapshot: this.#snapshotNow });
    if (this.#first >= this.#maxIter) this.#finalSnapshot(); // no iteration will
    const stop = this.#options.watch ? await this.#runWatching() : await this.#stopper.run(solver);
    if (typeof stop === 'object' && 'failure' in stop) throw stop.failure;
    this.#end(typeof stop === 'object' ? stop.why : undefined);
  }

  async #runWatching(): Promise<Stop | undefined> {
    const nets = [this.#solver.net, ...this.#solver.testNets].map(({ native }) => native);
    using watch = new FileWatch(() => {
      this.#stopper.stop('reload');
    });
    for (;;) {
      watch.files = layerFiles(nets);
      const stop = await this.#stopper.run(this.#solver);
      if (stop !== 'reload') return stop;
      this.#sayReloaded(reloadLayers(nets, watch.take()));
    }
  }

  /** The nets of a solver have the same layers: each is told of once. */
  #sayReloaded(all: readonly Reloaded[]): void {
    const told = new Map(all.map((one) => [`${one.layer}: ${String(one.mistake)}`, one]));
    for (const { layer, path, mistake } of told.values()) {
      const loaded = mistake === undefined;
      const line = `iteration ${this.#solver.iter}: ${layer} ${loaded ? 'is new from' : 'stays, for a mistake in'} ${path}`;
      this.#say('reload', line, { layer, path, loaded });
      if (!loaded) report(mistake, 'train');
    }
  }

  readonly #interrupt = (signal: NodeJS.Signals): void => {
    this.#progress.clear();
    process.stderr.write(`${signal}: ending after this iteration; once more to end now\n`);
    this.#stopper.stop({ why: signal });
  };

  readonly #snapshotNow = (): void => {
    // The run goes on, whatever comes of it.
    this.#solver.snapshotNow().catch((error: unknown) => report(error, 'train'));
  };

  readonly #afterIteration = ({ iter, loss, smoothedLoss, lr, outputs }: TrainingReport): void => {
    // Caffe counts from 0: how many updates the weights had that gave this loss.
    const index = iter - 1;
    const rate = this.#rate;
    this.#rate = lr;
    if (this.#options.json && this.#display > 0 && index % this.#display === 0) {
      printJson({ event: 'iteration', iter: index, loss, smoothedLoss, lr: rate, outputs });
    }
    const ofTests = this.#tests?.iter === index ? this.#tests.outputs : {};
    this.#tests = undefined;
    this.#csv?.add({
      iter: index,
      seconds: this.#seconds,
      lr: rate,
      loss,
      smoothedLoss,
      outputs: { ...named('train', outputs), ...ofTests },
    });
    this.#progress.update({ iter, loss, smoothedLoss, lr, outputs, milliseconds: 0 });
    if (iter === this.#maxIter) this.#finalSnapshot();
  };

  get #seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  readonly #afterTest = (test: TestReport): void => {
    const { iter, index, outputs } = test;
    this.#progress.tested(test);
    const which = index === 0 ? 'test' : `test net ${index}`;
    const values = Object.entries(outputs).map(([name, value]) => `${name} = ${asInCaffe(value)}`);
    this.#say('test', `iteration ${iter}, ${which}: ${values.join(', ')}`, { net: index, outputs });
    if (this.#tests?.iter !== iter) this.#tests = { iter, outputs: {} };
    Object.assign(this.#tests.outputs, named(index, outputs));
    const best = this.#best?.consider(test);
    if (best !== undefined) this.#say('best', `iteration ${iter}, best so far: ${best.path}`, { model: best.path });
    const metric = this.#metric === undefined ? undefined : outputs[this.#metric.name];
    if (index === 0 && metric !== undefined && this.#stopping?.step(metric)) {
      this.#stopper.stop({ why: `${this.#metric?.name ?? ''} gets better no more` });
    }
  };

  readonly #afterSnapshot = (snapshot: Snapshot): void => {
    const { iter, state, model } = snapshot;
    this.#snapshot = snapshot;
    this.#say('snapshot', `iteration ${iter}, snapshot: ${state}`, { state, model });
  };

  /** What Caffe does when training ends, unless the last iteration was due for a snapshot anyway. */
  #finalSnapshot(): void {
    const { iter } = this.#solver;
    const isDue = this.#interval > 0 && iter % this.#interval === 0;
    const isTaken = isDue || this.#snapshot?.iter === iter;
    if (this.#options.snapshotAfterTrain && !isTaken) this.#solver.snapshot();
  }

  #end(why: string | undefined): void {
    const { iter } = this.#solver;
    if (why !== undefined) this.#finalSnapshot();
    // The last test follows the last iteration.
    if (this.#tests !== undefined) this.#csv?.add({ ...this.#tests, seconds: this.#seconds });
    const seconds = this.#seconds;
    const done = `${iter - this.#first} iterations in ${seconds.toFixed(1)} s`;
    this[Symbol.dispose]();
    this.#say('end', why === undefined ? `done: ${done}` : `stopped at iteration ${iter}: ${why}; ${done}`, {
      why: why ?? 'max_iter',
      seconds,
    });
    if (why === undefined || this.#options.json) return;
    const state = this.#snapshot?.state;
    printLine(state === undefined ? 'no snapshot: snapshot_after_train is false' : `to go on: ${commandToGoOn(state)}`);
  }

  [Symbol.dispose](): void {
    const solver = this.#solver;
    solver.off('iteration', this.#afterIteration).off('test', this.#afterTest).off('snapshot', this.#afterSnapshot);
    this.#progress[Symbol.dispose]();
    this.#csv?.[Symbol.dispose]();
  }
}

function named(net: number | 'train', outputs: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [column(net, name), value]));
}
