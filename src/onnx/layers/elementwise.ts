import { axisOf, fieldsOf, firstOf, NotInOnnx, refuseBatch, type Conversion, type Converter } from '../conversion.js';
import type { Shape, Value } from '../graph.js';

/** The numbers of `EltwiseParameter.EltwiseOp`. */
const product = 0;
const sum = 1;

/** Values for the items of a batch do not go with values for as many items as the net has now. */
function expectSameBatch(values: readonly Value[]): void {
  if (values.some(({ batch }) => batch !== values[0]?.batch)) {
    refuseBatch(values, 'joins a batch with what is none');
  }
}

const eltwise: Converter = (layer) => {
  const { graph, bottom } = layer;
  const { operation, coeff } = fieldsOf(layer, 'eltwiseParam');
  expectSameBatch(bottom);
  const type = operation === product ? 'Mul' : operation === sum ? 'Add' : 'Max';
  const terms = operation === sum ? bottom.map((x, i) => graph.multiply(x, coeff[i] ?? 1)) : bottom;
  return [terms.reduce((a, b) => graph.op(type, [a, b], a.shape))];
};

/** A shape that is broadcast to `to` from `axis` on: axes of length 1 behind its own. */
function alignedAt(axis: number, shape: Shape, to: Shape): Shape {
  return [...shape, ...to.slice(axis + shape.length).map(() => 1)];
}

/** The second bottom, or the learnable blob: values for some axes of the first bottom, from `axis` on. */
function operandOf(layer: Conversion, axis: number): Value {
  const { graph, bottom } = layer;
  const x = firstOf(layer);
  const [, second] = bottom;
  if (second === undefined) {
    const blob = layer.blob(0);
    const at = blob.shape.length === 0 ? 0 : axisOf(axis, x.shape);
    if (blob.shape.some((length, i) => length !== x.shape[at + i])) {
      throw new NotInOnnx(
        `has a learnable blob of the shape (${blob.shape.join(', ')}), which does not fit its bottom`,
      );
    }
    // Values for each item of a batch are for as many items as the net has now.
    if (at === 0 && blob.shape.length > 0) refuseBatch([x], 'has learnable values for each item of a batch');
    return layer.blob(0, alignedAt(at, blob.shape, x.shape));
  }
  const at = second.shape.length === 0 ? 0 : axisOf(axis, x.shape);
  if (at === 0 && second.shape.length > 0) expectSameBatch([x, second]);
  else if (second.batch) throw new NotInOnnx('has a batch for another axis than the first');
  return graph.reshape(second, alignedAt(at, second.shape, x.shape));
}

const scale: Converter = (layer) => {
  const { graph, bottom } = layer;
  const { axis, biasTerm } = fieldsOf(layer, 'scaleParam');
  const operand = operandOf(layer, axis);
  const scaled = graph.multiply(firstOf(layer), operand);
  return [biasTerm ? graph.add(scaled, layer.blob(bottom.length === 1 ? 1 : 0, operand.shape)) : scaled];
};

const bias: Converter = (layer) => [
  layer.graph.add(firstOf(layer), operandOf(layer, fieldsOf(layer, 'biasParam').axis)),
];

export const elementwise: Readonly<Record<string, Converter>> = { Eltwise: eltwise, Scale: scale, Bias: bias };
