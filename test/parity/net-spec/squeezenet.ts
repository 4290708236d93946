import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

function convRelu(
  bottom: Top,
  numOutput: number,
  kernelSize: number,
  shape: { pad?: number; stride?: number } = {},
): Top {
  const conv = layers.Convolution(bottom, { numOutput, kernelSize, weightFiller: { type: 'xavier' }, ...shape });
  return layers.ReLU(conv, { inPlace: true });
}

function fire(bottom: Top, squeezed: number, expanded: number): Top {
  const small = convRelu(bottom, squeezed, 1);
  return layers.Concat(convRelu(small, expanded, 1), convRelu(small, expanded, 3, { pad: 1 }), { axis: 1 });
}

function pool(bottom: Top): Top {
  return layers.Pooling(bottom, { pool: 'MAX', kernelSize: 3, stride: 2 });
}

/** SqueezeNet 1.1, in which only what leaves a stage has a name. */
export function squeezenet(): NetMessage {
  const n = new NetSpec<'data' | 'label' | 'fire3' | 'fire5' | 'fire9' | 'conv10' | 'pool10' | 'loss'>();
  n.data = layers.DummyData({ shape: { dim: [1, 3, 227, 227] }, dataFiller: { type: 'gaussian' } });
  n.label = layers.DummyData({ shape: { dim: 1 } });
  n.fire3 = fire(fire(pool(convRelu(n.data, 64, 3, { stride: 2 })), 16, 64), 16, 64);
  n.fire5 = fire(fire(pool(n.fire3), 32, 128), 32, 128);
  n.fire9 = fire(fire(fire(fire(pool(n.fire5), 48, 192), 48, 192), 64, 256), 64, 256);
  n.conv10 = layers.Convolution(layers.Dropout(n.fire9, { dropoutRatio: 0.5, inPlace: true }), {
    numOutput: 1000,
    kernelSize: 1,
    weightFiller: { type: 'gaussian', mean: 0, std: 0.01 },
  });
  n.pool10 = layers.Pooling(layers.ReLU(n.conv10, { inPlace: true }), { pool: 'AVE', globalPooling: true });
  n.loss = layers.SoftmaxWithLoss(n.pool10, n.label);
  return n.toProto();
}
