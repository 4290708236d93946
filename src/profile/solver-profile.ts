import type { NativeIterationTime, NativeNet, NativeSolver } from '../../typings/native.js';
import { NetProfile, type ProfiledLayer } from './net-profile.js';

/** Mean times of an iteration, in milliseconds. */
export interface IterationTime {
  /** How many iterations were measured. */
  iterations: number;
  /**
   * The time from before the first layer to after the update. It does not include tests, snapshots and listeners of
   * the solver's events.
   */
  milliseconds: number;
  /** The time of the weight update. */
  update: number;
  /** The time of the solver's callbacks on the JavaScript thread, and of the promises that they return. */
  callbacks: number;
}

/** How long a solver's iterations take, and the layers of its train net in them. */
export class SolverProfile extends NetProfile {
  readonly #solver: NativeSolver;
  readonly #before: NativeIterationTime;
  #end: NativeIterationTime | undefined;

  /** @internal */
  constructor(solver: NativeSolver, net: NativeNet, layers: readonly ProfiledLayer[]) {
    super(net, layers);
    this.#solver = solver;
    this.#before = solver.timings();
  }

  /**
   * The mean times of an iteration. You may read it while the solver runs.
   *
   * @throws {CaffeError} ERR_CAFFE_DISPOSED if the solver was disposed before the profile was stopped
   */
  get iteration(): IterationTime {
    const now = this.#end ?? this.#solver.timings();
    const iterations = now.iterations - this.#before.iterations;
    const mean = (figure: 'nanoseconds' | 'callbacks' | 'updates'): number =>
      iterations === 0 ? 0 : (now[figure] - this.#before[figure]) / iterations / 1e6;
    return { iterations, milliseconds: mean('nanoseconds'), update: mean('updates'), callbacks: mean('callbacks') };
  }

  override stop(): void {
    if (!this.isOver) this.#end = this.#solver.timings();
    super.stop();
  }

  override toString(): string {
    const { iterations, milliseconds, update, callbacks } = this.iteration;
    return (
      `${super.toString()}\nan iteration ${milliseconds.toFixed(3)} ms, of these the update ${update.toFixed(3)}, ` +
      `callbacks ${callbacks.toFixed(3)} (${iterations} iterations)`
    );
  }
}
