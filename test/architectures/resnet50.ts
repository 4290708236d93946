import { layers, type NetSpec, type Top } from 'tscaffe';
import { globalAveragePool, maxPool, scores, weightFiller } from './blocks.js';
import { classifier } from './classifier.js';

interface Conv {
  numOutput: number;
  kernelSize: number;
  stride?: number;
  pad?: number;
}

/**
 * A convolution without bias, a BatchNorm in place and a Scale in place. The factors of Scale are random, as after
 * training.
 */
function convNorm(n: NetSpec, name: string, bottom: Top, conv: Conv, factors: [min: number, max: number]): Top {
  n[name] = layers.Convolution(bottom, { ...conv, biasTerm: false, weightFiller });
  n[`${name}/bn`] = layers.BatchNorm(n[name], { inPlace: true });
  const [min, max] = factors;
  return (n[`${name}/scale`] = layers.Scale(n[`${name}/bn`], {
    filler: { type: 'uniform', min, max },
    biasTerm: true,
    biasFiller: { type: 'uniform', min: -0.1, max: 0.1 },
    inPlace: true,
  }));
}

function relu(n: NetSpec, name: string, bottom: Top): Top {
  return (n[`${name}/relu`] = layers.ReLU(bottom, { inPlace: true }));
}

const usual: [number, number] = [0.5, 1.5];
/** Of what is added to the shortcut: sixteen sums would grow by a factor of 200 otherwise. */
const small: [number, number] = [0.1, 0.4];

/** 1 x 1, 3 x 3 and 1 x 1 beside a shortcut, which is a convolution where the shape changes. */
function bottleneck(n: NetSpec, name: string, bottom: Top, width: number, stride: number, isFirst: boolean): Top {
  const wide = { numOutput: 4 * width, kernelSize: 1 };
  const shortcut = isFirst ? convNorm(n, `${name}/shortcut`, bottom, { ...wide, stride }, usual) : bottom;
  let x = relu(n, `${name}/a`, convNorm(n, `${name}/a`, bottom, { numOutput: width, kernelSize: 1, stride }, usual));
  x = relu(n, `${name}/b`, convNorm(n, `${name}/b`, x, { numOutput: width, kernelSize: 3, pad: 1 }, usual));
  x = convNorm(n, `${name}/c`, x, wide, small);
  n[name] = layers.Eltwise(shortcut, x);
  return relu(n, name, n[name]);
}

/** Width and blocks of the four stages. */
const stages = [
  [64, 3],
  [128, 4],
  [256, 6],
  [512, 3],
] as const;

/**
 * ResNet-50: stride 2 in the first 1 x 1 of a stage. In the test phase it needs {@link fillRunningSums}: until it is
 * trained, BatchNorm's running sums are 0.
 */
export const resnet50 = classifier('ResNet-50', [3, 224, 224], (n, data) => {
  let x = convNorm(n, 'conv1', data, { numOutput: 64, kernelSize: 7, stride: 2, pad: 3 }, usual);
  x = maxPool(n, 'pool1', relu(n, 'conv1', x), 3, 2);
  for (const [index, [width, count]] of stages.entries()) {
    for (let i = 0; i < count; i++) {
      const isFirst = i === 0;
      x = bottleneck(n, `stage${index + 2}/${i + 1}`, x, width, isFirst && index > 0 ? 2 : 1, isFirst);
    }
  }
  return scores(n, 'fc', globalAveragePool(n, 'pool5', x), 1000);
});
