import { inAnyCopy } from '../copies/any-copy.js';
import type { Source } from '../proto/source.js';
import type { SolverOptions } from './build-solver.js';
import { Solver } from './solver.js';

/**
 * Makes a solver with the rule that its prototxt names. It is pycaffe's `get_solver`, and does the same as
 * `new Solver(source)`.
 */
export function getSolver(source: Source<'SolverParameter'>, options: SolverOptions = {}): Solver {
  return new Solver(source, options);
}

/** Stochastic gradient descent with momentum. It overrides the prototxt's `type`, as do the classes below. */
export class SGDSolver extends Solver {
  static override readonly type = 'SGD';

  static {
    inAnyCopy(SGDSolver, 'SGDSolver');
  }
}

/** Nesterov's accelerated gradient. */
export class NesterovSolver extends Solver {
  static override readonly type = 'Nesterov';

  static {
    inAnyCopy(NesterovSolver, 'NesterovSolver');
  }
}

/** AdaGrad. `momentum` must be 0. */
export class AdaGradSolver extends Solver {
  static override readonly type = 'AdaGrad';

  static {
    inAnyCopy(AdaGradSolver, 'AdaGradSolver');
  }
}

/** RMSProp. `momentum` must be 0. */
export class RMSPropSolver extends Solver {
  static override readonly type = 'RMSProp';

  static {
    inAnyCopy(RMSPropSolver, 'RMSPropSolver');
  }
}

/** AdaDelta. */
export class AdaDeltaSolver extends Solver {
  static override readonly type = 'AdaDelta';

  static {
    inAnyCopy(AdaDeltaSolver, 'AdaDeltaSolver');
  }
}

/** Adam. */
export class AdamSolver extends Solver {
  static override readonly type = 'Adam';

  static {
    inAnyCopy(AdamSolver, 'AdamSolver');
  }
}
