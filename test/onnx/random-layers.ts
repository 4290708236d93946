// Random layers of all types that can be exported, with all of their parameters.
import type { Random } from '../fuzz/random.js';

type Fields = Record<string, unknown>;

/**
 * What the values of an input are: any, few different ones, numbers of rows, or 0 and 1 with so many zeros before. That
 * says where sequences begin. One that goes on at the first step goes on from the last forward, which ONNX cannot know.
 */
export type Values = 'normal' | 'few' | { rows: number } | { zeros: number };

/** The net as far as it is there, for a layer on top of it. */
export interface Site {
  readonly random: Random;
  /** A blob that is there or a new input, with a number of axes from `least` to `most`. */
  blob(least: number, most: number): string;
  /** A new input. */
  input(shape: readonly number[], values?: Values): string;
  /** A blob of this shape: one that is there, a new input or learned. */
  like(shape: readonly number[]): string;
  shape(blob: string): readonly number[];
  /** The absolute values of a blob, by a layer of their own. */
  absolute(blob: string): string;
}

/** A layer that Caffe may refuse. */
export interface Draft {
  type: string;
  bottom: string[];
  ntop?: number;
  fields?: Fields;
  /** Whether it may write over its bottom. */
  inPlace?: boolean;
}

type Maker = (site: Site) => Draft;

const size = (random: Random): number => 1 + random.int(4);
const float = (random: Random): number => Math.round(random.gaussian() * 100) / 100;
const maybe = (random: Random, probability: number, fields: () => Fields): Fields =>
  random.chance(probability) ? fields() : {};

const weightFiller = { type: 'gaussian', std: 0.5 };
const biasFiller = { type: 'uniform', min: -1, max: 1 };

/** One of the axes, from the front or from the end. */
function anAxis(random: Random, { length }: readonly number[], first = 0): number {
  if (length <= first) return 0;
  const axis = first + random.int(length - first);
  return random.chance(0.3) ? axis - length : axis;
}

// -- Each element by itself -------------------------------------------------------------------------------------------

const each =
  (type: string, fields: (random: Random) => Fields = () => ({})): Maker =>
  (site) => ({ type, bottom: [site.blob(0, 5)], fields: fields(site.random), inPlace: true });

const clip = (random: Random): Fields => {
  const min = float(random);
  return { clipParam: { min, max: min + Math.abs(float(random)) } };
};

/** A whole exponent of any number; other exponents and logarithms are of positive ones. */
const power = (random: Random): Fields => ({
  powerParam: {
    ...maybe(random, 0.6, () => ({ power: random.pick([0, 1, 1, 2, 3]) })),
    ...maybe(random, 0.6, () => ({ scale: random.pick([0, 1, -1, 0.5, 2]) })),
    ...maybe(random, 0.6, () => ({ shift: float(random) })),
  },
});

const shifted = (random: Random): Fields => ({
  ...maybe(random, 0.6, () => ({ base: random.pick([-1, 2, 10, 0.5]) })),
  ...maybe(random, 0.6, () => ({ scale: random.pick([0.5, 1, 2, -0.7]) })),
  ...maybe(random, 0.6, () => ({ shift: float(random) })),
});

const positive: Maker = ({ random, ...site }) => {
  const scale = random.pick([0.5, 1, 3]);
  const shift = 0.1 + random.uniform();
  const base = random.pick([-1, 2, 10, 0.5]);
  const fields = random.chance(0.5)
    ? { type: 'Log', fields: { logParam: { scale, shift, base } } }
    : { type: 'Power', fields: { powerParam: { power: random.pick([-1, -0.5, 0.5, 1.7]), scale, shift } } };
  return { bottom: [site.absolute(site.blob(0, 5))], inPlace: true, ...fields };
};

/** Not in place: Caffe refuses. */
const abs: Maker = (site) => ({ type: 'AbsVal', bottom: [site.blob(0, 5)] });

// -- Windows ----------------------------------------------------------------------------------------------------------

/** The sizes of a convolution's window: a number for all axes, one for each, or the fields for two axes. */
function windowFields(random: Random, axes: number): Fields {
  const sized = (name: string, least: number, most: number, probability: number): Fields => {
    if (!random.chance(probability)) return {};
    const next = (): number => least + random.int(most - least + 1);
    const full = name === 'kernel' ? 'kernelSize' : name;
    if (axes === 2 && name !== 'dilation' && random.chance(0.3)) return { [`${name}H`]: next(), [`${name}W`]: next() };
    return { [full]: Array.from({ length: random.chance(0.5) ? 1 : axes }, next) };
  };
  return {
    ...sized('kernel', 1, 3, 1),
    ...sized('stride', 1, 3, 0.5),
    ...sized('pad', 0, 3, 0.5),
    ...sized('dilation', 1, 2, 0.3),
  };
}

/** The axis of the channels, and a window over the axes behind it. */
function convolutionFields(random: Random, shape: readonly number[]): { axis: number; fields: Fields } {
  const axis = random.chance(0.8) ? 1 : Math.max(0, shape.length - 1 - random.int(3));
  const named = axis === 1 && random.chance(0.7) ? {} : { axis: random.chance(0.3) ? axis - shape.length : axis };
  return { axis, fields: { ...named, ...windowFields(random, shape.length - axis - 1) } };
}

const convolution =
  (type: string): Maker =>
  ({ random, ...site }) => {
    const first = site.blob(2, 5);
    const shape = site.shape(first);
    const { axis, fields } = convolutionFields(random, shape);
    const group = random.pick([1, 2, 3, shape[axis]].filter((g) => shape[axis] % g === 0));
    const isBilinear = type === 'Deconvolution' && random.chance(0.2);
    const convolutionParam = {
      ...fields,
      numOutput: isBilinear ? group : group * (1 + random.int(3)),
      ...maybe(random, 0.8, () => ({ group })),
      ...maybe(random, 0.4, () => ({ biasTerm: false })),
      weightFiller: isBilinear ? { type: 'bilinear' } : weightFiller,
      biasFiller,
    };
    const bottom = [first, ...(random.chance(0.1) ? [site.like(shape)] : [])];
    return { type, bottom, ntop: bottom.length, fields: { convolutionParam } };
  };

const im2col: Maker = ({ random, ...site }) => {
  const bottom = site.blob(2, 5);
  return {
    type: 'Im2col',
    bottom: [bottom],
    fields: { convolutionParam: convolutionFields(random, site.shape(bottom)).fields },
  };
};

/** The sizes of a pooling's window: a number for both axes, or one for each. The padding is less than the window. */
function poolingWindow(random: Random): Fields {
  const kernel = [1 + random.int(4), 1 + random.int(4)];
  const pad = kernel.map((length) => random.int(length));
  const stride = [1 + random.int(4), 1 + random.int(4)];
  const isSquare = random.chance(0.6);
  const both = (name: string, [h, w]: number[]): Fields => ({ [`${name}H`]: h, [`${name}W`]: w });
  return {
    ...(isSquare ? { kernelSize: kernel[0] } : both('kernel', kernel)),
    ...maybe(random, 0.5, () =>
      isSquare && random.chance(0.8) ? { pad: pad[0] } : both('pad', isSquare ? [pad[0], 0] : pad),
    ),
    ...maybe(random, 0.7, () => (random.chance(0.6) ? { stride: stride[0] } : both('stride', stride))),
    ...maybe(random, 0.2, () => ({ roundMode: 'FLOOR' })),
  };
}

const pooling: Maker = ({ random, ...site }) => {
  const pool = random.pick(['MAX', 'AVE']);
  const window = random.chance(0.15) ? { globalPooling: true } : poolingWindow(random);
  const ntop = pool === 'MAX' && random.chance(0.2) ? 2 : 1;
  return { type: 'Pooling', bottom: [site.blob(4, 4)], ntop, fields: { poolingParam: { pool, ...window } } };
};

const pyramid: Maker = ({ random, ...site }) => ({
  type: 'SPP',
  bottom: [site.blob(4, 4)],
  fields: {
    sppParam: {
      pyramidHeight: 1 + random.int(3),
      ...maybe(random, 0.7, () => ({ pool: random.pick(['MAX', 'AVE']) })),
    },
  },
});

const lrn: Maker = ({ random, ...site }) => ({
  type: 'LRN',
  bottom: [site.blob(4, 4)],
  fields: {
    lrnParam: {
      localSize: random.pick([1, 3, 5, 7]),
      ...maybe(random, 0.7, () => ({ alpha: random.pick([1, 0.5, 1e-4]) })),
      ...maybe(random, 0.7, () => ({ beta: random.pick([0.75, 0.5, 1.2]) })),
      ...maybe(random, 0.5, () => ({ k: random.pick([1, 2]) })),
      ...maybe(random, 0.6, () => ({ normRegion: random.pick(['ACROSS_CHANNELS', 'WITHIN_CHANNEL']) })),
    },
  },
});

// -- Products, factors and terms --------------------------------------------------------------------------------------

const innerProduct: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  const shape = site.shape(bottom);
  const innerProductParam = {
    numOutput: size(random),
    ...maybe(random, 0.5, () => ({ axis: anAxis(random, shape) })),
    ...maybe(random, 0.3, () => ({ transpose: true })),
    ...maybe(random, 0.4, () => ({ biasTerm: false })),
    weightFiller,
    biasFiller,
  };
  return { type: 'InnerProduct', bottom: [bottom], fields: { innerProductParam } };
};

const embed: Maker = ({ random, ...site }) => {
  const inputDim = 1 + random.int(6);
  const shape = Array.from({ length: 1 + random.int(3) }, () => size(random));
  const embedParam = {
    ...{ inputDim, numOutput: size(random), weightFiller, biasFiller },
    ...maybe(random, 0.4, () => ({ biasTerm: false })),
  };
  return { type: 'Embed', bottom: [site.input(shape, { rows: inputDim })], fields: { embedParam } };
};

/** Scale and Bias: with learned values, or with a second bottom. */
const broadcast =
  (type: 'Scale' | 'Bias'): Maker =>
  ({ random, ...site }) => {
    const first = site.blob(0, 5);
    const shape = site.shape(first);
    const start = Math.min(random.int(3), shape.length);
    const count = random.int(shape.length - start + 1);
    const axis = random.chance(0.3) ? start - shape.length : start;
    const bias = type === 'Scale' ? maybe(random, 0.5, () => ({ biasTerm: true, biasFiller })) : {};
    const filler = random.pick([weightFiller, biasFiller]);
    const name = `${type.toLowerCase()}Param`;
    if (random.chance(0.4)) {
      const second = site.like(shape.slice(start, start + count));
      return { type, bottom: [first, second], fields: { [name]: { axis, ...bias } }, inPlace: true };
    }
    const numAxes = start + count === shape.length && random.chance(0.3) ? -1 : count;
    return { type, bottom: [first], fields: { [name]: { axis, numAxes, filler, ...bias } }, inPlace: true };
  };

const prelu: Maker = ({ random, ...site }) => ({
  type: 'PReLU',
  bottom: [site.blob(2, 4)],
  fields: {
    preluParam: { filler: weightFiller, ...maybe(random, 0.3, () => ({ channelShared: true })) },
  },
  inPlace: true,
});

const eltwise: Maker = ({ random, ...site }) => {
  const first = site.blob(0, 5);
  const bottom = [first];
  for (let i = 1 + random.int(3); i > 0; i--) bottom.push(site.like(site.shape(first)));
  const operation = random.pick(['PROD', 'SUM', 'SUM', 'MAX']);
  const coeff = operation === 'SUM' ? maybe(random, 0.5, () => ({ coeff: bottom.map(() => float(random)) })) : {};
  return { type: 'Eltwise', bottom, fields: { eltwiseParam: { operation, ...coeff } } };
};

// -- Statistics -------------------------------------------------------------------------------------------------------

const batchNorm: Maker = ({ random, ...site }) => ({
  type: 'BatchNorm',
  bottom: [site.blob(1, 5)],
  fields: {
    batchNormParam: {
      ...maybe(random, 0.5, () => ({ useGlobalStats: random.chance(0.5) })),
      ...maybe(random, 0.4, () => ({ eps: random.pick([1e-5, 1e-3, 0.1]) })),
    },
  },
  inPlace: true,
});

const mvn: Maker = ({ random, ...site }) => ({
  type: 'MVN',
  bottom: [site.blob(2, 4)],
  fields: {
    mvnParam: {
      ...maybe(random, 0.4, () => ({ normalizeVariance: false })),
      ...maybe(random, 0.4, () => ({ acrossChannels: true })),
      ...maybe(random, 0.4, () => ({ eps: random.pick([1e-9, 1e-3, 0.1]) })),
    },
  },
});

const softmax: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  const fields = maybe(random, 0.6, () => ({ softmaxParam: { axis: anAxis(random, site.shape(bottom)) } }));
  return { type: 'Softmax', bottom: [bottom], fields, inPlace: true };
};

const reduction: Maker = ({ random, ...site }) => {
  const bottom = site.blob(0, 5);
  const reductionParam = {
    ...maybe(random, 0.8, () => ({ operation: random.pick(['SUM', 'ASUM', 'SUMSQ', 'MEAN']) })),
    ...maybe(random, 0.7, () => ({ axis: anAxis(random, site.shape(bottom)) })),
    ...maybe(random, 0.5, () => ({ coeff: float(random) })),
  };
  return { type: 'Reduction', bottom: [bottom], fields: { reductionParam } };
};

const argMax: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 4);
  const shape = site.shape(bottom);
  const axis = maybe(random, 0.5, () => ({ axis: anAxis(random, shape) }));
  const argmaxParam = {
    ...axis,
    ...maybe(random, 0.4, () => ({ outMaxVal: true })),
    ...maybe(random, 0.4, () => ({ topK: 1 + random.int(3) })),
  };
  return { type: 'ArgMax', bottom: [bottom], fields: { argmaxParam } };
};

// -- Arrangement ------------------------------------------------------------------------------------------------------

const concat: Maker = ({ random, ...site }) => {
  const first = site.blob(1, 5);
  const shape = site.shape(first);
  const axis = anAxis(random, shape);
  const bottom = [first];
  for (let i = random.int(3); i > 0; i--) bottom.push(site.like(shape.with(axis, size(random))));
  const concatParam = random.chance(0.2) && axis >= 0 ? { concatDim: axis } : { axis };
  return { type: 'Concat', bottom, fields: { concatParam } };
};

const slice: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  const shape = site.shape(bottom);
  const axis = anAxis(random, shape);
  const length = shape.at(axis) ?? 1;
  const ntop = 1 + random.int(Math.min(3, length));
  const places = Array.from({ length: length - 1 }, (_, i) => i + 1);
  while (places.length > ntop - 1) places.splice(random.int(places.length), 1);
  const isEven = length % ntop === 0 && random.chance(0.5);
  const where = random.chance(0.2) && axis >= 0 ? { sliceDim: axis } : { axis };
  return {
    type: 'Slice',
    bottom: [bottom],
    ntop,
    fields: { sliceParam: { ...where, slicePoint: isEven ? [] : places } },
  };
};

const split: Maker = ({ random, ...site }) => ({
  type: 'Split',
  bottom: [site.blob(0, 5)],
  ntop: 1 + random.int(3),
});

/** Other axes for some of the axes: a number, 0 for the same, and perhaps a -1. */
const reshape: Maker = ({ random, ...site }) => {
  const bottom = site.blob(0, 5);
  const shape = site.shape(bottom);
  const start = random.int(shape.length + 1);
  const length = random.int(shape.length - start + 1);
  let left = shape.slice(start, start + length).reduce((a, b) => a * b, 1);
  const dim: number[] = [];
  for (let i = random.int(4); i > 0; i--) {
    const factor = random.pick([1, 2, 3, 4, 5, 6].filter((f) => left % f === 0));
    const isSame = factor === shape[start + dim.length] && dim.length < length && random.chance(0.7);
    dim.push(isSame ? 0 : factor);
    left /= factor;
  }
  if (left > 1 || random.chance(0.3)) dim.splice(dim.length, 0, random.chance(0.5) ? -1 : left);
  const axis = random.chance(0.3) ? start - shape.length - 1 : start;
  const numAxes = start + length === shape.length && random.chance(0.5) ? {} : { numAxes: length };
  return { type: 'Reshape', bottom: [bottom], fields: { reshapeParam: { shape: { dim }, axis, ...numAxes } } };
};

const flatten: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  const { length } = site.shape(bottom);
  const axis = random.int(length);
  const end = axis + random.int(length - axis);
  const flattenParam = {
    ...maybe(random, 0.6, () => ({ axis: random.chance(0.3) ? axis - length : axis })),
    ...maybe(random, 0.5, () => ({ endAxis: random.chance(0.3) ? end - length : end })),
  };
  return { type: 'Flatten', bottom: [bottom], fields: { flattenParam } };
};

const crop: Maker = ({ random, ...site }) => {
  const first = site.blob(1, 5);
  const shape = site.shape(first);
  const at = random.int(shape.length);
  const wanted = shape.map((length, axis) => (axis < at ? length : 1 + random.int(length)));
  const room = shape.map((length, axis) => length - wanted[axis]).slice(at);
  const offset = random.pick([
    [],
    [random.int(1 + Math.min(...room))],
    room.map((most) => random.int(1 + most)), //
  ]);
  const axis = random.chance(0.3) ? at - shape.length : at;
  return { type: 'Crop', bottom: [first, site.like(wanted)], fields: { cropParam: { axis, offset } } };
};

const tile: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  return {
    type: 'Tile',
    bottom: [bottom],
    fields: { tileParam: { axis: anAxis(random, site.shape(bottom)), tiles: 1 + random.int(3) } },
  };
};

const batchReindex: Maker = ({ random, ...site }) => {
  const bottom = site.blob(1, 5);
  const [rows] = site.shape(bottom);
  return { type: 'BatchReindex', bottom: [bottom, site.input([size(random)], { rows })] };
};

const parameter: Maker = ({ random }) => ({
  type: 'Parameter',
  bottom: [],
  fields: { parameterParam: { shape: { dim: Array.from({ length: random.int(5) }, () => size(random)) } } },
});

const dropout: Maker = ({ random, ...site }) => ({
  type: 'Dropout',
  bottom: [site.blob(0, 5)],
  fields: maybe(random, 0.5, () => ({ dropoutParam: { dropoutRatio: 0.3 } })),
  inPlace: true,
});

const silence: Maker = (site) => ({ type: 'Silence', bottom: [site.blob(0, 5)], ntop: 0 });

// -- Time -------------------------------------------------------------------------------------------------------------

/** LSTM and RNN: time steps x items x ..., cont, perhaps what is the same for all steps, and the exposed states. */
const recurrent =
  (type: 'LSTM' | 'RNN'): Maker =>
  ({ random, ...site }) => {
    const x = site.blob(3, 4);
    const [steps, items] = site.shape(x);
    const numOutput = size(random);
    const exposed = random.chance(0.25) ? { LSTM: 2, RNN: 1 }[type] : 0;
    const states = Array.from({ length: exposed }, () => site.like([1, items, numOutput]));
    const constant = random.chance(0.3) ? [site.like([items, size(random), ...(random.chance(0.3) ? [2] : [])])] : [];
    const recurrentParam = { numOutput, weightFiller, biasFiller, ...(exposed > 0 ? { exposeHidden: true } : {}) };
    const bottom = [x, site.input([steps, items], { zeros: exposed > 0 ? 0 : items }), ...constant, ...states];
    return { type, bottom, ntop: 1 + exposed, fields: { recurrentParam } };
  };

export const makers: readonly Maker[] = [
  ...[convolution('Convolution'), convolution('Convolution'), convolution('Deconvolution'), im2col, innerProduct],
  ...[pooling, pooling, pooling, pyramid, lrn, lrn, batchNorm, batchNorm, mvn, softmax],
  each('ReLU', (random) => maybe(random, 0.5, () => ({ reluParam: { negativeSlope: float(random) } }))),
  ...[prelu, each('ELU', (random) => maybe(random, 0.5, () => ({ eluParam: { alpha: float(random) } })))],
  ...[each('Sigmoid'), each('TanH'), abs, each('BNLL'), each('Clip', clip), each('Power', power), positive],
  each('Exp', (random) => maybe(random, 0.8, () => ({ expParam: shifted(random) }))),
  each('Threshold', (random) => maybe(random, 0.5, () => ({ thresholdParam: { threshold: float(random) } }))),
  each('Swish', (random) => maybe(random, 0.5, () => ({ swishParam: { beta: float(random) } }))),
  ...[broadcast('Scale'), broadcast('Scale'), broadcast('Bias'), eltwise, eltwise, reduction, reduction, argMax],
  ...[concat, slice, split, reshape, reshape, flatten, crop, tile, batchReindex, parameter, dropout, silence, embed],
  ...[recurrent('LSTM'), recurrent('RNN')],
];
