import type { SourceKind } from './source.js';

/** A field that only solvers have, or that names a net, at the beginning of a line. */
const solverField = /^\s*(base_lr|lr_policy|max_iter|solver_type|solver_mode|(train_|test_)?net(_param)?)\s*[:{]/m;

/** Whether a prototxt is that of a net or of a solver. */
export function kindOfText(text: string): SourceKind {
  return solverField.test(text) ? 'SolverParameter' : 'NetParameter';
}
