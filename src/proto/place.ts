import { CaffeError, placedError } from '../error/caffe-error.js';
import type { LayerLine } from '../../typings/native.js';
import type { ReadSource } from './source.js';

/** Whether a mistake is the solver's own: found by Caffe's files that know solvers and no layers, or by us. */
function isOfSolver({ code, source = '' }: CaffeError): boolean {
  const found = /^(solver|solver_factory|sgd_solvers?)\./.test(source);
  return found || code === 'ERR_CAFFE_SOLVER' || code === 'ERR_CAFFE_NO_GPU';
}

/** Of a type that there is not, Caffe only says the type where the solver's rank is not 0. */
function isOfUnknownType({ layer, message }: CaffeError, { type }: LayerLine): boolean {
  return layer === undefined && type !== undefined && message.includes(`Unknown layer type: ${type} (known`);
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
      const present = layers.filter((layer) => phase === undefined || layer[phase]);
      const named = present.find((layer) => layer.name === name);
      if (named !== undefined) throw placedError(error, { file, line: named.line });
      const unknown = present.find((layer) => isOfUnknownType(error, layer));
      if (unknown !== undefined) throw placedError(error, { file, line: unknown.line, layer: unknown.name });
    }
    const [net] = sources.flatMap((source) => source.file ?? []);
    const file = isOfSolver(error) ? solver : net;
    throw file === undefined ? error : placedError(error, { file });
  }
}
