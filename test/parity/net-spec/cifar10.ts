import { layers, NetSpec, params, type NetMessage, type Top } from 'tscaffe';

function conv(bottom: Top, numOutput: number, std: number): Top {
  return layers.Convolution(bottom, {
    numOutput,
    pad: 2,
    kernelSize: 5,
    stride: 1,
    weightFiller: { type: 'gaussian', std },
    biasFiller: { type: 'constant' },
    param: [{ lrMult: 1 }, { lrMult: 2 }],
  });
}

function regionNorm(bottom: Top): Top {
  return layers.LRN(bottom, { localSize: 3, alpha: 5e-5, beta: 0.75, normRegion: 'WITHIN_CHANNEL' });
}

type Stage = '1' | '2' | '3';
type Names = `conv${Stage}` | `pool${Stage}` | `relu${Stage}` | 'norm1' | 'norm2' | 'ip1' | 'accuracy' | 'loss';

export function cifar10(): NetMessage {
  const n = new NetSpec<'data' | 'label' | Names>();
  [n.data, n.label] = layers.DummyData({
    num: [100, 100],
    channels: [3, 1],
    height: [32, 1],
    width: [32, 1],
    ntop: 2,
  });
  n.conv1 = conv(n.data, 32, 0.0001);
  n.pool1 = layers.Pooling(n.conv1, { pool: 'MAX', kernelSize: 3, stride: 2 });
  n.relu1 = layers.ReLU(n.pool1, { inPlace: true });
  n.norm1 = regionNorm(n.relu1);
  n.conv2 = conv(n.norm1, 32, 0.01);
  n.relu2 = layers.ReLU(n.conv2, { inPlace: true });
  n.pool2 = layers.Pooling(n.relu2, { pool: 'AVE', kernelSize: 3, stride: 2 });
  n.norm2 = regionNorm(n.pool2);
  n.conv3 = layers.Convolution(n.norm2, {
    numOutput: 64,
    padH: 2,
    padW: 2,
    kernelH: 5,
    kernelW: 5,
    weightFiller: { type: 'gaussian', std: 0.01 },
    engine: params.Convolution.CAFFE,
  });
  n.relu3 = layers.ReLU(n.conv3, { inPlace: true, negativeSlope: 0.01, engine: 'CAFFE' });
  n.pool3 = layers.Pooling(n.relu3, { pool: params.Pooling.AVE, kernelSize: 3, stride: 2 });
  n.ip1 = layers.InnerProduct(n.pool3, {
    numOutput: 10,
    weightFiller: { type: 'gaussian', std: 0.01 },
    param: [
      { lrMult: 1, decayMult: 250 },
      { lrMult: 2, decayMult: 0 },
    ],
  });
  n.accuracy = layers.Accuracy(n.ip1, n.label, { include: { phase: 'TEST', stage: ['check', 'final'] } });
  n.loss = layers.SoftmaxWithLoss(n.ip1, n.label);
  return n.toProto();
}
