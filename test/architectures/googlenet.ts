import { layers, type NetSpec, type Top } from 'tscaffe';
import { convRelu, denseRelu, globalAveragePool, maxPool, normalize, scores } from './blocks.js';
import { classifier, type SideLoss } from './classifier.js';

/** Of the four branches of an inception: the filters, and before the larger ones those that reduce their input. */
type Filters = [ones: number, reduce3: number, threes: number, reduce5: number, fives: number, pooled: number];

function inception(n: NetSpec, name: string, bottom: Top, [c1, r3, c3, r5, c5, pooled]: Filters): Top {
  const ones = convRelu(n, `${name}/1x1`, bottom, { numOutput: c1, kernelSize: 1 });
  const reduced3 = convRelu(n, `${name}/3x3_reduce`, bottom, { numOutput: r3, kernelSize: 1 });
  const threes = convRelu(n, `${name}/3x3`, reduced3, { numOutput: c3, kernelSize: 3, pad: 1 });
  const reduced5 = convRelu(n, `${name}/5x5_reduce`, bottom, { numOutput: r5, kernelSize: 1 });
  const fives = convRelu(n, `${name}/5x5`, reduced5, { numOutput: c5, kernelSize: 5, pad: 2 });
  const pool = maxPool(n, `${name}/pool`, bottom, 3, 1, 1);
  const projected = convRelu(n, `${name}/pool_proj`, pool, { numOutput: pooled, kernelSize: 1 });
  return (n[`${name}/output`] = layers.Concat(ones, threes, fives, projected));
}

/** A small classifier on the way, which only training has. */
function head(n: NetSpec, name: string, bottom: Top, sideLoss?: SideLoss): void {
  if (sideLoss === undefined) return;
  const pool = (n[`${name}/pool`] = layers.Pooling(bottom, { pool: 'AVE', kernelSize: 5, stride: 3 }));
  const features = denseRelu(
    n,
    `${name}/fc`,
    convRelu(n, `${name}/conv`, pool, { numOutput: 128, kernelSize: 1 }),
    1024,
    0.7,
  );
  sideLoss(name, scores(n, `${name}/classifier`, features, 1000), 0.3);
}

/** GoogLeNet, the first Inception. */
export const googlenet = classifier('GoogLeNet', [3, 224, 224], (n, data, sideLoss) => {
  let x = convRelu(n, 'conv1', data, { numOutput: 64, kernelSize: 7, stride: 2, pad: 3 });
  x = normalize(n, 'norm1', maxPool(n, 'pool1', x, 3, 2));
  x = convRelu(n, 'conv2_reduce', x, { numOutput: 64, kernelSize: 1 });
  x = convRelu(n, 'conv2', x, { numOutput: 192, kernelSize: 3, pad: 1 });
  x = maxPool(n, 'pool2', normalize(n, 'norm2', x), 3, 2);
  x = inception(n, '3a', x, [64, 96, 128, 16, 32, 32]);
  x = inception(n, '3b', x, [128, 128, 192, 32, 96, 64]);
  x = inception(n, '4a', maxPool(n, 'pool3', x, 3, 2), [192, 96, 208, 16, 48, 64]);
  head(n, 'head1', x, sideLoss);
  x = inception(n, '4b', x, [160, 112, 224, 24, 64, 64]);
  x = inception(n, '4c', x, [128, 128, 256, 24, 64, 64]);
  x = inception(n, '4d', x, [112, 144, 288, 32, 64, 64]);
  head(n, 'head2', x, sideLoss);
  x = inception(n, '4e', x, [256, 160, 320, 32, 128, 128]);
  x = inception(n, '5a', maxPool(n, 'pool4', x, 3, 2), [256, 160, 320, 32, 128, 128]);
  x = inception(n, '5b', x, [384, 192, 384, 48, 128, 128]);
  const pool = globalAveragePool(n, 'pool5', x);
  const drop = (n['drop'] = layers.Dropout(pool, { dropoutRatio: 0.4, inPlace: true }));
  return scores(n, 'classifier', drop, 1000);
});
