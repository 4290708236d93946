import { convRelu, denseRelu, maxPool, scores } from './blocks.js';
import { classifier } from './classifier.js';

/** Filters and convolutions of the five stages. */
const stages = [
  [64, 2],
  [128, 2],
  [256, 3],
  [512, 3],
  [512, 3],
] as const;

/** VGG with 13 convolutions and 3 fully connected layers. Its weights take 553 MB. */
export const vgg16 = classifier('VGG-16', [3, 224, 224], (n, data) => {
  let x = data;
  for (const [index, [numOutput, count]] of stages.entries()) {
    const stage = index + 1;
    for (let i = 1; i <= count; i++) x = convRelu(n, `conv${stage}_${i}`, x, { numOutput, kernelSize: 3, pad: 1 });
    x = maxPool(n, `pool${stage}`, x, 2, 2);
  }
  x = denseRelu(n, 'fc7', denseRelu(n, 'fc6', x, 4096, 0.5), 4096, 0.5);
  return scores(n, 'fc8', x, 1000);
});
