import { native } from '../native/load.js';
import { decodeMessage, encodeMessage, type caffe } from './schema.js';
import { readSource, type Source } from './source.js';

/**
 * The net that a prototxt or anything else that `new Net` takes describes, as a message: to look at, or to change and build.
 *
 * @returns the message in today's format, whatever the source's; it knows the defaults of the fields that it was not given
 * @throws {CaffeError} ERR_CAFFE_PROTOTXT with file, line and column; ERR_CAFFE_FILE
 *
 * @example
 * ```ts
 * import { Net, readNet } from 'tscaffe';
 *
 * const message = readNet('lenet.prototxt');
 * message.layer = message.layer.filter(({ type }) => type !== 'Accuracy');
 * const net = new Net(message, 'test');
 * ```
 */
export function readNet(source: Source): caffe.NetParameter {
  return decodeMessage('NetParameter', readSource('NetParameter', source).bytes);
}

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
