import { argumentError, expectObject } from '../error/argument.js';
import { native } from '../native/load.js';
import { decodeMessage, encodeMessage, type caffe } from './schema.js';
import { readSource, type Source } from './source.js';

/**
 * The net that a prototxt or anything else that `new Net` takes describes, as a message: to look at, or to change and
 * build.
 *
 * @returns the message in today's format, whatever the source's; it knows the defaults of the fields that it was not
 * given
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
 * The solver that a prototxt or anything else that `new Solver` takes describes, as a message. Nets that it names stay
 * names.
 *
 * @returns the message, which knows the defaults of the fields that it was not given
 * @throws {CaffeError} ERR_CAFFE_PROTOTXT with file, line and column; ERR_CAFFE_FILE
 */
export function readSolver(source: Source<'SolverParameter'>): caffe.SolverParameter {
  return decodeMessage('SolverParameter', readSource('SolverParameter', source).bytes);
}

/**
 * The prototxt of a net or solver, as libprotobuf's own TextFormat prints it.
 *
 * @param message - a {@link NetSpec}, or a NetParameter or SolverParameter as a plain object
 * @param kind - which of the two it is
 * @throws {TypeError | RangeError} a field that the message has not, a value that does not fit
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { layers, toProto, toPrototxt } from 'tscaffe';
 *
 * const loss = layers.EuclideanLoss(...layers.DummyData({ ntop: 2, shape: { dim: [1, 3] } }));
 * writeFileSync('loss.prototxt', toPrototxt({ name: 'loss', ...toProto(loss) }));
 * const solver = { net: 'loss.prototxt', baseLr: 0.01, lrPolicy: 'fixed' };
 * writeFileSync('solver.prototxt', toPrototxt(solver, 'SolverParameter'));
 * ```
 */
export function toPrototxt(message: object, kind: 'NetParameter' | 'SolverParameter' = 'NetParameter'): string {
  if ((kind as string) !== 'NetParameter' && (kind as string) !== 'SolverParameter') {
    throw argumentError("'NetParameter' or 'SolverParameter'", 'kind', kind);
  }
  expectObject(message, 'message', 'a message object or a NetSpec');
  return native.printText(kind, encodeMessage(kind, isSpec(message) ? message.toProto() : message));
}

function isSpec(message: object): message is { toProto(): object } {
  return 'toProto' in message && typeof message.toProto === 'function';
}
