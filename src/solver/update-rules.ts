import type { Source } from '../proto/source.js';
import { Solver } from './solver.js';

/** A solver of the rule that its prototxt names: pycaffe's `get_solver`, the same as `new Solver(source)`. */
export function getSolver(source: Source<'SolverParameter'>): Solver {
  return new Solver(source);
}

/** Stochastic gradient descent with momentum, whatever the prototxt's `type`. */
export class SGDSolver extends Solver {
  static override readonly type = 'SGD';
}

/** Nesterov's accelerated gradient. */
export class NesterovSolver extends Solver {
  static override readonly type = 'Nesterov';
}

/** AdaGrad; `momentum` must be 0. */
export class AdaGradSolver extends Solver {
  static override readonly type = 'AdaGrad';
}

/** RMSProp; `momentum` must be 0. */
export class RMSPropSolver extends Solver {
  static override readonly type = 'RMSProp';
}

/** AdaDelta. */
export class AdaDeltaSolver extends Solver {
  static override readonly type = 'AdaDelta';
}

/** Adam. */
export class AdamSolver extends Solver {
  static override readonly type = 'Adam';
}
