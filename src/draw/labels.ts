import { expectList, expectObject } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { messageType, type caffe } from '../proto/schema.js';

/** The direction of a drawing: it starts at the left, the right, the top or the bottom. pycaffe has no 'RL'. */
export type RankDir = 'LR' | 'RL' | 'TB' | 'BT';

const { valuesById: poolMethods } = messageType('LayerParameter').lookupEnum('PoolingParameter.PoolMethod');
const learning = ['Convolution', 'Deconvolution', 'InnerProduct'];

/** The names of the pooling methods, by their numbers in Caffe's messages. A new object on each call. */
export function getPoolingTypesDict(): Record<number, string> {
  return { ...poolMethods };
}

function expectLayer(layer: caffe.LayerParameter): caffe.LayerParameter {
  return expectObject(layer, 'layer', 'a LayerParameter, as readNet gives them,');
}

/**
 * The label of the arrow from a layer to its top: the batch size or the number of outputs. Empty for most layer types.
 */
export function getEdgeLabel(layer: caffe.LayerParameter): string {
  switch (expectLayer(layer).type) {
    case 'Data':
      return `Batch ${layer.dataParam?.batchSize ?? 0}`;
    case 'Convolution':
    case 'Deconvolution':
      return String(layer.convolutionParam?.numOutput ?? 0);
    case 'InnerProduct':
      return String(layer.innerProductParam?.numOutput ?? 0);
    default:
      return '';
  }
}

/**
 * The learning rate multipliers of weights and bias; 1 where the layer sets none.
 *
 * @throws {CaffeError} ERR_CAFFE_FORMAT if the layer has more than two `param` messages
 */
export function getLayerLrMult(layer: caffe.LayerParameter): [weights: number, bias: number] {
  const { name, param } = expectLayer(layer);
  expectList(param, 'layer.param');
  if (param.length > 2) {
    throw new CaffeError('ERR_CAFFE_FORMAT', `layer "${name}" has ${param.length} param messages, at most 2 are known`);
  }
  return [param[0]?.lrMult ?? 1, param[1]?.lrMult ?? 1];
}

/** One digit after the point. Ties go to the even digit, as in Python: 0.25 becomes 0.2. */
function oneDigit(x: number): string {
  const tenfold = x * 10;
  return Number.isInteger(tenfold * 2) && !Number.isInteger(tenfold)
    ? ((2 * Math.round(tenfold / 2)) / 10).toFixed(1)
    : x.toFixed(1);
}

function spatialParts(layer: caffe.LayerParameter): string[] {
  if (layer.type === 'Pooling') {
    const { kernelSize, stride, pad } = layer.poolingParam ?? {};
    return [`kernel size: ${kernelSize ?? 0}`, `stride: ${stride ?? 1}`, `pad: ${pad ?? 0}`];
  }
  if (layer.type !== 'Convolution' && layer.type !== 'Deconvolution') return [];
  const { kernelSize, stride, pad } = layer.convolutionParam ?? {};
  return [`kernel size: ${kernelSize?.[0] ?? 1}`, `stride: ${stride?.[0] ?? 1}`, `pad: ${pad?.[0] ?? 0}`];
}

/**
 * The label of a layer's node: name, type, kernel and, with `displayLrm`, the learning rate multipliers. The parts are
 * on separate lines if the drawing is horizontal, else separated by spaces.
 */
export function getLayerLabel(layer: caffe.LayerParameter, rankdir: RankDir, displayLrm = false): string {
  const pool = expectLayer(layer).type === 'Pooling' ? ` ${poolMethods[layer.poolingParam?.pool ?? 0] ?? ''}` : '';
  const parts = [layer.name, `(${layer.type}${pool})`, ...spatialParts(layer)];
  if (displayLrm && learning.includes(layer.type)) {
    const [weights, bias] = getLayerLrMult(layer);
    if (weights !== 0 || bias !== 0) parts.push(`lr mult: ${oneDigit(weights)}, ${oneDigit(bias)}`);
  }
  return parts.join(rankdir === 'TB' || rankdir === 'BT' ? ' ' : '\n');
}

/** The fill colour of a layer's node, as `#RRGGBB`. */
export function chooseColorByLayertype(type: string): string {
  switch (type) {
    case 'Convolution':
    case 'Deconvolution':
      return '#FF5050';
    case 'Pooling':
      return '#FF9900';
    case 'InnerProduct':
      return '#CC33FF';
    default:
      return '#6495ED';
  }
}
