import type { Report } from '../prototxt.js';
import { removals } from '../finding.js';
import { fieldsAt } from '../prototxt-tree.js';
import { blobField, fieldOf, nameOf, type StateNet } from '../state.js';

/** Types of Caffe whose backward ends training: their weight in a loss has no gradient. */
const withoutGradient = ['Accuracy', 'ArgMax', 'Threshold'];

/** Types whose values mean nothing as a loss, summed up. What losses are made of (Reduction, Eltwise) is not here. */
const noLosses = [
  ...['Data', 'ImageData', 'HDF5Data', 'MemoryData', 'WindowData', 'DummyData', 'Input'],
  ...['Convolution', 'Deconvolution', 'InnerProduct', 'Embed', 'Pooling', 'LRN', 'Dropout', 'BatchNorm', 'Concat'],
  ...['ReLU', 'PReLU', 'ELU', 'Sigmoid', 'TanH', 'BNLL', 'Swish', 'Softmax', 'Flatten', 'Reshape', 'Slice', 'Split'],
  ...['Im2col', 'Crop', 'SPP', 'Tile', 'LSTM', 'RNN'],
];

/** A loss_weight on a layer that is no loss. */
export function lossWeights(net: StateNet, report: Report, text: string): void {
  for (const layer of net.layers) {
    const { type, lossWeight } = layer.param;
    if (!lossWeight.some((weight) => weight !== 0)) continue;
    const hasNone = withoutGradient.includes(type);
    if (!hasNone && !noLosses.includes(type)) continue;
    const fields = fieldsAt(layer.field?.fields, 'loss_weight');
    report(
      'loss-weight',
      fieldOf(layer, 'loss_weight'),
      `${nameOf(layer)} has a loss_weight, but ${type} is no loss`,
      hasNone
        ? `${type} has no gradient: remove loss_weight`
        : 'training would make the sum of its values small: put a loss layer on it, or remove loss_weight',
      hasNone ? removals(text, fields) : undefined,
    );
  }
}

/** Losses that compute the softmax or the sigmoid themselves, and Softmax. */
const inside: Record<string, string> = {
  SoftmaxWithLoss: 'Softmax',
  InfogainLoss: 'Softmax',
  Softmax: 'Softmax',
  SigmoidCrossEntropyLoss: 'Sigmoid',
};

/** A softmax of a softmax, a sigmoid of a sigmoid: trains badly, and Caffe is silent. */
export function softmaxTwice(net: StateNet, report: Report): void {
  for (const [i, layer] of net.layers.entries()) {
    const { type, bottom } = layer.param;
    const [blob = ''] = bottom;
    const below = net.layers[net.writerOf(blob, i)];
    if (below === undefined || below.param.type !== inside[type]) continue;
    report(
      'softmax-twice',
      blobField(layer, 'bottom', blob),
      `${nameOf(layer)} takes the ${below.param.type.toLowerCase()} of ${nameOf(below)}, and ${type} computes one itself`,
      `let ${nameOf(layer)} read "${below.param.bottom[0] ?? ''}"`,
    );
  }
}
