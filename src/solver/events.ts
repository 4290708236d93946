import { inOrder } from '../order/in-order.js';
import type { LayerProfile } from '../profile/net-profile.js';
import type { Snapshot } from './snapshot.js';

/** The report of {@link Solver.train} and of the event `iteration`. */
export interface TrainingReport {
  /** How many updates have been applied. */
  iter: number;
  /** The loss of the last iteration. */
  loss: number;
  /** The mean loss over the last `average_loss` iterations. */
  smoothedLoss: number;
  /** The learning rate of the next update. */
  lr: number;
  /**
   * The train net's outputs in the last iteration. The key is the blob's name if the blob has one value, otherwise
   * `name[i]`.
   */
  outputs: Record<string, number>;
  /**
   * The mean time of an iteration since the last report, in milliseconds. It includes tests, snapshots, callbacks and
   * listeners. It does not include the idle time between two reports of {@link Solver.train}.
   */
  milliseconds: number;
}

/** The report of the event `test`. */
export interface TestReport {
  /** How many updates have been applied. */
  iter: number;
  /** The index of the test net, from 0. */
  index: number;
  /**
   * The mean of each output over the `test_iter` batches. The key is the blob's name if the blob has one value,
   * otherwise `name[i]`.
   */
  outputs: Record<string, number>;
}

/** A change of the learning rate, of the event `lr`. */
export interface RateChange {
  /** The iteration of the first update that uses the new rate. */
  iter: number;
  /** The new rate. */
  lr: number;
  /** The rate of the previous update. */
  previous: number;
}

/**
 * The events of a {@link Solver}. Synchronous and asynchronous calls emit the same events. Caffe waits for the
 * listeners. A listener may read the nets, change rates, and ask for snapshots and tests. If a listener throws, the
 * call ends with that error. Events without listeners cost nothing.
 *
 * They are events of node:events. A promise that a listener returns is not awaited, and if it rejects, that is an
 * unhandled rejection. Caffe awaits promises from {@link Solver.addCallback}.
 */
export interface SolverEvents {
  /** After each update. */
  iteration: [report: TrainingReport];
  /** After each test, whether `test_interval` scheduled it or you asked for it. */
  test: [report: TestReport];
  /** After each snapshot, whether `snapshot` scheduled it or you asked for it. */
  snapshot: [snapshot: Snapshot];
  /**
   * After each update: how long the train net's layers took in it. The solver measures only while this event has a
   * listener. See {@link Solver.profile}.
   */
  timings: [timings: { iter: number; layers: LayerProfile[] }];
  /** Before an update whose learning rate differs from that of the previous update. */
  lr: [change: RateChange];
}

/**
 * Names the values of output blobs: `name` for a blob of one value, otherwise `name[i]`.
 *
 * @internal
 */
export function outputsByName(names: readonly string[], values: readonly ArrayLike<number>[]): Record<string, number> {
  const entries = values.flatMap((ofBlob, output) => {
    const name = names[output] ?? '';
    return Array.from(ofBlob, (value, i) => [ofBlob.length === 1 ? name : `${name}[${i}]`, value] as const);
  });
  return inOrder(
    Object.fromEntries(entries),
    entries.map(([name]) => name),
  );
}
