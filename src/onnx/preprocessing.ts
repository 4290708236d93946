import { imageShapeOf } from '../io/input-layout.js';
import type { Transformer } from '../io/transformer.js';
import type { Graph, Shape, Value } from './graph.js';

/** Whether an input of the model takes images. */
export const takesImages = (transformer: Transformer | undefined, input: string): transformer is Transformer =>
  transformer !== undefined && Object.hasOwn(transformer.inputs, input);

/**
 * Adds an input for images, and the nodes that make of them what the net takes: those of `transformer.preprocess`, in
 * its order, but for the resize.
 *
 * @throws {RangeError} if the transformer is for another shape
 */
export function addImages(graph: Graph, transformer: Transformer, input: string, shape: Shape, batch: boolean): Value {
  const [items = 1, ...axes] = shape;
  const [, ...expected] = transformer.inputs[input] ?? [];
  if (axes.join() !== expected.join()) {
    throw new RangeError(
      `transformer: "${input}" is (${shape.join(', ')}) in the net, but items of (${expected.join(', ')}) in the transformer`,
    );
  }
  const order = transformer.transpose[input];
  let value = graph.input(input, [items, ...imageShapeOf(axes, order)], batch);
  if (order !== undefined)
    value = graph.op('Transpose', [value], shape, { perm: [0, ...order.map((axis) => axis + 1)] });
  const swap = transformer.channelSwap[input];
  if (swap !== undefined) value = graph.op('Gather', [value, graph.integers(swap)], shape, { axis: 1 });
  value = graph.multiply(value, transformer.rawScale[input] ?? 1);
  const mean = transformer.mean[input];
  if (mean !== undefined) value = graph.subtract(value, graph.floats(Float32Array.from(mean.data), mean.shape));
  return graph.multiply(value, transformer.inputScale[input] ?? 1);
}
