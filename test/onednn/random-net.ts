import type { Random } from '../fuzz/random.js';

/** A small net around one layer that oneDNN has, and the phase to build it for. */
export interface RandomNet {
  text: string;
  phase: 'train' | 'test';
}

export const layer = (type: string, bottom: string | string[], top: string, fields = ''): string => {
  const bottoms = [bottom].flat().map((name) => `bottom: "${name}"`);
  return `layer { name: "${top}/${type}" type: "${type}" ${bottoms.join(' ')} top: "${top}" ${fields} }\n`;
};

/** A convolution that leaves sizes as they are, and its top in blocks. BatchNorm would cancel what a bias learns. */
const pointwise = (bottom: string, top: string, channels: number, axes: number): string =>
  layer('Convolution', bottom, top, `convolution_param { num_output: ${channels} bias_term: false ${ones(axes)} }`);

const ones = (axes: number): string => (axes === 0 ? '' : 'kernel_size: 1');

/** The fields of a layer of a type, for a bottom of this shape. */
type Fields = (r: Random, shape: readonly number[]) => string;

function window(r: Random, sizes: readonly number[]): string {
  const kernel = sizes.map((size) => 1 + r.int(Math.min(5, size)));
  const dilation = sizes.map((size, i) => (r.chance(0.3) && (kernel[i] ?? 1) * 2 - 1 <= size ? 2 : 1));
  const list = (name: string, values: readonly number[]): string =>
    values.map((value) => `${name}: ${value}`).join(' ');
  const pad = kernel.map((size) => r.int(size));
  const stride = kernel.map(() => 1 + r.int(3));
  return `${list('kernel_size', kernel)} ${list('dilation', dilation)} ${list('pad', pad)} ${list('stride', stride)}`;
}

export const convolution: Fields = (r, shape) => {
  const channels = shape[1] ?? 1;
  const groups = [1, 2, 3, 4, channels].filter((group) => channels % group === 0);
  const group = r.pick(groups);
  const outputs = group * (1 + r.int(r.pick([3, 17])));
  const flags = `group: ${group} bias_term: ${r.chance(0.8)}`;
  return `convolution_param { num_output: ${outputs} ${flags} ${window(r, shape.slice(2))} }`;
};

const pooling: Fields = (r, shape) => {
  const pool = `pool: ${r.pick(['MAX', 'AVE'])}`;
  if (r.chance(0.1)) return `pooling_param { ${pool} global_pooling: true }`;
  const [height = 1, width = 1] = shape.slice(2);
  const [h, w] = [1 + r.int(Math.min(4, height)), 1 + r.int(Math.min(4, width))];
  const round = r.chance(0.3) ? 'round_mode: FLOOR' : '';
  const pad = `pad_h: ${r.int(h)} pad_w: ${r.int(w)}`;
  const stride = `stride_h: ${1 + r.int(4)} stride_w: ${1 + r.int(4)}`;
  return `pooling_param { ${pool} kernel_h: ${h} kernel_w: ${w} ${stride} ${pad} ${round} }`;
};

const innerProduct: Fields = (r, shape) => {
  const axis = r.chance(0.7) ? 1 : r.int(shape.length);
  const flags = `transpose: ${r.chance(0.3)} bias_term: ${r.chance(0.8)}`;
  return `inner_product_param { num_output: ${1 + r.int(40)} axis: ${axis} ${flags} }`;
};

const lrn: Fields = (r) => {
  const region = r.chance(0.3) ? 'WITHIN_CHANNEL' : 'ACROSS_CHANNELS';
  return `lrn_param { norm_region: ${region} local_size: ${r.pick([1, 3, 5])} alpha: 0.7 beta: 0.6 k: ${r.pick([1, 2])} }`;
};

const types: Readonly<Record<string, Fields>> = {
  Convolution: convolution,
  Deconvolution: convolution,
  Pooling: pooling,
  InnerProduct: innerProduct,
  LRN: lrn,
  ReLU: (r) => `relu_param { negative_slope: ${r.pick([0, 0.1, -0.2])} }`,
  ELU: (r) => `elu_param { alpha: ${r.pick([1, 0.3])} }`,
  Sigmoid: () => '',
  TanH: () => '',
  BatchNorm: (r) => (r.chance(0.4) ? `batch_norm_param { use_global_stats: ${r.chance(0.5)} }` : ''),
  Scale: (r) => `scale_param { bias_term: ${r.chance(0.5)} filler { type: "gaussian" } axis: ${r.pick([1, 1, 1, 0])} }`,
  Softmax: (r, shape) => `softmax_param { axis: ${r.int(shape.length)} }`,
  Dropout: () => '',
};

/** Layers that may write over their bottom. */
const inPlace = new Set(['ReLU', 'ELU', 'Sigmoid', 'TanH', 'BatchNorm', 'Scale', 'Dropout', 'LRN', 'Softmax']);

function shapeFor(r: Random, type: string): number[] {
  const plane = ['Pooling', 'LRN'].includes(type) ? 2 : r.pick([1, 2, 2, 2, 2, 3]);
  // Of two values, BatchNorm's gradient is 0, and what is computed of it rounding.
  const least = type === 'BatchNorm' ? 4 : 1;
  const size = (): number => least + r.int(plane === 3 ? 5 : 11);
  return [r.pick([1, 1, 2, 3, 0]), r.pick([1, 3, 8, 16, 20]), ...Array.from({ length: plane }, size)];
}

/** A net with an Input, perhaps a convolution, the layer, perhaps the sum or chain with others that share a bottom. */
export function randomNet(r: Random): RandomNet {
  const phase = r.chance(0.7) ? 'train' : 'test';
  const type = r.pick([...Object.keys(types), 'Convolution', 'Eltwise', 'Concat']);
  const shape = shapeFor(r, type);
  const [, channels = 1, ...plane] = shape;
  const dims = shape.map((length) => `dim: ${length}`).join(' ');
  let text = `force_backward: true\nlayer { name: "x" type: "Input" top: "x" input_param { shape { ${dims} } } }\n`;
  const framed = r.chance(0.7);
  if (framed) text += pointwise('x', 'b', channels, plane.length);
  const bottom = framed ? 'b' : 'x';
  if (type === 'Eltwise' || type === 'Concat') return { phase, text: text + joined(r, type, bottom, channels, plane) };
  const place = inPlace.has(type) && framed && r.chance(0.5) ? bottom : 'y';
  if (r.chance(0.2) && place === 'y') text += layer('TanH', bottom, 'side');
  text += layer(type, bottom, place, types[type]?.(r, shape) ?? '');
  // Backward must not need the top, where Caffe's does not.
  if (type === 'ReLU' && place === 'y') text += layer('Scale', 'y', 'y', 'scale_param { filler { type: "gaussian" } }');
  if (r.chance(0.3) || type === 'ReLU') text += layer('ReLU', place, 'z');
  return { phase, text };
}

/** Eltwise or Concat of branches from one bottom, whose gradients a Split adds. */
function joined(r: Random, type: string, bottom: string, channels: number, plane: readonly number[]): string {
  const branches = Array.from({ length: 2 + r.int(2) }, (_, i) => `branch${i}`);
  const text = branches.map((top) =>
    r.chance(0.7) ? pointwise(bottom, top, channels, plane.length) : layer('TanH', bottom, top),
  );
  const coefficients = branches.map((_, i) => `coeff: ${i - 0.5}`).join(' ');
  const operation = r.pick(['SUM', 'SUM', 'SUM', 'PROD', 'MAX']);
  const fields = operation === 'SUM' && r.chance(0.5) ? coefficients : '';
  const sum = type === 'Eltwise' ? `eltwise_param { operation: ${operation} ${fields} }` : '';
  return `${text.join('')}${layer(type, branches, 'y', sum)}${layer('ReLU', 'y', 'z')}`;
}
