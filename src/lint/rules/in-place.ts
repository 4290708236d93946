import type { Report } from '../prototxt.js';
import { blobField, nameOf, type Layer, type StateNet } from '../state.js';

type Param = Layer['param'];

/**
 * Whether the backward of a layer is wrong when it computes in place: it reads its bottom, which is gone, or writes its
 * diff before it has read that of the top. Those that tscaffe refuses to build in place are not here.
 */
const needsBottom: Record<string, (param: Param) => boolean> = {
  BNLL: () => true,
  Clip: () => true,
  Log: () => true,
  MVN: ({ mvnParam }) => mvnParam?.normalizeVariance ?? true,
  Power: () => true,
  ReLU: ({ reluParam }) => (reluParam?.negativeSlope ?? 0) < 0,
};

/** Whether the backward of a layer reads its top. */
const needsTop: Record<string, (param: Param) => boolean> = {
  ELU: () => true,
  Eltwise: ({ eltwiseParam }) => eltwiseParam?.operation === 0 && eltwiseParam?.stableProdGrad === false,
  Exp: () => true,
  LRN: ({ lrnParam }) => lrnParam?.normRegion !== 1,
  MVN: ({ mvnParam }) => mvnParam?.normalizeVariance ?? true,
  Power: ({ powerParam }) => ![0, 1, 2].includes(powerParam?.power ?? 1),
  Sigmoid: () => true,
  Softmax: () => true,
  Swish: () => true,
  TanH: () => true,
};

/** ReLU in place only asks which values are above 0; these leave that as it is. */
const keepSigns = ['Dropout', 'ReLU', 'PReLU', 'ELU', 'TanH', 'Swish'];

/** Whether a layer's gradient is wrong if another one changes its top. */
function isSpoiltBy({ param: below }: Layer, { param: above }: Layer): boolean {
  const isInPlace = below.top[0] === below.bottom[0];
  if (needsTop[below.type]?.(below)) return true;
  return below.type === 'ReLU' && isInPlace && !keepSigns.includes(above.type);
}

/** Layers in place that overwrite what a gradient is computed from. Caffe computes a wrong one without a word. */
export function inPlace(net: StateNet, report: Report): void {
  if (net.state.phase !== 'train' || !net.hasLoss) return;
  for (const [i, layer] of net.layers.entries()) {
    const [blob = ''] = layer.param.bottom;
    if (layer.param.top[0] !== blob || !net.learnsBelow(i)) continue;
    const field = blobField(layer, 'top', blob);
    const hint = `give the top of ${nameOf(layer)} a name of its own`;
    if (needsBottom[layer.param.type]?.(layer.param)) {
      const text = `${nameOf(layer)} computes in place, but the gradient of ${layer.param.type} needs what was there before`;
      report('in-place', field, text, hint);
      continue;
    }
    const writer = net.writerOf(blob, i);
    const below = net.layers[writer];
    if (below === undefined || !isSpoiltBy(below, layer)) continue;
    if (!net.learnsBelow(writer)) continue;
    const text = `${nameOf(layer)} overwrites the top of ${nameOf(below)}, from which ${below.param.type} computes its gradient`;
    report('in-place', field, text, hint);
  }
}
