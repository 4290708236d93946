import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

function dense(bottom: Top, numOutput: number): Top {
  return layers.InnerProduct(bottom, {
    numOutput,
    weightFiller: { type: 'gaussian', std: 1, sparse: 15 },
    biasFiller: { type: 'constant', value: 0 },
    param: [
      { lrMult: 1, decayMult: 1 },
      { lrMult: 1, decayMult: 0 },
    ],
  });
}

/** Layers of the given widths, each with its sigmoid; gives the last one's. */
function stack(n: NetSpec, bottom: Top, widths: readonly (readonly [name: string, width: number])[]): Top {
  let x = bottom;
  for (const [name, width] of widths) {
    const layer = dense(x, width);
    n[name] = layer;
    n[`${name}neuron`] = x = layers.Sigmoid(layer);
  }
  return x;
}

export function autoencoder(): NetMessage {
  const n = new NetSpec();
  const [data, label] = layers.DummyData({
    shape: [{ dim: [100, 1, 28, 28] }, { dim: [100] }],
    ntop: 2,
    dataFiller: [{ type: 'uniform' }, { type: 'constant', value: 3 }],
  });
  [n['data'], n['label']] = [data, label];
  n['silence'] = layers.Silence(label, { ntop: 0 });
  const flat = layers.Flatten(data);
  n['flatdata'] = flat;
  const encoders = [['encode1', 1000] as const, ['encode2', 500] as const, ['encode3', 250] as const];
  const decoders = [['decode4', 250] as const, ['decode3', 500] as const, ['decode2', 1000] as const];
  const code = dense(stack(n, data, encoders), 30);
  n['code'] = code;
  const decoded = dense(stack(n, code, decoders), 784);
  n['decode1'] = decoded;
  n['cross_entropy_loss'] = layers.SigmoidCrossEntropyLoss(decoded, flat, { lossWeight: 1 });
  const output = layers.Sigmoid(decoded);
  n['decode1neuron'] = output;
  n['l2_error'] = layers.EuclideanLoss(output, flat, { lossWeight: 0 });
  return n.toProto();
}
