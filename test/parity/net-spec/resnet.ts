import { layers, NetSpec, params, type NetMessage, type Top } from 'tscaffe';

interface Kernel {
  size: number;
  stride?: number;
  relu?: boolean;
}

function convNorm(
  n: NetSpec,
  name: string,
  bottom: Top,
  count: number,
  { size, stride = 1, relu = true }: Kernel,
): Top {
  const conv = layers.Convolution(bottom, {
    numOutput: count,
    kernelSize: size,
    stride,
    pad: Math.floor(size / 2),
    biasTerm: false,
    weightFiller: { type: 'msra' },
    param: { lrMult: 1, decayMult: 1 },
  });
  n[name] = conv;
  n[`${name}_bn`] = layers.BatchNorm(conv, { inPlace: true, param: [{ lrMult: 0 }, { lrMult: 0 }, { lrMult: 0 }] });
  n[`${name}_scale`] = layers.Scale(conv, { inPlace: true, biasTerm: true, biasFiller: { value: 0 } });
  if (relu) n[`${name}_relu`] = layers.ReLU(conv, { inPlace: true });
  return conv;
}

function bottleneck(n: NetSpec, name: string, bottom: Top, count: number, stride: number, project: boolean): Top {
  const shortcut = project
    ? convNorm(n, `${name}_branch1`, bottom, 4 * count, { size: 1, stride, relu: false })
    : bottom;
  let x = convNorm(n, `${name}_branch2a`, bottom, count, { size: 1, stride });
  x = convNorm(n, `${name}_branch2b`, x, count, { size: 3 });
  x = convNorm(n, `${name}_branch2c`, x, 4 * count, { size: 1, relu: false });
  const sum = layers.Eltwise(shortcut, x, { operation: params.Eltwise.SUM });
  n[name] = sum;
  n[`${name}_relu`] = layers.ReLU(sum, { inPlace: true });
  return sum;
}

export function resnet(): NetMessage {
  const n = new NetSpec();
  const [data, label] = layers.DummyData({ shape: [{ dim: [1, 3, 224, 224] }, { dim: 1 }], ntop: 2 });
  n['data'] = data;
  n['label'] = label;
  let x = convNorm(n, 'conv1', data, 64, { size: 7, stride: 2 });
  n['pool1'] = x = layers.Pooling(x, { pool: 'MAX', kernelSize: 3, stride: 2 });
  const stages = [
    [64, 3],
    [128, 4],
    [256, 6],
    [512, 3],
  ] as const;
  for (const [stage, [count, blocks]] of stages.entries()) {
    for (let block = 0; block < blocks; ++block) {
      const name = `res${stage + 2}${'abcdef'.charAt(block)}`;
      x = bottleneck(n, name, x, count, block === 0 && stage > 0 ? 2 : 1, block === 0);
    }
  }
  const pool = layers.Pooling(x, { pool: 'AVE', globalPooling: true });
  const fc = layers.InnerProduct(pool, { numOutput: 1000, weightFiller: { type: 'xavier' } });
  n['pool5'] = pool;
  n['fc1000'] = fc;
  n['loss'] = layers.SoftmaxWithLoss(fc, label);
  for (const k of [1, 5]) n[`top${k}`] = layers.Accuracy(fc, label, { topK: k, include: { phase: 'TEST' } });
  return n.toProto();
}
