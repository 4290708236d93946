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
  type Conversion,
  type Converter,
} from '../conversion.js';
import type { Shape, Value } from '../graph.js';

const concat: Converter = (layer) => {
  const { graph, bottom } = layer;
  const fields = fieldsOf(layer, 'concatParam');
  const [first] = bottom;
  const at = axisOf(isSet(fields, 'concatDim') ? fields.concatDim : fields.axis, first.shape);
  if (bottom.some(({ batch }) => batch !== first.batch)) refuseBatch(bottom, 'joins a batch with what is none');
  return [graph.concat(bottom, at)];
};

const slice: Converter = (layer) => {
  const { graph, top } = layer;
  const fields = fieldsOf(layer, 'sliceParam');
  const x = firstOf(layer);
  const at = axisOf(isSet(fields, 'sliceDim') ? fields.sliceDim : fields.axis, x.shape);
  if (top.length === 1) return [x];
  keepBatch(x, at);
  const lengths = top.map((shape) => shape[at] ?? 1);
  const results = top.map((shape) => ({ shape }));
  return graph.ops('Split', [x, graph.integers(lengths)], results, { axis: at });
};

/** The shape that a Reshape layer gives to a bottom. */
function reshaped(layer: Conversion, shape: Shape): number[] {
  const { axis, numAxes, shape: given } = fieldsOf(layer, 'reshapeParam');
  const start = axis < 0 ? axis + shape.length + 1 : axis;
  const end = numAxes === -1 ? shape.length : start + numAxes;
  const dims = (given.dim ?? []).map(Number).map((dim, i) => (dim === 0 ? (shape[start + i] ?? 1) : dim));
  const result = [...shape.slice(0, start), ...dims, ...shape.slice(end)];
  const known = count(result.filter((dim) => dim !== -1));
  return result.map((dim) => (dim === -1 ? count(shape) / known : dim));
}

const reshape: Converter = (layer) => {
  const x = firstOf(layer);
  const shape = topOf(layer);
  if (x.batch) {
    const [first = 1, ...rest] = x.shape;
    const ofTwice = reshaped(layer, [2 * first, ...rest]);
    const grows = ofTwice.every((length, axis) => length === (axis === 0 ? 2 : 1) * (shape[axis] ?? 1));
    if (!grows) refuseBatch([x], 'makes of a batch something whose first axis is not the batch');
  }
  return [layer.graph.reshape(x, shape)];
};

const flatten: Converter = (layer) => [layer.graph.reshape(firstOf(layer), topOf(layer))];

/** The part of the first bottom that has the size of the second, whose values do not matter. */
const crop: Converter = (layer) => {
  const { graph, bottom } = layer;
  const { axis, offset } = fieldsOf(layer, 'cropParam');
  const x = firstOf(layer);
  const first = axisOf(axis, x.shape);
  if (first === 0) refuseBatch(bottom, 'works across the items of a batch');
  const parts = topOf(layer).flatMap((length, at) => {
    if (at < first) return [];
    const start = offset[offset.length === 1 ? 0 : at - first] ?? 0;
    return [{ axis: at, start, end: start + length }];
  });
  return [graph.slice(x, parts)];
};

const tile: Converter = (layer) => {
  const { graph } = layer;
  const { axis, tiles } = fieldsOf(layer, 'tileParam');
  const x = firstOf(layer);
  const at = axisOf(axis, x.shape);
  keepBatch(x, at);
  const repeats = x.shape.map((_, i) => (i === at ? tiles : 1));
  return [graph.op('Tile', [x, graph.integers(repeats)], topOf(layer))];
};

/** The numbers of `ReductionParameter.ReductionOp`. */
const [asum, sumsq, mean] = [2, 3, 4];

const reduction: Converter = (layer) => {
  const { graph } = layer;
  const { operation, axis, coeff } = fieldsOf(layer, 'reductionParam');
  const x = firstOf(layer);
  const at = axisOf(axis, x.shape);
  keepBatch(x, at);
  let terms = x;
  if (operation === asum) terms = graph.op('Abs', [x], x.shape);
  if (operation === sumsq) terms = graph.multiply(x, x);
  const axes = x.shape.map((_, i) => i).slice(at);
  const total = graph.reshape(graph.sum(terms, axes), topOf(layer));
  return [graph.multiply(total, operation === mean ? coeff / count(x.shape.slice(at)) : coeff)];
};

/**
 * The places of the largest elements along an axis, and these elements. Of equal elements ONNX takes the first, Caffe
 * the last; so the axis is reversed.
 */
function largest(layer: Conversion, x: Value, axis: number, k: number): { places: Value; elements: Value } {
  const { graph } = layer;
  const length = x.shape[axis] ?? 1;
  const shape = x.shape.map((old, i) => (i === axis ? k : old));
  const reversed = graph.slice(x, [{ axis, start: length - 1, end: -1, step: -1 }]);
  const results = [{ shape }, { shape, type: 'int64' }] as const;
  const [elements, fromEnd] = graph.ops('TopK', [reversed, graph.integers([k])], results, { axis });
  const places = graph.op('Sub', [graph.integers([length - 1]), fromEnd], shape, {}, 'int64');
  return { places: graph.cast(places, 'float'), elements };
}

const argMax: Converter = (layer) => {
  const { graph } = layer;
  const fields = fieldsOf(layer, 'argmaxParam');
  const { outMaxVal, topK: k } = fields;
  const x = firstOf(layer);
  if (isSet(fields, 'axis')) {
    const at = axisOf(fields.axis, x.shape);
    keepBatch(x, at);
    const { places, elements } = largest(layer, x, at, k);
    return [outMaxVal ? elements : places];
  }
  const items = graph.reshape(x, [x.shape[0] ?? 1, count(x.shape.slice(1))]);
  const { places, elements } = largest(layer, items, 1, k);
  return [graph.reshape(outMaxVal ? graph.concat([places, elements], 1) : places, topOf(layer))];
};

/** Rows by number. Caffe truncates the numbers, which are floats, and so does Cast. */
const batchReindex: Converter = (layer) => {
  const { graph, bottom } = layer;
  const [x, numbers] = bottom;
  refuseBatch(bottom, 'takes items of a batch by number');
  return [graph.op('Gather', [x, graph.cast(numbers ?? x, 'int64')], topOf(layer), { axis: 0 })];
};

const embed: Converter = (layer) => {
  const { graph } = layer;
  const numbers = graph.cast(firstOf(layer), 'int64');
  const { numOutput, inputDim, biasTerm } = fieldsOf(layer, 'embedParam');
  const rows = graph.op('Gather', [layer.blob(0, [inputDim, numOutput]), numbers], topOf(layer), { axis: 0 });
  return [biasTerm ? graph.add(rows, layer.blob(1, [numOutput])) : rows];
};

const parameter: Converter = (layer) => [layer.graph.op('Identity', [layer.blob(0, topOf(layer))], topOf(layer))];

const dropout: Converter = ({ param, bottom }) => {
  if (param.phase !== testPhase) throw new NotInOnnx('is in the train phase, by its own phase field');
  return bottom;
};

export const arrangements: Readonly<Record<string, Converter>> = {
  Split: (layer) => layer.top.map(() => firstOf(layer)),
  Concat: concat,
  Slice: slice,
  Reshape: reshape,
  Flatten: flatten,
  Crop: crop,
  Tile: tile,
  Reduction: reduction,
  ArgMax: argMax,
  BatchReindex: batchReindex,
  Embed: embed,
  Parameter: parameter,
  Dropout: dropout,
};
