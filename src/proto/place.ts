import { CaffeError, placedError } from '../error/caffe-error.js';
import type { ReadSource } from './source.js';

/** Whether a mistake is the solver's own: found by Caffe's files that know solvers and no layers, or by us. */
function isOfSolver({ code, source = '' }: CaffeError): boolean {
  const found = /^(solver|solver_factory|sgd_solvers?)\./.test(source);
  return found || code === 'ERR_CAFFE_SOLVER' || code === 'ERR_CAFFE_NO_GPU';
}

/**
 * Runs what builds nets from `sources`, and adds to its errors the file, and the line of the layer that they name.
 *
 * @param solver - the file that is to blame for what is wrong with none of the nets
 */
export function withPlaces<T>(
  sources: readonly ReadSource[],
  phase: 'train' | 'test' | undefined,
  build: () => T,
  solver?: string,
): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof CaffeError) || error.file !== undefined) throw error;
    for (const { file, layers } of sources) {
      if (file === undefined) continue;
      const name = error.layer ?? /\(layer '([^']*)'/.exec(error.message)?.[1];
      const line = layers.find((layer) => layer.name === name && (phase === undefined || layer[phase]))?.line;
      if (line !== undefined) throw placedError(error, { file, line });
    }
    const [net] = sources.flatMap((source) => source.file ?? []);
    const file = isOfSolver(error) ? solver : net;
    throw file === undefined ? error : placedError(error, { file });
  }
}
