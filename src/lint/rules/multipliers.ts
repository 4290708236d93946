import type { Report } from '../prototxt.js';
import { fieldOf, nameOf, type StateNet } from '../state.js';

/** Types whose weights are made to be learnt. A fixed Deconvolution interpolates, and a fixed Scale scales. */
const trained = ['Convolution', 'InnerProduct', 'Embed', 'LSTM', 'RNN'];

/** A frozen layer above one that learns: weights are frozen from the data upwards. */
export function frozenAboveLearning(net: StateNet, report: Report): void {
  if (net.state.phase !== 'train' || !net.hasLoss) return;
  for (const [i, layer] of net.layers.entries()) {
    const { type, param } = layer.param;
    if (!trained.includes(type) || param.length === 0 || net.learns(layer) || !net.learnsBelow(i)) continue;
    report(
      'frozen-above-learning',
      fieldOf(layer, 'param'),
      `${nameOf(layer)} has lr_mult 0, but layers below it learn`,
      'to keep trained weights, freeze from the data upwards: give the layers below it lr_mult: 0 too',
    );
  }
}

/** Learnable blobs that layers share by name, of other shapes: with PERMISSIVE Caffe only counts the values. */
export function sharedShapes({ net, layers }: StateNet, report: Report): void {
  if (net === undefined) return;
  const owners = new Map<string, { layer: string; shape: readonly number[] }>();
  for (const layer of layers) {
    const blobs = net.layers.find(({ name, type }) => name === layer.param.name && type === layer.param.type)?.blobs;
    for (const [i, { name }] of layer.param.param.entries()) {
      const shape = blobs?.[i]?.shape;
      if (!name || shape === undefined) continue;
      const owner = owners.get(name);
      owners.set(name, owner ?? { layer: layer.param.name, shape });
      if (owner === undefined || owner.shape.join() === shape.join()) continue;
      report(
        'shared-shape',
        fieldOf(layer, 'param'),
        `${nameOf(layer)} shares "${name}" as (${shape.join(', ')}), but layer "${owner.layer}" has it as ` +
          `(${owner.shape.join(', ')})`,
        'PERMISSIVE takes the values in their order, whatever they mean: give both layers the same shape',
      );
    }
  }
}
