import { expectBoolean, expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

const most = 2 ** 31 - 1;

/**
 * How many solvers train in parallel, as set for this JavaScript thread. The default is 1. With more than one, Caffe's
 * data layers divide the records among the solvers.
 */
export function solverCount(): number {
  return native.solverCount();
}

/** Sets for this thread how many solvers train in parallel, each in its own process or worker. */
export function setSolverCount(count: number): void {
  native.setSolverCount(expectInteger(count, 'count', 1, most));
}

/**
 * The rank of this thread's solver among them, from 0. Only the solver of rank 0 logs and takes the snapshots that are
 * due; `solver.snapshot()` writes on any rank.
 */
export function solverRank(): number {
  return native.solverRank();
}

/** Sets for this thread the rank of its own solver. Call it before you make the solver. */
export function setSolverRank(rank: number): void {
  native.setSolverRank(expectInteger(rank, 'rank', 0, most));
}

/** Sets for this thread that the other solvers are in other processes. */
export function setMultiprocess(multiprocess: boolean): void {
  native.setMultiprocess(expectBoolean(multiprocess, 'multiprocess'));
}
