import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';
import { biasFiller } from './blocks.js';

/** From a digit of 28 x 28 to 30 numbers and back, by Sigmoids. */
export function autoencoder(batch: number): NetMessage {
  const n = new NetSpec({ name: 'Autoencoder' });
  const dense = (name: string, bottom: Top, numOutput: number): Top =>
    (n[name] = layers.InnerProduct(bottom, { numOutput, weightFiller: { type: 'xavier' }, biasFiller }));
  const sigmoid = (name: string, bottom: Top): Top => (n[name] = layers.Sigmoid(bottom, { inPlace: true }));
  n['data'] = layers.Input({ shape: { dim: [batch, 1, 28, 28] } });
  let x: Top = (n['flat'] = layers.Flatten(n['data']));
  for (const [i, size] of [1000, 500, 250].entries()) x = sigmoid(`act${i}`, dense(`encode${i}`, x, size));
  x = dense('code', x, 30);
  for (const [i, size] of [250, 500, 1000].entries()) x = sigmoid(`decoded${i}`, dense(`decode${i}`, x, size));
  n['output'] = layers.Sigmoid(dense('decode3', x, 784));
  return n.toProto();
}
