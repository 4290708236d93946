import { expectBoolean, expectInteger } from '../error/argument.js';
import { native } from '../native/load.js';

const most = 2 ** 31 - 1;

/**
 * How many solvers train side by side, as this thread of JavaScript has been told; 1 by default. Data layers then share
 * out the records.
 */
export function solverCount(): number {
  return native.solverCount();
}

/** Tells this thread how many solvers train side by side, each in a process or worker of its own. */
export function setSolverCount(count: number): void {
  native.setSolverCount(expectInteger(count, 'count', 1, most));
}

/** Which of them this thread's solver is, from 0. Only number 0 logs and takes snapshots. */
export function solverRank(): number {
  return native.solverRank();
}

/** Tells this thread which of the solvers its own is. Call it before the solver is made. */
export function setSolverRank(rank: number): void {
  native.setSolverRank(expectInteger(rank, 'rank', 0, most));
}

/** Tells this thread that the other solvers are in other processes. */
export function setMultiprocess(multiprocess: boolean): void {
  native.setMultiprocess(expectBoolean(multiprocess, 'multiprocess'));
}
