import { Net } from '../index.js';
import { Failure } from './failure.js';
import { netOptions, type NetFlags } from './flags.js';

/**
 * Builds the net of a command, which has something to do only if there are layers.
 *
 * @throws {CaffeError} if Caffe refuses it
 * @throws {Failure} if no layer is in the phase
 */
export async function createNet(
  model: string,
  phase: 'TRAIN' | 'TEST',
  flags: NetFlags & { weights?: string },
): Promise<Net> {
  const { weights } = flags;
  const options = { ...netOptions(flags), ...(weights === undefined ? {} : { weights }) };
  const net = await Net.create(model, phase === 'TRAIN' ? 'train' : 'test', options);
  if (net.layers.length > 0) return net;
  net.dispose();
  throw new Failure(`${model}: has no layers in the phase ${phase}`);
}
