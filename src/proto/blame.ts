import type { LayerLine } from '../../typings/native.js';
import { sharedSymbol } from '../copies/any-copy.js';
import type { FindPlace, Mistake } from '../error/caffe-error.js';
import type { ReadSource } from './source.js';

/** The line of the layer that a mistake is about, if it is one of these layers. */
function findLayer({ layer: name, unknownType }: Mistake, layers: readonly LayerLine[]): LayerLine | undefined {
  if (name !== undefined) return layers.find((layer) => layer.name === name);
  // For an unknown type, Caffe logs only the type if the solver's rank is not 0.
  return unknownType === undefined ? undefined : layers.find(({ type }) => type === unknownType);
}

function isOfSolver({ code, ofSolver }: Mistake): boolean {
  return ofSolver === true || code === 'ERR_CAFFE_SOLVER' || code === 'ERR_CAFFE_NO_GPU';
}

/** The sources that nets are built from, and what else tells where a mistake in them is. */
export interface Origin {
  sources: readonly ReadSource[];
  /** The phase whose layers are built; undefined for a solver, which builds those of both. */
  phase?: 'train' | 'test';
  /** The file to name if none of the nets is at fault. */
  solver?: string | undefined;
}

/** Finds the file at fault for an error of the nets that are built, and the line of the layer that it is about. */
export function blame({ sources, phase, solver }: Origin): FindPlace {
  return (mistake) => {
    // The mistake is of another net, one that runs in a layer's setup.
    if (mistake.layerIndex !== undefined && mistake.layerIndex >= 0) return undefined;
    for (const { file, layers } of sources) {
      if (file === undefined) continue;
      const present = layers.filter((layer) => phase === undefined || layer[phase]);
      const found = findLayer(mistake, present);
      if (found !== undefined) return { file, line: found.line, layer: found.name };
    }
    const [net] = sources.flatMap((source) => source.file ?? []);
    // The weights that a solver names.
    const isOfItsFiles = mistake.code === 'ERR_CAFFE_FILE' && mistake.layer === undefined && solver !== undefined;
    const file = isOfSolver(mistake) || isOfItsFiles ? solver : net;
    return file === undefined ? undefined : { file };
  };
}

/** What a net of the addon was built from. Another copy of the package may ask for it. */
const originOf: unique symbol = sharedSymbol('origin') as never;

/** Remembers what a net was built from, for {@link placeOf}. */
export function rememberOrigin<T extends object>(net: T, origin: Origin): T {
  return Object.defineProperty(net, originOf, { value: origin });
}

/** Where a layer of a net is described: file and line, as far as they are known. */
export function placeOf(net: object, layer: string): ReturnType<FindPlace> {
  const origin = (net as { [originOf]?: Origin })[originOf];
  return origin === undefined ? undefined : blame(origin)({ code: 'ERR_CAFFE_LAYER', layer });
}
