import {
  axisOf,
  count,
  fieldsOf,
  firstOf,
  isSet,
  keepBatch,
  NotInOnnx,
  refuseBatch,
  testPhase,
  topOf,
  type Converter,
} from '../conversion.js';
import { float, type Graph, type Value } from '../graph.js';
import { averagePool } from './pooling.js';

/** The number of `LRNParameter.NormRegion`. */
const withinChannel = 1;

const lrn: Converter = (layer) => {
  const { graph } = layer;
  const x = firstOf(layer);
  const { localSize: size, alpha, beta, k, normRegion } = fieldsOf(layer, 'lrnParam');
  if (normRegion !== withinChannel) {
    return [graph.op('LRN', [x], x.shape, { size, alpha: float(alpha), beta: float(beta), bias: float(k) })];
  }
  // x · (1 + alpha · mean of x² in the window)^-beta. Caffe does not read k here.
  const pad = (size - 1) / 2;
  const pool = { kernel: [size, size], stride: [1, 1], pad: [pad, pad] } as const;
  const mean = averagePool(graph, graph.multiply(x, x), pool, x.shape);
  const scale = graph.add(graph.multiply(mean, alpha), 1);
  return [graph.multiply(x, graph.op('Pow', [scale, graph.scalar(-beta)], x.shape))];
};

/** The mean over some axes, which stay with length 1. */
function meanOver(graph: Graph, x: Value, axes: readonly number[]): Value {
  const total = graph.sum(x, axes);
  return graph.multiply(total, 1 / count(axes.map((axis) => x.shape[axis] ?? 1)));
}

/** Caffe keeps sums of means and of variances, and in the third blob what they must be divided by. */
function runningFactor(sum: Float32Array): number {
  const [weight = 0] = sum;
  return weight === 0 ? 0 : 1 / weight;
}

const batchNorm: Converter = (layer) => {
  const { graph, param } = layer;
  const x = firstOf(layer);
  const fields = fieldsOf(layer, 'batchNormParam');
  const { eps } = fields;
  const isGlobal = isSet(fields, 'useGlobalStats') ? fields.useGlobalStats : param.phase === testPhase;
  const channels = x.shape[1] ?? 1;
  if (isGlobal) {
    if (layer.values(0).length !== channels || layer.values(1).length !== channels) {
      throw new NotInOnnx(`has learnable blobs for another number of channels than ${channels}`);
    }
    const factor = runningFactor(layer.values(2));
    const [mean, variance] = [0, 1].map((i) => graph.floats(layer.values(i).map((value) => value * factor)));
    const [ones, zeros] = [1, 0].map((value) => graph.floats(new Float32Array(channels).fill(value)));
    const inputs = [x, ones, zeros, mean, variance];
    return [graph.op('BatchNormalization', inputs, x.shape, { epsilon: float(eps) })];
  }
  refuseBatch([x], 'uses the statistics of its batch');
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const centred = graph.subtract(x, meanOver(graph, x, axes));
  const variance = graph.add(meanOver(graph, graph.multiply(centred, centred), axes), eps);
  return [graph.divide(centred, graph.op('Sqrt', [variance], variance.shape))];
};

/** Zero mean and unit variance for each item, or for each channel of each item. The top has four axes, always. */
const mvn: Converter = (layer) => {
  const { graph } = layer;
  const { normalizeVariance, acrossChannels, eps } = fieldsOf(layer, 'mvnParam');
  const x = firstOf(layer);
  const groups = count(x.shape.slice(0, acrossChannels ? 1 : 2));
  const rows = graph.reshape(x, [groups, count(x.shape) / groups]);
  let result = graph.subtract(rows, meanOver(graph, rows, [1]));
  if (normalizeVariance) {
    const variance = meanOver(graph, graph.multiply(result, result), [1]);
    result = graph.divide(result, graph.add(graph.op('Sqrt', [variance], variance.shape), eps));
  }
  return [graph.reshape(result, topOf(layer))];
};

const softmax: Converter = (layer) => {
  const x = firstOf(layer);
  const axis = axisOf(fieldsOf(layer, 'softmaxParam').axis, x.shape);
  keepBatch(x, axis);
  return [layer.graph.op('Softmax', [x], topOf(layer), { axis })];
};

export const normalizations: Readonly<Record<string, Converter>> = {
  LRN: lrn,
  BatchNorm: batchNorm,
  MVN: mvn,
  Softmax: softmax,
};
