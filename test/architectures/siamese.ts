import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';
import { biasFiller, maxPool, weightFiller } from './blocks.js';

const shared = (name: string): { name: string }[] => [{ name: `${name}_weights` }, { name: `${name}_bias` }];

/** From a digit to two coordinates. The layers of both branches have the same params, by their names. */
function branch(n: NetSpec, suffix: string, data: Top): void {
  const convolve = (name: string, bottom: Top, numOutput: number): Top =>
    (n[name + suffix] = layers.Convolution(bottom, {
      ...{ numOutput, kernelSize: 5, weightFiller, biasFiller, param: shared(name) },
    }));
  const dense = (name: string, bottom: Top, numOutput: number): Top =>
    (n[name + suffix] = layers.InnerProduct(bottom, { numOutput, weightFiller, biasFiller, param: shared(name) }));
  const pool1 = maxPool(n, `pool1${suffix}`, convolve('conv1', data, 20), 2, 2);
  const pool2 = maxPool(n, `pool2${suffix}`, convolve('conv2', pool1, 50), 2, 2);
  const relu = (n[`relu1${suffix}`] = layers.ReLU(dense('ip1', pool2, 500), { inPlace: true }));
  dense('feat', dense('ip2', relu, 10), 2);
}

/** Puts digits of the same class near each other: two LeNets with the same weights. */
export function siamese(batch: number): NetMessage {
  const n = new NetSpec({ name: 'Siamese' });
  n['data'] = layers.Input({ shape: { dim: [batch, 1, 28, 28] } });
  n['data_p'] = layers.Input({ shape: { dim: [batch, 1, 28, 28] } });
  branch(n, '', n['data']);
  branch(n, '_p', n['data_p']);
  return n.toProto();
}
