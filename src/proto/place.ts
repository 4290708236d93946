import { CaffeError, placedError } from '../error/caffe-error.js';
import type { ReadSource } from './source.js';

/**
 * Runs what builds a net from `sources`, and adds to its errors the file, and the line of the layer that they name.
 */
export function withPlaces<T>(sources: readonly ReadSource[], phase: 'train' | 'test' | undefined, build: () => T): T {
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
    const [file] = sources.flatMap((source) => source.file ?? []);
    throw file === undefined ? error : placedError(error, { file });
  }
}
