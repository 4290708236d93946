import {
  axisOf,
  count,
  fieldsOf,
  firstOf,
  isSet,
  keepBatch,
  topOf,
  type Conversion,
  type Converter,
} from '../conversion.js';
import type { Shape, Value } from '../graph.js';

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly pad: readonly number[];
  readonly dilation: readonly number[];
}

/** The window of a layer whose bottom ends with the channels: ONNX needs at least one spatial axis. */
const point: Window = { kernel: [1], stride: [1], pad: [0], dilation: [1] };

/** The sizes of a window along the spatial axes: one number for all, one for each, or the fields for 2-D. */
function windowOf(layer: Conversion, axes: number): Window {
  if (axes === 0) return point;
  const fields = fieldsOf(layer, 'convolutionParam');
  const each = (list: readonly number[], otherwise: number): number[] =>
    Array.from({ length: axes }, (_, i) => list[list.length === 1 ? 0 : i] ?? otherwise);
  const has = (name: keyof typeof fields): boolean => isSet(fields, name);
  return {
    kernel: has('kernelH') || has('kernelW') ? [fields.kernelH, fields.kernelW] : each(fields.kernelSize, 1),
    stride: has('strideH') || has('strideW') ? [fields.strideH, fields.strideW] : each(fields.stride, 1),
    pad: has('padH') || has('padW') ? [fields.padH, fields.padW] : each(fields.pad, 0),
    dilation: each(fields.dilation, 1),
  };
}

/**
 * The zeros after each spatial axis. Caffe divides towards 0 where ONNX rounds down, so a window that is a little
 * larger than the image and its padding still has a place.
 */
function padAfter({ kernel, stride, pad, dilation }: Window, size: Shape, result: Shape): number[] {
  return kernel.map((length, i) => {
    const [before = 0, from = 1, to = 1] = [pad[i], size[i + 2], result[i + 2]];
    const reach = (to - 1) * (stride[i] ?? 1) + (length - 1) * (dilation[i] ?? 1) + 1;
    return Math.max(before, reach - before - from);
  });
}

const attributesOf = ({ kernel, stride, pad, dilation }: Window, after = pad) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...pad, ...after],
  dilations: dilation,
});

/** All axes before the channels are one, as in Caffe. */
function inPlaces(shape: Shape, axis: number): Shape {
  const spatial = shape.slice(axis + 1);
  return [count(shape.slice(0, axis)), shape[axis] ?? 1, ...(spatial.length === 0 ? [1] : spatial)];
}

/** Convolution and Deconvolution: each bottom with the same weights. */
const convolve: Converter = (layer) => {
  const { graph, bottom, top, type } = layer;
  const { group, biasTerm, axis: givenAxis } = fieldsOf(layer, 'convolutionParam');
  return bottom.map((x, i) => {
    const shape = top[i] ?? [];
    const axis = axisOf(givenAxis, x.shape);
    keepBatch(x, axis);
    const places = inPlaces(x.shape, axis);
    const window = windowOf(layer, x.shape.length - axis - 1);
    const result = inPlaces(shape, axis);
    const [, inner = 1] = places;
    const [, outputs = 1] = result;
    const isForward = type === 'Convolution';
    const matrix = isForward ? [outputs, inner / group] : [inner, outputs / group];
    const weights = layer.blob(0, [...matrix, ...window.kernel]);
    const inputs = [graph.reshape(x, places), weights, ...(biasTerm ? [layer.blob(1, [outputs])] : [])];
    const after = isForward ? padAfter(window, places, result) : window.pad;
    const attributes = { group, ...attributesOf(window, after) };
    return graph.reshape(graph.op(isForward ? 'Conv' : 'ConvTranspose', inputs, result, attributes), shape);
  });
};

/** A convolution whose weights pick each place of the window. */
const im2col: Converter = (layer) => {
  const { graph } = layer;
  const x = firstOf(layer);
  const axis = axisOf(fieldsOf(layer, 'convolutionParam').axis, x.shape);
  keepBatch(x, axis);
  const window = windowOf(layer, x.shape.length - axis - 1);
  const places = count(window.kernel);
  const channels = x.shape[axis] ?? 1;
  const picks = new Float32Array(channels * places * places);
  for (let i = 0; i < channels * places; i++) picks[i * places + (i % places)] = 1;
  const weights = graph.floats(picks, [channels * places, 1, ...window.kernel]);
  const [from, to] = [inPlaces(x.shape, axis), inPlaces(topOf(layer), axis)];
  const attributes = { group: channels, ...attributesOf(window, padAfter(window, from, to)) };
  const result = graph.op('Conv', [graph.reshape(x, from), weights], to, attributes);
  return [graph.reshape(result, topOf(layer))];
};

const innerProduct: Converter = (layer) => {
  const { graph } = layer;
  const { axis, biasTerm, transpose, numOutput } = fieldsOf(layer, 'innerProductParam');
  const x = firstOf(layer);
  const first = axisOf(axis, x.shape);
  keepBatch(x, first);
  const rows = count(x.shape.slice(0, first));
  const size = count(x.shape.slice(first));
  const matrix = graph.reshape(x, [rows, size]);
  const weights = layer.blob(0, transpose ? [size, numOutput] : [numOutput, size]);
  const bias: Value[] = biasTerm ? [layer.blob(1, [numOutput])] : [];
  const product = graph.op('Gemm', [matrix, weights, ...bias], [rows, numOutput], { transB: transpose ? 0 : 1 });
  return [graph.reshape(product, topOf(layer))];
};

export const convolutions: Readonly<Record<string, Converter>> = {
  Convolution: convolve,
  Deconvolution: convolve,
  Im2col: im2col,
  InnerProduct: innerProduct,
};
