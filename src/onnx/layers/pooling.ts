import { count, fieldsOf, firstOf, isSet, NotInOnnx, topOf, type Converter, type Values } from '../conversion.js';
import type { Graph, Shape, Value } from '../graph.js';

/** FLT_MAX: what Caffe's maximum begins with, so what it is where a window has no element. */
const largest = 3.4028234663852886e38;

/** Along rows and along columns. */
type Pair = readonly [number, number];

export interface Pool {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pad: Pair;
}

const both = (f: (axis: 0 | 1) => number): Pair => [f(0), f(1)];

/** The rows and columns of N·C·H·W. */
const planeOf = ([, , height = 1, width = 1]: Shape): Pair => [height, width];

/** How far the last window reaches over the edge. Caffe rounds sizes up, so it may be more than the padding. */
function overhang({ kernel, stride, pad }: Pool, size: Shape, pooled: Shape): Pair {
  const [from, to] = [planeOf(size), planeOf(pooled)];
  return both((i) => Math.max(0, (to[i] - 1) * stride[i] + kernel[i] - from[i] - pad[i]));
}

/** The maximum of each window, and where in its channel the maximum is if `mask` is wanted. */
export function maxPool(graph: Graph, x: Value, pool: Pool, pooled: Shape, mask = false): Values {
  const end = overhang(pool, x.shape, pooled);
  const isUsual = both((i) => Number(pool.pad[i] < pool.kernel[i] && end[i] < pool.kernel[i]));
  const attributes = { kernel_shape: pool.kernel, strides: pool.stride };
  if (isUsual[0] && isUsual[1]) {
    const pads = [...pool.pad, ...end];
    if (!mask) return [graph.op('MaxPool', [x], pooled, { ...attributes, pads })];
    return withMask(graph, x, { ...attributes, pads }, pooled);
  }
  if (mask) throw new NotInOnnx('has windows outside of the image, of which ONNX has no mask');
  const whole = graph.pad(x, [0, 0, ...pool.pad], [0, 0, ...end], -largest);
  return [graph.op('MaxPool', [whole], pooled, attributes)];
}

/** ONNX numbers the elements of the whole blob, Caffe those of a channel. */
function withMask(graph: Graph, x: Value, attributes: Record<string, readonly number[]>, pooled: Shape): Values {
  const [, , height = 1, width = 1] = x.shape;
  const results = [{ shape: pooled }, { shape: pooled, type: 'int64' }] as const;
  const [maximum, place] = graph.ops('MaxPool', [x], results, attributes);
  const inChannel = graph.op('Mod', [place, graph.integers([height * width])], pooled, {}, 'int64');
  return [maximum, graph.cast(inChannel, 'float')];
}

/** The mean of each window. Padding counts as elements, what lies behind it does not. */
export function averagePool(graph: Graph, x: Value, pool: Pool, pooled: Shape): Value {
  const end = overhang(pool, x.shape, pooled);
  const attributes = { kernel_shape: pool.kernel, strides: pool.stride };
  const behind = both((i) => Math.max(0, end[i] - pool.pad[i]));
  if (behind[0] >= pool.kernel[0] || behind[1] >= pool.kernel[1]) {
    throw new NotInOnnx('has windows that lie outside of the image and its padding');
  }
  if (behind[0] === 0 && behind[1] === 0) {
    return graph.op('AveragePool', [x], pooled, { ...attributes, pads: [...pool.pad, ...end], count_include_pad: 1 });
  }
  const hasPad = pool.pad[0] > 0 || pool.pad[1] > 0;
  const whole = hasPad ? graph.pad(x, [0, 0, ...pool.pad], [0, 0, ...pool.pad], 0) : x;
  return graph.op('AveragePool', [whole], pooled, { ...attributes, pads: [0, 0, ...behind] });
}

/** The numbers of `PoolingParameter.PoolMethod`. */
const average = 1;
const stochastic = 2;

const pooling: Converter = (layer) => {
  const { graph } = layer;
  const fields = fieldsOf(layer, 'poolingParam');
  const x = firstOf(layer);
  let pool: Pool;
  if (fields.globalPooling) {
    pool = { kernel: planeOf(x.shape), stride: [1, 1], pad: [0, 0] };
  } else {
    pool = {
      kernel: isSet(fields, 'kernelSize') ? [fields.kernelSize, fields.kernelSize] : [fields.kernelH, fields.kernelW],
      stride: isSet(fields, 'strideH') ? [fields.strideH, fields.strideW] : [fields.stride, fields.stride],
      pad: isSet(fields, 'padH') ? [fields.padH, fields.padW] : [fields.pad, fields.pad],
    };
  }
  if (fields.pool === stochastic) throw new NotInOnnx('draws at random');
  if (fields.pool === average) return [averagePool(graph, x, pool, topOf(layer))];
  return maxPool(graph, x, pool, topOf(layer), layer.top.length > 1);
};

/** One level of the pyramid: 2^level windows along each axis, as far around the image as they need. */
function levelOf(x: Value, level: number): { pool: Pool; pooled: Shape } {
  const bins = 2 ** level;
  const plane = planeOf(x.shape);
  const kernel = both((i) => Math.ceil(plane[i] / bins));
  const pad = both((i) => Math.floor((kernel[i] * bins - plane[i] + 1) / 2));
  return { pool: { kernel, stride: kernel, pad }, pooled: [...x.shape.slice(0, 2), bins, bins] };
}

const spatialPyramid: Converter = (layer) => {
  const { graph } = layer;
  const x = firstOf(layer);
  const { pyramidHeight, pool: method } = fieldsOf(layer, 'sppParam');
  if (method === stochastic) throw new NotInOnnx('draws at random');
  const vectorOf = (level: number): Value => {
    const { pool, pooled } = levelOf(x, level);
    const result = method === average ? averagePool(graph, x, pool, pooled) : maxPool(graph, x, pool, pooled)[0];
    return graph.reshape(result, [pooled[0] ?? 1, count(pooled.slice(1))]);
  };
  const others = Array.from({ length: pyramidHeight - 1 }, (_, i) => vectorOf(i + 1));
  return [graph.reshape(graph.concat([vectorOf(0), ...others], 1), topOf(layer))];
};

export const poolings: Readonly<Record<string, Converter>> = { Pooling: pooling, SPP: spatialPyramid };
