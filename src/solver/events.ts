import type { LayerProfile } from '../profile/net-profile.js';
import type { Snapshot } from './snapshot.js';

/** What {@link Solver.train} and the event `iteration` tell. */
export interface TrainingReport {
  iter: number;
  /** Of the last iteration. */
  loss: number;
  /** The mean over the last `average_loss` iterations. */
  smoothedLoss: number;
  /** Of the next update. */
  lr: number;
  /** The train net's outputs in the last iteration: by name if one number, else `name[i]`. */
  outputs: Record<string, number>;
  /** The mean time of an iteration since the last report, what happened in between included. */
  milliseconds: number;
}

export interface TestReport {
  iter: number;
  /** Which test net. */
  index: number;
  /** The mean of each output over the `test_iter` batches: by its name if it is one number, else by `name[i]`. */
  outputs: Record<string, number>;
}

export interface RateChange {
  /** The iteration whose update is the first to use it. */
  iter: number;
  lr: number;
  /** Of the update before. */
  previous: number;
}

/**
 * The events of a {@link Solver}, in synchronous and asynchronous calls alike. Caffe waits for the listeners: they may
 * look at the nets, change rates and ask for snapshots and tests, and what they throw ends the call. Without listeners
 * they cost nothing.
 *
 * They are events of node:events: a promise that a listener returns is not waited for, and if it is rejected, that is
 * an unhandled rejection. Caffe waits for promises of {@link Solver.addCallback}.
 */
export interface SolverEvents {
  /** After each update. */
  iteration: [report: TrainingReport];
  /** After each test, whether it was due by `test_interval` or asked for. */
  test: [report: TestReport];
  /** After each snapshot, whether it was due by `snapshot` or asked for. */
  snapshot: [snapshot: Snapshot];
  /**
   * After each update: how long the train net's layers took in it. Listening is what makes it measure, see
   * {@link Solver.profile}.
   */
  timings: [timings: { iter: number; layers: LayerProfile[] }];
  /** Before an update whose learning rate is another than that of the update before. */
  lr: [change: RateChange];
}

/** Values of output blobs under their names: `name` for a blob of one value, else `name[i]`. @internal */
export function outputsByName(names: readonly string[], values: readonly ArrayLike<number>[]): Record<string, number> {
  const entries = values.flatMap((ofBlob, output) => {
    const name = names[output] ?? '';
    return Array.from(ofBlob, (value, i) => [ofBlob.length === 1 ? name : `${name}[${i}]`, value] as const);
  });
  return Object.fromEntries(entries);
}
