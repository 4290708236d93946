import { coordMap, layers, NetSpec, type NetMessage, type Top } from 'tscaffe';
import { biasFiller, convRelu, maxPool } from './blocks.js';

const classes = 21;

function score(n: NetSpec, name: string, bottom: Top): Top {
  const weightFiller = { type: 'xavier' };
  return (n[name] = layers.Convolution(bottom, { numOutput: classes, kernelSize: 1, weightFiller, biasFiller }));
}

/** Bilinear upsampling, each class by itself. */
function upsample(n: NetSpec, name: string, bottom: Top, factor: number): Top {
  const kernelSize = 2 * factor;
  const shape = { numOutput: classes, group: classes, kernelSize, stride: factor, biasTerm: false };
  const convolutionParam = { ...shape, weightFiller: { type: 'bilinear' } };
  return (n[name] = layers.Deconvolution(bottom, { convolutionParam }));
}

/** Adds the scores of an earlier, finer stage, cut to the same place. */
function fuse(n: NetSpec, name: string, coarse: Top, fine: Top): Top {
  n[`${name}/crop`] = coordMap.crop(score(n, `${name}/score`, fine), coarse);
  return (n[name] = layers.Eltwise(coarse, n[`${name}/crop`]));
}

/**
 * The fully convolutional net of stride 8, with an eighth of VGG's filters. Scores of 21 classes for each pixel:
 * N x 21 x size x size.
 */
export function fcn8s(batch: number, size = 64): NetMessage {
  const n = new NetSpec({ name: 'FCN-8s' });
  n['data'] = layers.Input({ shape: { dim: [batch, 3, size, size] } });
  const stages: Top[] = [];
  let x: Top = n['data'];
  for (const [index, numOutput] of [8, 16, 32, 64, 64].entries()) {
    const stage = index + 1;
    // The wide padding leaves something of a small picture after five poolings and fc6.
    x = convRelu(n, `conv${stage}_1`, x, { numOutput, kernelSize: 3, pad: stage === 1 ? 100 : 1 });
    x = convRelu(n, `conv${stage}_2`, x, { numOutput, kernelSize: 3, pad: 1 });
    stages.push((x = maxPool(n, `pool${stage}`, x, 2, 2)));
  }
  x = convRelu(n, 'fc6', x, { numOutput: 128, kernelSize: 7 });
  x = n['fc6/drop'] = layers.Dropout(x, { dropoutRatio: 0.5, inPlace: true });
  x = upsample(n, 'upscore5', score(n, 'score5', x), 2);
  x = upsample(n, 'upscore4', fuse(n, 'fuse4', x, stages[3]), 2);
  x = upsample(n, 'upscore3', fuse(n, 'fuse3', x, stages[2]), 8);
  n['score'] = coordMap.crop(x, n['data']);
  return n.toProto();
}
