import { native } from '../native/load.js';
import { encodeMessage } from './schema.js';

/**
 * The prototxt of a net, as libprotobuf's own TextFormat prints it.
 *
 * @param net - a {@link NetSpec}, or a NetParameter as a plain object
 * @throws {TypeError | RangeError} a field that the message has not, a value that does not fit
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { layers, toProto, toPrototxt } from 'tscaffe';
 *
 * const loss = layers.EuclideanLoss(...layers.DummyData({ ntop: 2, shape: { dim: [1, 3] } }));
 * writeFileSync('loss.prototxt', toPrototxt({ name: 'loss', ...toProto(loss) }));
 * ```
 */
export function toPrototxt(net: object): string {
  const message = isSpec(net) ? net.toProto() : net;
  return native.printText('NetParameter', encodeMessage('NetParameter', message));
}

function isSpec(net: object): net is { toProto(): object } {
  return 'toProto' in net && typeof net.toProto === 'function';
}
