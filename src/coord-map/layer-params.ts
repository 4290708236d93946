import { argumentError, expectObject, expectString } from '../error/argument.js';
import type { LayerCall } from '../net-spec/layer-call.js';
import { UndefinedMapException } from './exceptions.js';

/** The spatial parameters of a convolution or pooling: each list holds one number for all spatial axes, or one for each. */
export interface ConvParams {
  /** The axis before the first spatial one. */
  axis: number;
  stride: number[];
  /** What a kernel covers, in pixels, its dilation included. */
  kernelSize: number[];
  pad: number[];
}

export interface CropParams {
  /** The first axis that is cropped. */
  axis: number;
  offset: number[];
}

type Size = number | number[] | null | undefined;

/** The fields that say one thing: for all axes, or for rows and columns. */
function sizes(all: Size, height: Size, width: Size, otherwise?: number): number[] | undefined {
  if (typeof height === 'number' || typeof width === 'number') return [Number(height ?? 0), Number(width ?? 0)];
  const given = typeof all === 'number' ? [all] : (all ?? []);
  if (given.length > 0) return given;
  return otherwise === undefined ? undefined : [otherwise];
}

/** The `layer` of a top. @internal */
export function expectLayer(layer: LayerCall): LayerCall {
  const { type, message } = expectObject(layer, 'layer', "a top's layer");
  expectString(type, 'layer.type');
  expectObject(message, 'layer.message', "a layer's parameters");
  return layer;
}

/**
 * Reads the parameters that decide where a layer's tops lie, from `convolutionParam` or, of a Pooling, `poolingParam`.
 *
 * @param layer - the `layer` of a top
 * @throws {UndefinedMapException} a layer without a kernel, such as a global pooling
 */
export function convParams(layer: LayerCall): ConvParams {
  const { convolutionParam, poolingParam } = expectLayer(layer).message;
  const params = (layer.type === 'Pooling' ? poolingParam : convolutionParam) ?? {};
  const { kernelSize, kernelH, kernelW, stride, strideH, strideW, pad, padH, padW } = params;
  const kernel = sizes(kernelSize, kernelH, kernelW);
  if (kernel === undefined)
    throw new UndefinedMapException(`A ${layer.type} layer without a kernel size has no mapping`);
  const dilation = sizes('dilation' in params ? params.dilation : undefined, undefined, undefined, 1) ?? [1];
  const axes = Math.max(kernel.length, dilation.length);
  const at = (list: number[], i: number): number => list[list.length === 1 ? 0 : i] ?? 1;
  return {
    axis: ('axis' in params ? params.axis : undefined) ?? 1,
    stride: sizes(stride, strideH, strideW, 1) ?? [1],
    kernelSize: Array.from({ length: axes }, (_, i) => (at(kernel, i) - 1) * at(dilation, i) + 1),
    pad: sizes(pad, padH, padW, 0) ?? [0],
  };
}

/** Reads the parameters of a Crop layer, with Caffe's defaults: the spatial axes of N·C·H·W, from the first pixel. */
export function cropParams(layer: LayerCall): CropParams {
  if (expectLayer(layer).type !== 'Crop') throw argumentError('a Crop layer', 'layer', layer.type);
  const { axis, offset } = layer.message.cropParam ?? {};
  return { axis: axis ?? 2, offset: sizes(offset, undefined, undefined, 0) ?? [0] };
}
