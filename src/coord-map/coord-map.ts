import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectInteger, expectNumbers, expectObject, expectString } from '../error/argument.js';
import { layers } from '../net-spec/layers.js';
import { Top, type LayerCall } from '../net-spec/top.js';

/**
 * Thrown if there is no map: a layer such as InnerProduct does not keep positions, or only such layers connect two
 * tops.
 */
export class UndefinedMapException extends Error {
  /** The name of the class. */
  override name = 'UndefinedMapException';

  static {
    inAnyCopy(UndefinedMapException, 'UndefinedMapException');
  }
}

/** Thrown if two maps cannot be composed: they start at different axes, or have different numbers of axes. */
export class AxisMismatchException extends Error {
  /** The name of the class. */
  override name = 'AxisMismatchException';

  static {
    inAnyCopy(AxisMismatchException, 'AxisMismatchException');
  }
}

/**
 * The spatial parameters of a convolution or pooling. Each list holds one number for all spatial axes, or one number
 * per axis.
 */
export interface ConvParams {
  /** The axis before the first spatial axis. */
  axis: number;
  /** The stride, in pixels. */
  stride: number[];
  /** The extent of the kernel in pixels, dilation included. */
  kernelSize: number[];
  /** The padding, in pixels. */
  pad: number[];
}

/** The parameters of a Crop layer. */
export interface CropParams {
  /** The first axis that is cropped. */
  axis: number;
  /** The first pixel that is kept: one number for all cropped axes, or one per axis. */
  offset: number[];
}

type Size = number | number[] | null | undefined;

/** Combines the two ways to give a size: one field for all axes, or one each for rows and columns. */
function sizes(all: Size, height: Size, width: Size, otherwise?: number): number[] | undefined {
  if (typeof height === 'number' || typeof width === 'number') return [Number(height ?? 0), Number(width ?? 0)];
  const given = typeof all === 'number' ? [all] : (all ?? []);
  if (given.length > 0) return given;
  return otherwise === undefined ? undefined : [otherwise];
}

/** Checks that `layer` is the `layer` of a top. */
function expectLayerCall(layer: LayerCall): LayerCall {
  const { type, message } = expectObject(layer, 'layer', "a top's layer");
  expectString(type, 'layer.type');
  expectObject(message, 'layer.message', "a layer's parameters");
  return layer;
}

/**
 * Reads the parameters that determine where a layer's tops lie. For Pooling they come from `poolingParam`, otherwise
 * from `convolutionParam`.
 *
 * @param layer - the `layer` of a top
 * @throws {UndefinedMapException} for a layer without a kernel, such as a global pooling
 */
export function convParams(layer: LayerCall): ConvParams {
  const { convolutionParam, poolingParam } = expectLayerCall(layer).message;
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

/**
 * Reads the parameters of a Crop layer. Caffe's defaults apply: the spatial axes of N·C·H·W, from the first pixel.
 *
 * @throws {TypeError} for a layer of another type
 */
export function cropParams(layer: LayerCall): CropParams {
  if (expectLayerCall(layer).type !== 'Crop') throw argumentError('a Crop layer', 'layer', layer.type);
  const { axis, offset } = layer.message.cropParam ?? {};
  return { axis: axis ?? 2, offset: sizes(offset, undefined, undefined, 0) ?? [0] };
}

/**
 * Maps the coordinates of one blob to those of another, in pixels. A point at `x` in the first blob is at `scale · x +
 * shift` in the second. Each list holds one number for all spatial axes, or one number per axis.
 */
export interface CoordMap {
  /** The axis before the first spatial axis; undefined if the map applies to any. */
  axis: number | undefined;
  /** The factor, per axis. */
  scale: number[];
  /** The offset in pixels, per axis. */
  shift: number[];
}

/** The layers whose tops have the coordinates of their bottoms. */
const passThrough = new Set([
  ...['AbsVal', 'BatchNorm', 'Bias', 'BNLL', 'Clip', 'Dropout', 'Eltwise', 'ELU', 'Exp', 'Log', 'LRN', 'MVN'],
  ...['Power', 'PReLU', 'ReLU', 'Scale', 'Sigmoid', 'Split', 'Swish', 'TanH', 'Threshold'],
]);

const identity: CoordMap = { axis: undefined, scale: [1], shift: [0] };

/** Computes per axis. A list of one number applies to all axes. */
function zip(a: readonly number[], b: readonly number[], compute: (a: number, b: number) => number): number[] {
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) {
    throw new AxisMismatchException(`Expected maps of as many spatial axes but received ${a.length} and ${b.length}`);
  }
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    // Adding 0 turns -0 into 0. A test that compares maps would see a difference.
    return compute(a[a.length === 1 ? 0 : i] ?? 0, b[b.length === 1 ? 0 : i] ?? 0) + 0;
  });
}

/**
 * The map from a layer's bottom to its top.
 *
 * @param layer - the `layer` of a top
 * @throws {UndefinedMapException} for a layer without a map
 */
export function coordMap(layer: LayerCall): CoordMap {
  switch (expectLayerCall(layer).type) {
    case 'Convolution':
    case 'Pooling':
    case 'Im2col': {
      const { axis, stride, kernelSize, pad } = convParams(layer);
      const margin = zip(pad, kernelSize, (p, k) => p - (k - 1) / 2);
      return { axis, scale: stride.map((s) => 1 / s), shift: zip(margin, stride, (m, s) => m / s) };
    }
    case 'Deconvolution': {
      const { axis, stride, kernelSize, pad } = convParams(layer);
      return { axis, scale: stride, shift: zip(kernelSize, pad, (k, p) => (k - 1) / 2 - p) };
    }
    case 'Crop': {
      const { axis, offset } = cropParams(layer);
      return { axis: axis - 1, scale: [1], shift: offset.map((o) => 0 - o) };
    }
    default:
      if (passThrough.has(layer.type)) return identity;
      throw new UndefinedMapException(`A ${layer.type} layer has no mapping of coordinates`);
  }
}

function expectMap(map: CoordMap, name: string): CoordMap {
  const { axis, scale, shift } = expectObject(map, name, 'a map { axis, scale, shift }');
  if (axis !== undefined) expectInteger(axis, `${name}.axis`, -32, 31);
  expectNumbers(scale, `${name}.scale`);
  expectNumbers(shift, `${name}.shift`);
  return map;
}

/**
 * Composes two maps: `next` is applied first, then `base`.
 *
 * @throws {AxisMismatchException} if the maps have different axes or numbers of axes
 */
export function compose(base: CoordMap, next: CoordMap): CoordMap {
  expectMap(base, 'base');
  expectMap(next, 'next');
  if (base.axis !== undefined && next.axis !== undefined && base.axis !== next.axis) {
    throw new AxisMismatchException(`Expected maps of the same axis but received ${base.axis} and ${next.axis}`);
  }
  return {
    axis: base.axis ?? next.axis,
    scale: zip(base.scale, next.scale, (a, b) => a * b),
    shift: zip(
      zip(base.scale, next.shift, (a, b) => a * b),
      base.shift,
      (a, b) => a + b,
    ),
  };
}

/** The inverse of a map. */
export function inverse(map: CoordMap): CoordMap {
  const { axis, scale, shift } = expectMap(map, 'map');
  return { axis, scale: scale.map((a) => 1 / a), shift: zip(shift, scale, (b, a) => -b / a) };
}

/**
 * Walks back from a top. Yields each blob on the way, the nearest first, with the map to it. Stops at layers without a
 * map.
 */
function* walk(top: Top): Generator<[Top, CoordMap], undefined> {
  const maps = new Map([[top, identity]]);
  for (const [at, map] of maps) {
    yield [at, map];
    // A Crop crops only its first bottom; the second one gives the size.
    const bottoms = at.layer.type === 'Crop' ? at.layer.bottoms.slice(0, 1) : at.layer.bottoms;
    for (const bottom of bottoms) {
      if (maps.has(bottom)) continue;
      try {
        maps.set(bottom, compose(map, coordMap(at.layer)));
      } catch (error) {
        if (!(error instanceof UndefinedMapException)) throw error;
      }
    }
  }
}

/**
 * The map between the coordinates of two tops, through the nearest blob that both are computed from.
 *
 * @returns a point at `x` in `topFrom` is at `scale · x + shift` in `topTo`
 * @throws {UndefinedMapException} if no layers with maps connect the tops
 * @throws {AxisMismatchException} if maps on the way cannot be composed
 */
export function coordMapFromTo(topFrom: Top, topTo: Top): CoordMap {
  if (!(topFrom instanceof Top)) throw argumentError('a Top', 'topFrom', topFrom);
  if (!(topTo instanceof Top)) throw argumentError('a Top', 'topTo', topTo);
  const fromMaps = new Map(walk(topFrom));
  for (const [top, map] of walk(topTo)) {
    const fromMap = fromMaps.get(top);
    if (fromMap !== undefined) return compose(map, inverse(fromMap));
  }
  throw new UndefinedMapException(
    'There is no map between the tops: no layers that keep places connect them to one blob',
  );
}

/** 49 times 1 / 49 is not exactly 1 in floating point. */
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;

/**
 * Makes a Crop layer that cuts `topFrom` to the size of `topTo`, so that both show the same region.
 *
 * @returns the top of the Crop layer
 * @throws {RangeError} if the tops differ in scale, `topTo` reaches beyond `topFrom`, or the offset is not a whole
 * number of pixels
 * @throws the errors of {@link coordMapFromTo}
 *
 * @example
 * ```ts
 * import { coordMap, layers, NetSpec } from 'tscaffe';
 *
 * const n = new NetSpec();
 * n.data = layers.Input({ shape: { dim: [1, 3, 64, 64] } });
 * n.conv = layers.Convolution(n.data, { numOutput: 8, kernelSize: 3, pad: 10 });
 * n.pool = layers.Pooling(n.conv, { kernelSize: 2, stride: 2 });
 * n.up = layers.Deconvolution(n.pool, { convolutionParam: { numOutput: 8, kernelSize: 4, stride: 2 } });
 * n.score = coordMap.crop(n.up, n.data); // axis 2, offset 10
 * ```
 */
export function crop(topFrom: Top, topTo: Top): Top {
  const { axis = 1, scale, shift } = coordMapFromTo(topFrom, topTo);
  const offset = shift.map((b) => 0 - Math.round(b));
  if (scale.some((a) => !near(a, 1))) {
    throw new RangeError(`Expected a scale of 1 for crop but it is (${scale.join(', ')})`);
  }
  if (shift.some((b) => !near(b, Math.round(b)))) {
    throw new RangeError(`Expected an offset of whole pixels but it is (${shift.map((b) => -b).join(', ')})`);
  }
  if (offset.some((pixels) => pixels < 0)) {
    throw new RangeError(`Expected a topFrom that covers topTo but the offset is (${offset.join(', ')})`);
  }
  return layers.Crop(topFrom, topTo, { axis: axis + 1, offset });
}
