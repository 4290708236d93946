import { convRelu, denseRelu, maxPool, normalize, scores } from './blocks.js';
import { classifier } from './classifier.js';

/** AlexNet with pooling before normalization; three of its convolutions are in two groups. */
export const caffenet = classifier('CaffeNet', [3, 227, 227], (n, data) => {
  let x = convRelu(n, 'conv1', data, { numOutput: 96, kernelSize: 11, stride: 4 });
  x = normalize(n, 'norm1', maxPool(n, 'pool1', x, 3, 2));
  x = convRelu(n, 'conv2', x, { numOutput: 256, kernelSize: 5, pad: 2, group: 2 });
  x = normalize(n, 'norm2', maxPool(n, 'pool2', x, 3, 2));
  x = convRelu(n, 'conv3', x, { numOutput: 384, kernelSize: 3, pad: 1 });
  x = convRelu(n, 'conv4', x, { numOutput: 384, kernelSize: 3, pad: 1, group: 2 });
  x = convRelu(n, 'conv5', x, { numOutput: 256, kernelSize: 3, pad: 1, group: 2 });
  x = maxPool(n, 'pool5', x, 3, 2);
  x = denseRelu(n, 'fc7', denseRelu(n, 'fc6', x, 4096, 0.5), 4096, 0.5);
  return scores(n, 'fc8', x, 1000);
});
