import { layers, type NetSpec, type Top } from 'tscaffe';
import { biasFiller, convRelu, globalAveragePool, maxPool } from './blocks.js';
import { classifier } from './classifier.js';

/** Squeezes the channels, then expands them by filters of 1 x 1 and of 3 x 3. */
function fire(n: NetSpec, name: string, bottom: Top, squeezed: number, expanded: number): Top {
  const squeeze = convRelu(n, `${name}/squeeze`, bottom, { numOutput: squeezed, kernelSize: 1 });
  const ones = convRelu(n, `${name}/expand1x1`, squeeze, { numOutput: expanded, kernelSize: 1 });
  const threes = convRelu(n, `${name}/expand3x3`, squeeze, { numOutput: expanded, kernelSize: 3, pad: 1 });
  return (n[`${name}/concat`] = layers.Concat(ones, threes));
}

/** SqueezeNet 1.1. Its scores are N x 1000 x 1 x 1. */
export const squeezenet = classifier('SqueezeNet', [3, 227, 227], (n, data) => {
  let x = maxPool(n, 'pool1', convRelu(n, 'conv1', data, { numOutput: 64, kernelSize: 3, stride: 2 }), 3, 2);
  x = fire(n, 'fire3', fire(n, 'fire2', x, 16, 64), 16, 64);
  x = maxPool(n, 'pool3', x, 3, 2);
  x = fire(n, 'fire5', fire(n, 'fire4', x, 32, 128), 32, 128);
  x = maxPool(n, 'pool5', x, 3, 2);
  x = fire(n, 'fire7', fire(n, 'fire6', x, 48, 192), 48, 192);
  x = fire(n, 'fire9', fire(n, 'fire8', x, 64, 256), 64, 256);
  x = n['drop9'] = layers.Dropout(x, { dropoutRatio: 0.5, inPlace: true });
  const weightFiller = { type: 'xavier' };
  n['conv10'] = layers.Convolution(x, { numOutput: 1000, kernelSize: 1, weightFiller, biasFiller });
  return globalAveragePool(n, 'pool10', (n['conv10/relu'] = layers.ReLU(n['conv10'], { inPlace: true })));
});
