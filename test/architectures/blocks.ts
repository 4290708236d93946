// What the nets are built of. Each block names its layers, and returns its last top.
import { layers, type fields, type NetSpec, type Top } from 'tscaffe';

type ConvolutionFields = fields.ConvolutionParameter;

/** Keeps the spread of activations from layer to layer, whatever the depth. */
export const weightFiller = { type: 'msra' };
/** Random, as after training: a bias that got lost on the way would not be seen if all were 0. */
export const biasFiller = { type: 'uniform', min: -0.1, max: 0.1 };

/** A convolution with a ReLU in place behind it. */
export function convRelu(n: NetSpec, name: string, bottom: Top, conv: ConvolutionFields): Top {
  n[name] = layers.Convolution(bottom, { ...conv, weightFiller, biasFiller });
  return (n[`${name}/relu`] = layers.ReLU(n[name], { inPlace: true }));
}

/** A fully connected layer with a ReLU in place behind it, and a Dropout. */
export function denseRelu(n: NetSpec, name: string, bottom: Top, numOutput: number, dropoutRatio?: number): Top {
  n[name] = layers.InnerProduct(bottom, { numOutput, weightFiller, biasFiller });
  const relu = (n[`${name}/relu`] = layers.ReLU(n[name], { inPlace: true }));
  if (dropoutRatio === undefined) return relu;
  return (n[`${name}/drop`] = layers.Dropout(relu, { dropoutRatio, inPlace: true }));
}

/** The scores of the classes: spread like the features, so that no softmax of them is all 0 and 1. */
export function scores(n: NetSpec, name: string, bottom: Top, numOutput: number): Top {
  return (n[name] = layers.InnerProduct(bottom, { numOutput, weightFiller: { type: 'xavier' }, biasFiller }));
}

export function maxPool(n: NetSpec, name: string, bottom: Top, kernelSize: number, stride: number, pad = 0): Top {
  return (n[name] = layers.Pooling(bottom, { pool: 'MAX', kernelSize, stride, pad }));
}

export function globalAveragePool(n: NetSpec, name: string, bottom: Top): Top {
  return (n[name] = layers.Pooling(bottom, { pool: 'AVE', globalPooling: true }));
}

/** Each value over the size of its neighbours in five channels, as AlexNet and GoogLeNet have it. */
export function normalize(n: NetSpec, name: string, bottom: Top): Top {
  return (n[name] = layers.LRN(bottom, { localSize: 5, alpha: 1e-4, beta: 0.75 }));
}
