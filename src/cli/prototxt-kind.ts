/** A field that only solvers have, or that names a net, at the beginning of a line. */
const solverField = /^\s*(base_lr|lr_policy|max_iter|solver_type|solver_mode|(train_|test_)?net)\s*:/m;

/** Whether a prototxt is a solver's, by its fields; else it is a net's. */
export function isSolver(text: string): boolean {
  return solverField.test(text);
}
