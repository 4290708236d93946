import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

function learned(name: string): { name: string; lrMult: number }[] {
  return [
    { name: `${name}_w`, lrMult: 1 },
    { name: `${name}_b`, lrMult: 2 },
  ];
}

function tower(n: NetSpec, bottom: Top, suffix = ''): Top {
  const weightFiller = { type: 'xavier' } as const;
  const conv = (name: string, input: Top, numOutput: number): Top => {
    const shape = { numOutput, kernelSize: 5, stride: 1 };
    const fillers = { weightFiller, biasFiller: { type: 'constant' } } as const;
    return (n[name + suffix] = layers.Convolution(input, { ...shape, ...fillers, param: learned(name) }));
  };
  const pool = (name: string, input: Top): Top =>
    (n[name + suffix] = layers.Pooling(input, { pool: 'MAX', kernelSize: 2, stride: 2 }));
  const ip = (name: string, input: Top, numOutput: number): Top =>
    (n[name + suffix] = layers.InnerProduct(input, { numOutput, weightFiller, param: learned(name) }));

  const pool1 = pool('pool1', conv('conv1', bottom, 20));
  const ip1 = ip('ip1', pool('pool2', conv('conv2', pool1, 50)), 500);
  n[`relu1${suffix}`] = layers.ReLU(ip1, { inPlace: true });
  return ip('feat', ip('ip2', ip1, 10), 2);
}

export function siamese(): NetMessage {
  const n = new NetSpec();
  const [pairs, similar] = layers.DummyData({
    shape: [{ dim: [64, 2, 28, 28] }, { dim: [64] }],
    ntop: 2,
    transformParam: { scale: 0.00390625 },
  });
  const [left, right] = layers.Slice(pairs, { name: 'slice_pair', sliceDim: 1, slicePoint: 1, ntop: 2 });
  [n['pair_data'], n['sim'], n['data'], n['data_p']] = [pairs, similar, left, right];
  n['loss'] = layers.ContrastiveLoss(tower(n, left), tower(n, right, '_p'), similar, { margin: 1 });
  return n.toProto();
}
