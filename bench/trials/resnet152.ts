import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

function convolve(n: NetSpec, name: string, bottom: Top, numOutput: number, kernelSize: number, stride = 1): Top {
  const pad = (kernelSize - 1) / 2;
  const conv = layers.Convolution(bottom, {
    numOutput,
    kernelSize,
    stride,
    pad,
    biasTerm: false,
    weightFiller: { type: 'msra' },
  });
  const norm = layers.BatchNorm(conv, { inPlace: true });
  n[name] = conv;
  n[`${name}/bn`] = norm;
  n[`${name}/scale`] = layers.Scale(norm, { inPlace: true, biasTerm: true });
  return n[`${name}/scale`];
}

function activate(n: NetSpec, name: string, bottom: Top): Top {
  n[`${name}/relu`] = layers.ReLU(bottom, { inPlace: true });
  return n[`${name}/relu`];
}

function block(n: NetSpec, name: string, bottom: Top, width: number, stride: number, first: boolean): Top {
  const shortcut = first ? convolve(n, `${name}/shortcut`, bottom, 4 * width, 1, stride) : bottom;
  let x = activate(n, `${name}/1x1`, convolve(n, `${name}/1x1`, bottom, width, 1, stride));
  x = activate(n, `${name}/3x3`, convolve(n, `${name}/3x3`, x, width, 3));
  x = convolve(n, `${name}/expand`, x, 4 * width, 1);
  n[name] = layers.Eltwise(shortcut, x);
  return activate(n, name, n[name]);
}

/** 3 + 8 + 36 + 3 blocks of three convolutions, one before and a classifier behind them. */
export function resnet152(): NetMessage {
  const n = new NetSpec({ name: 'ResNet-152' });
  [n['data'], n['label']] = layers.DummyData({ ntop: 2, shape: [{ dim: [1, 3, 224, 224] }, { dim: 1 }] });
  let x = activate(n, 'conv1', convolve(n, 'conv1', n['data'], 64, 7, 2));
  x = n['pool1'] = layers.Pooling(x, { pool: 'MAX', kernelSize: 3, stride: 2 });
  for (const [stage, blocks] of [3, 8, 36, 3].entries()) {
    for (let i = 0; i < blocks; i++) {
      x = block(n, `stage${stage}/block${i}`, x, 64 * 2 ** stage, i === 0 && stage > 0 ? 2 : 1, i === 0);
    }
  }
  n['pool2'] = layers.Pooling(x, { pool: 'AVE', globalPooling: true });
  n['scores'] = layers.InnerProduct(n['pool2'], { numOutput: 1000, weightFiller: { type: 'xavier' } });
  n['loss'] = layers.SoftmaxWithLoss(n['scores'], n['label']);
  return n.toProto();
}
