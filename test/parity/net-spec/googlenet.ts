import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

function convRelu(
  n: NetSpec,
  name: string,
  bottom: Top,
  count: number,
  size: number,
  pad?: number,
  stride?: number,
): Top {
  const conv = layers.Convolution(bottom, {
    numOutput: count,
    kernelSize: size,
    param: [
      { lrMult: 1, decayMult: 1 },
      { lrMult: 2, decayMult: 0 },
    ],
    weightFiller: { type: 'xavier' },
    biasFiller: { type: 'constant', value: 0.2 },
    pad,
    stride,
  });
  n[name] = conv;
  n[name.replace('/', '/relu_')] = layers.ReLU(conv, { inPlace: true });
  return conv;
}

type Counts = [ones: number, reduce3: number, threes: number, reduce5: number, fives: number, pooled: number];

function inception(n: NetSpec, name: string, bottom: Top, [c1, c3r, c3, c5r, c5, proj]: Counts): Top {
  const ones = convRelu(n, `${name}/1x1`, bottom, c1, 1);
  const threes = convRelu(n, `${name}/3x3`, convRelu(n, `${name}/3x3_reduce`, bottom, c3r, 1), c3, 3, 1);
  const fives = convRelu(n, `${name}/5x5`, convRelu(n, `${name}/5x5_reduce`, bottom, c5r, 1), c5, 5, 2);
  const pool = layers.Pooling(bottom, { pool: 'MAX', kernelSize: 3, stride: 1, pad: 1 });
  n[`${name}/pool`] = pool;
  const pooled = convRelu(n, `${name}/pool_proj`, pool, proj, 1);
  const output = layers.Concat(ones, threes, fives, pooled);
  n[`${name}/output`] = output;
  return output;
}

function classifier(n: NetSpec, name: string, features: Top, label: Top, lossWeight: number): void {
  const scores = layers.InnerProduct(features, { numOutput: 1000, weightFiller: { type: 'xavier' } });
  n[`${name}/classifier`] = scores;
  n[`${name}/loss`] = layers.SoftmaxWithLoss(scores, label, { lossWeight });
  n[`${name}/top-5`] = layers.Accuracy(scores, label, { topK: 5, include: { phase: 'TEST' } });
}

function sideLoss(n: NetSpec, name: string, bottom: Top, label: Top): void {
  const pool = layers.Pooling(bottom, { pool: 'AVE', kernelSize: 5, stride: 3 });
  n[`${name}/ave_pool`] = pool;
  const conv = convRelu(n, `${name}/conv`, pool, 128, 1);
  const fc = layers.InnerProduct(conv, { numOutput: 1024, weightFiller: { type: 'xavier' } });
  n[`${name}/fc`] = fc;
  n[`${name}/relu_fc`] = layers.ReLU(fc, { inPlace: true });
  n[`${name}/drop_fc`] = layers.Dropout(fc, { dropoutRatio: 0.7, inPlace: true });
  classifier(n, name, fc, label, 0.3);
}

export function googlenet(): NetMessage {
  const n = new NetSpec();
  const [data, label] = layers.DummyData({ shape: [{ dim: [1, 3, 224, 224] }, { dim: [1] }], ntop: 2 });
  n['data'] = data;
  n['label'] = label;
  const named = (name: string, top: Top): Top => (n[name] = top);
  const maxPool = (name: string, bottom: Top): Top =>
    named(name, layers.Pooling(bottom, { pool: 'MAX', kernelSize: 3, stride: 2 }));
  const norm = (name: string, bottom: Top): Top =>
    named(name, layers.LRN(bottom, { localSize: 5, alpha: 0.0001, beta: 0.75 }));

  let x = maxPool('pool1/3x3_s2', convRelu(n, 'conv1/7x7_s2', data, 64, 7, 3, 2));
  x = convRelu(n, 'conv2/3x3_reduce', norm('pool1/norm1', x), 64, 1);
  x = maxPool('pool2/3x3_s2', norm('conv2/norm2', convRelu(n, 'conv2/3x3', x, 192, 3, 1)));
  x = inception(n, 'inception_3a', x, [64, 96, 128, 16, 32, 32]);
  x = maxPool('pool3/3x3_s2', inception(n, 'inception_3b', x, [128, 128, 192, 32, 96, 64]));
  x = inception(n, 'inception_4a', x, [192, 96, 208, 16, 48, 64]);
  sideLoss(n, 'loss1', x, label);
  x = inception(n, 'inception_4b', x, [160, 112, 224, 24, 64, 64]);
  x = inception(n, 'inception_4c', x, [128, 128, 256, 24, 64, 64]);
  x = inception(n, 'inception_4d', x, [112, 144, 288, 32, 64, 64]);
  sideLoss(n, 'loss2', x, label);
  x = maxPool('pool4/3x3_s2', inception(n, 'inception_4e', x, [256, 160, 320, 32, 128, 128]));
  x = inception(n, 'inception_5a', x, [256, 160, 320, 32, 128, 128]);
  x = inception(n, 'inception_5b', x, [384, 192, 384, 48, 128, 128]);
  x = named('pool5/7x7_s1', layers.Pooling(x, { pool: 'AVE', kernelSize: 7, stride: 1 }));
  x = named('pool5/drop', layers.Dropout(x, { dropoutRatio: 0.4, inPlace: true }));
  classifier(n, 'loss3', x, label, 1);
  return n.toProto();
}
