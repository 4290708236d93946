import { layers, NetSpec, params, type NetMessage, type Top } from 'tscaffe';

const classes = 21;
const param = [
  { lrMult: 1, decayMult: 1 },
  { lrMult: 2, decayMult: 0 },
];

function convRelu(bottom: Top, numOutput: number, kernelSize = 3, pad = 1): [conv: Top, relu: Top] {
  const conv = layers.Convolution(bottom, { kernelSize, stride: 1, numOutput, pad, param });
  return [conv, layers.ReLU(conv, { inPlace: true })];
}

function scores(bottom: Top): Top {
  return layers.Convolution(bottom, { numOutput: classes, kernelSize: 1, pad: 0, param });
}

function upsample(bottom: Top, kernelSize: number, stride: number): Top {
  const shape = { numOutput: classes, kernelSize, stride, biasTerm: false, group: classes };
  return layers.Deconvolution(bottom, {
    param: [{ lrMult: 0 }],
    convolutionParam: { ...shape, weightFiller: { type: 'bilinear' } },
  });
}

function cut(bottom: Top, like: Top, offset: number): Top {
  return layers.Crop(bottom, like, { axis: 2, offset });
}

function stage(n: NetSpec, number: number, bottom: Top, count: number, convs: number): Top {
  let x = bottom;
  for (let index = 1; index <= convs; ++index) {
    const [conv, relu] = convRelu(x, count, 3, number === 1 && index === 1 ? 100 : 1);
    n[`conv${number}_${index}`] = conv;
    n[`relu${number}_${index}`] = x = relu;
  }
  return (n[`pool${number}`] = layers.Pooling(x, { pool: 'MAX', kernelSize: 2, stride: 2 }));
}

function dense(n: NetSpec, number: number, bottom: Top, size: number): Top {
  const [fc, relu] = convRelu(bottom, 512, size, 0);
  n[`fc${number}`] = fc;
  n[`relu${number}`] = relu;
  return (n[`drop${number}`] = layers.Dropout(relu, { dropoutRatio: 0.5, inPlace: true }));
}

/** FCN-8s on VGG-16, with 512 filters in fc6 and fc7 instead of 4096: half a gigabyte less to build. */
export function fcn(): NetMessage {
  const n = new NetSpec();
  const named = (name: string, top: Top): Top => (n[name] = top);
  const fuse = (above: Top, below: Top): Top => layers.Eltwise(above, below, { operation: params.Eltwise.SUM });
  const [data, label] = layers.DummyData({ shape: [{ dim: [1, 3, 64, 96] }, { dim: [1, 1, 64, 96] }], ntop: 2 });
  [n['data'], n['label']] = [data, label];
  const pool3 = stage(n, 3, stage(n, 2, stage(n, 1, data, 64, 2), 128, 2), 256, 3);
  const pool4 = stage(n, 4, pool3, 512, 3);
  let x = dense(n, 7, dense(n, 6, stage(n, 5, pool4, 512, 3), 7), 1);
  x = named('upscore2', upsample(named('score_fr', scores(x)), 4, 2));
  let skip = named('score_pool4c', cut(named('score_pool4', scores(pool4)), x, 5));
  x = named('upscore_pool4', upsample(named('fuse_pool4', fuse(x, skip)), 4, 2));
  skip = named('score_pool3c', cut(named('score_pool3', scores(pool3)), x, 9));
  x = named('upscore8', upsample(named('fuse_pool3', fuse(x, skip)), 16, 8));
  const score = named('score', cut(x, data, 31));
  n['loss'] = layers.SoftmaxWithLoss(score, label, { lossParam: { normalize: false, ignoreLabel: 255 } });
  return n.toProto();
}
