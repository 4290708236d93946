import type { SGDSolver, Solver } from 'tscaffe';

/**
 * @param count - of points
 * @param fields - of the solver, as text
 * @param options - of the data source
 */
export function learn(count: number, batchSize: number, fields?: string, options?: object): SGDSolver;

/** How many floats of gradients it has. */
export const gradients: number;

/** All that has been learned. */
export function valuesOf(solver: Solver): number[][];
