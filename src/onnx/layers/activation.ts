import { fieldsOf, firstOf, type Conversion, type Converter } from '../conversion.js';
import { float, type Attributes, type Graph, type Value } from '../graph.js';

/** A layer that computes each element from the same element of its bottom. */
const each =
  (compute: (graph: Graph, x: Value, layer: Conversion) => Value): Converter =>
  (layer) => [compute(layer.graph, firstOf(layer), layer)];

const unary = (type: string, attributes: Attributes = {}): Converter =>
  each((graph, x) => graph.op(type, [x], x.shape, attributes));

/** `shift + scale · x` */
const affine = (graph: Graph, x: Value, scale: number, shift: number): Value => {
  const scaled = graph.multiply(x, scale);
  return shift === 0 ? scaled : graph.add(scaled, shift);
};

/** A number in the shape of `x`. */
function filled(graph: Graph, x: Value, value: number): Value {
  const shape = graph.op('Shape', [x], [x.shape.length], {}, 'int64');
  return graph.op('Expand', [graph.scalar(value), shape], x.shape);
}

const power = each((graph, x, layer) => {
  const { power: exponent, scale, shift } = fieldsOf(layer, 'powerParam');
  // Caffe does not look at x then, so 0 · NaN is not NaN.
  if (exponent * scale === 0) return filled(graph, x, exponent === 0 ? 1 : shift ** exponent);
  const base = affine(graph, x, scale, shift);
  return exponent === 1 ? base : graph.op('Pow', [base, graph.scalar(exponent)], x.shape);
});

/** `base^(shift + scale · x)`, for e if the base is -1. */
const exp = each((graph, x, layer) => {
  const { base, scale, shift } = fieldsOf(layer, 'expParam');
  const logarithm = base === -1 ? 1 : Math.log(base);
  const inner = graph.multiply(x, logarithm * scale);
  return graph.multiply(graph.op('Exp', [inner], x.shape), Math.exp(logarithm * shift));
});

/** The logarithm of `shift + scale · x` to a base, e if that is -1. */
const log = each((graph, x, layer) => {
  const { base, scale, shift } = fieldsOf(layer, 'logParam');
  const natural = graph.op('Log', [affine(graph, x, scale, shift)], x.shape);
  return base === -1 ? natural : graph.multiply(natural, 1 / Math.log(base));
});

const relu = each((graph, x, layer) => {
  const { negativeSlope } = fieldsOf(layer, 'reluParam');
  if (negativeSlope === 0) return graph.op('Relu', [x], x.shape);
  return graph.op('LeakyRelu', [x], x.shape, { alpha: float(negativeSlope) });
});

/** The slopes are one for each channel, or one for all. */
const prelu = each((graph, x, layer) => {
  const { channelShared } = fieldsOf(layer, 'preluParam');
  const slopes = channelShared ? [1] : [x.shape[1] ?? 1, ...x.shape.slice(2).map(() => 1)];
  return graph.op('PRelu', [x, layer.blob(0, slopes)], x.shape);
});

const threshold = each((graph, x, layer) => {
  const above = graph.op(
    'Greater',
    [x, graph.scalar(fieldsOf(layer, 'thresholdParam').threshold)],
    x.shape,
    {},
    'bool',
  );
  return graph.cast(above, 'float');
});

const clip = each((graph, x, layer) => {
  const { min, max } = fieldsOf(layer, 'clipParam');
  return graph.op('Clip', [x, graph.scalar(min), graph.scalar(max)], x.shape);
});

const swish = each((graph, x, layer) => {
  const inner = graph.multiply(x, fieldsOf(layer, 'swishParam').beta);
  return graph.multiply(x, graph.op('Sigmoid', [inner], x.shape));
});

const elu = each((graph, x, layer) =>
  graph.op('Elu', [x], x.shape, { alpha: float(fieldsOf(layer, 'eluParam').alpha) }),
);

export const activations: Readonly<Record<string, Converter>> = {
  ReLU: relu,
  PReLU: prelu,
  ELU: elu,
  Sigmoid: unary('Sigmoid'),
  TanH: unary('Tanh'),
  AbsVal: unary('Abs'),
  BNLL: unary('Softplus'),
  Power: power,
  Exp: exp,
  Log: log,
  Threshold: threshold,
  Clip: clip,
  Swish: swish,
};
