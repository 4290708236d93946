import { layers } from 'tscaffe';
import { biasFiller, denseRelu, maxPool, scores, weightFiller } from './blocks.js';
import { classifier } from './classifier.js';

/** LeNet for digits of 28 x 28, as Caffe's examples have it: no ReLU between convolution and pooling. */
export const lenet = classifier('LeNet', [1, 28, 28], (n, data) => {
  n['conv1'] = layers.Convolution(data, { numOutput: 20, kernelSize: 5, weightFiller, biasFiller });
  const pool1 = maxPool(n, 'pool1', n['conv1'], 2, 2);
  n['conv2'] = layers.Convolution(pool1, { numOutput: 50, kernelSize: 5, weightFiller, biasFiller });
  const pool2 = maxPool(n, 'pool2', n['conv2'], 2, 2);
  return scores(n, 'ip2', denseRelu(n, 'ip1', pool2, 500), 10);
});
