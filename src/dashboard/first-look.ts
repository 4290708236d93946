import type { Solver } from '../solver/solver.js';
import type { NetDescription, Status } from './messages.js';
import { describeLayers, drawingOf } from './net/description.js';
import { statusOf } from './steering/steering.js';
import { Trial } from './trial/trial.js';

/** What a dashboard needs to know of a solver before it opens. */
export interface FirstLook {
  status: Status;
  net: NetDescription;
  trial: Trial | undefined;
}

function look(solver: Solver, labels: readonly string[]): FirstLook {
  const { net } = solver;
  const trial = Trial.of(solver, labels);
  const dot = { LR: drawingOf(net, 'LR'), TB: drawingOf(net, 'TB') };
  const description = { name: net.name, layers: describeLayers(net), dot, image: trial?.image };
  return { status: statusOf(solver), net: description, trial };
}

/**
 * Looks at a solver and its nets: at once, or while a run is under way, after the iteration at hand.
 *
 * @throws {CaffeError} ERR_CAFFE_BUSY while one of its nets runs for somebody else; ERR_CAFFE_DISPOSED
 */
export async function firstLook(solver: Solver, labels: readonly string[]): Promise<FirstLook> {
  if (!solver.runs.isUnderWay) return look(solver, labels);
  return new Promise((resolve, reject) => {
    const now = (): void => {
      solver.off('iteration', now);
      unwatch();
      try {
        resolve(look(solver, labels));
      } catch (thrown) {
        const error = thrown as Error;
        reject(error);
      }
    };
    const unwatch = solver.runs.watch({ end: now });
    solver.on('iteration', now);
  });
}
