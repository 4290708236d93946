import { layers, toProto, type NetMessage, type Top } from 'tscaffe';

const param = [
  { lrMult: 1, decayMult: 1 },
  { lrMult: 2, decayMult: 0 },
];

interface Shape {
  stride?: number;
  pad?: number;
  group?: number;
  bias?: number;
}

function convRelu(bottom: Top, size: number, count: number, { stride = 1, pad = 0, group = 1, bias = 0 }: Shape): Top {
  const conv = layers.Convolution(bottom, {
    kernelSize: size,
    stride,
    numOutput: count,
    pad,
    group,
    param,
    weightFiller: { type: 'gaussian', std: 0.01 },
    biasFiller: { type: 'constant', value: bias },
  });
  return layers.ReLU(conv, { inPlace: true });
}

function poolNorm(bottom: Top): Top {
  const pool = layers.Pooling(bottom, { pool: 'MAX', kernelSize: 3, stride: 2 });
  return layers.LRN(pool, { localSize: 5, alpha: 1e-4, beta: 0.75 });
}

function fcReluDrop(bottom: Top, count: number): Top {
  const fc = layers.InnerProduct(bottom, {
    numOutput: count,
    param,
    weightFiller: { type: 'gaussian', std: 0.005 },
    biasFiller: { type: 'constant', value: 1 },
  });
  return layers.Dropout(layers.ReLU(fc, { inPlace: true }), { dropoutRatio: 0.5, inPlace: true });
}

export function caffenet(): NetMessage {
  const [data, label] = layers.DummyData({ shape: [{ dim: [2, 3, 227, 227] }, { dim: [2] }], ntop: 2 });
  const first = poolNorm(convRelu(data, 11, 96, { stride: 4 }));
  const second = poolNorm(convRelu(first, 5, 256, { pad: 2, group: 2, bias: 1 }));
  const third = convRelu(second, 3, 384, { pad: 1 });
  const fourth = convRelu(third, 3, 384, { pad: 1, group: 2, bias: 1 });
  const fifth = convRelu(fourth, 3, 256, { pad: 1, group: 2, bias: 1 });
  const pool = layers.Pooling(fifth, { pool: 'MAX', kernelSize: 3, stride: 2 });
  const fc7 = fcReluDrop(fcReluDrop(pool, 4096), 4096);
  const fc8 = layers.InnerProduct(fc7, {
    numOutput: 1000,
    param,
    weightFiller: { type: 'gaussian', std: 0.01 },
    biasFiller: { type: 'constant', value: 0 },
  });
  const loss = layers.SoftmaxWithLoss(fc8, label);
  const accuracy = layers.Accuracy(fc8, label, { topK: 5 });
  return toProto(loss, accuracy);
}
