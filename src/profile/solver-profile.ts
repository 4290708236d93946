import type { NativeIterationTime, NativeNet, NativeSolver } from '../../typings/native.js';
import { NetProfile } from './net-profile.js';

/** Means over iterations, in milliseconds. */
export interface IterationTime {
  iterations: number;
  /**
   * From before the first layer to after the update; without tests, snapshots and what listens to the solver's events.
   */
  milliseconds: number;
  /** The update of the weights. */
  update: number;
  /** Callbacks of the solver, on this thread, and the promises that they return. */
  callbacks: number;
}

/** How long a solver's iterations take, and the layers of its train net in them. */
export class SolverProfile extends NetProfile {
  readonly #solver: NativeSolver;
  readonly #before: NativeIterationTime;
  #end: NativeIterationTime | undefined;

  /** @internal */
  constructor(solver: NativeSolver, net: NativeNet, layers: readonly { name: string; type: string }[]) {
    super(net, layers);
    this.#solver = solver;
    this.#before = solver.timings();
  }

  /** May be read while the solver runs. @throws {CaffeError} ERR_CAFFE_DISPOSED if it was not stopped before */
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
