import { layers, NetSpec, params, type NetMessage } from 'tscaffe';

type Names = 'data' | 'label' | 'conv1' | 'pool1' | 'conv2' | 'pool2' | 'ip1' | 'relu1' | 'ip2' | 'accuracy' | 'loss';

export function lenet(): NetMessage {
  const n = new NetSpec<Names>();
  [n.data, n.label] = layers.DummyData({
    shape: [{ dim: [64, 1, 28, 28] }, { dim: 64 }],
    dataFiller: [{ type: 'gaussian', std: 0.5 }, { type: 'constant' }],
    transformParam: { scale: 1 / 255 },
    ntop: 2,
  });
  const learned = { weightFiller: { type: 'xavier' }, param: [{ lrMult: 1 }, { lrMult: 2 }] } as const;
  n.conv1 = layers.Convolution(n.data, { kernelSize: 5, numOutput: 20, ...learned });
  n.pool1 = layers.Pooling(n.conv1, { kernelSize: 2, stride: 2, pool: params.Pooling.MAX });
  n.conv2 = layers.Convolution(n.pool1, { kernelSize: 5, numOutput: 50, ...learned });
  n.pool2 = layers.Pooling(n.conv2, { kernelSize: 2, stride: 2, pool: 'MAX' });
  n.ip1 = layers.InnerProduct(n.pool2, { numOutput: 500, ...learned });
  n.relu1 = layers.ReLU(n.ip1, { inPlace: true });
  n.ip2 = layers.InnerProduct(n.relu1, { numOutput: 10, ...learned });
  n.accuracy = layers.Accuracy(n.ip2, n.label, { include: { phase: 'TEST' } });
  n.loss = layers.SoftmaxWithLoss(n.ip2, n.label);
  return n.toProto();
}
