import { argumentError, expectObject } from '../error/argument.js';
import { native } from '../native/load.js';
import { decodeMessage, encodeMessage, type caffe } from './schema.js';
import { readSource, type MessageObject, type Source, type SourceKind } from './source.js';

/**
 * Reads a net as a message, from a prototxt or anything else that `new Net` takes. Inspect the message, or change it
 * and build a net from it.
 *
 * @returns a new message in the current format, whatever the format of the source; unset fields read as their defaults
 * @throws {CaffeError} ERR_CAFFE_PROTOTXT with file, line and column; ERR_CAFFE_FILE if the file cannot be read
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
 * Reads a solver as a message, from a prototxt or anything else that `new Solver` takes. Nets that it names are not
 * read.
 *
 * @returns a new message; unset fields read as their defaults
 * @throws {CaffeError} ERR_CAFFE_PROTOTXT with file, line and column; ERR_CAFFE_FILE if the file cannot be read
 */
export function readSolver(source: Source<'SolverParameter'>): caffe.SolverParameter {
  return decodeMessage('SolverParameter', readSource('SolverParameter', source).bytes);
}

/**
 * Prints a net or a solver as prototxt, with libprotobuf's TextFormat.
 *
 * @param message - a {@link NetSpec}, or a NetParameter or SolverParameter as a plain object
 * @param kind - which of the two it is; `'NetParameter'` by default
 * @throws {TypeError | RangeError} if the message has no such field, or a value does not fit
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
export function toPrototxt(message: { toProto(): object } | MessageObject, kind?: 'NetParameter'): string;
export function toPrototxt(message: MessageObject<'SolverParameter'>, kind: 'SolverParameter'): string;
export function toPrototxt(message: object, kind: SourceKind = 'NetParameter'): string {
  if ((kind as string) !== 'NetParameter' && (kind as string) !== 'SolverParameter') {
    throw argumentError("'NetParameter' or 'SolverParameter'", 'kind', kind);
  }
  expectObject(message, 'message', 'a message object or a NetSpec');
  return native.printText(kind, encodeMessage(kind, isSpec(message) ? message.toProto() : message));
}

function isSpec(message: object): message is { toProto(): object } {
  return 'toProto' in message && typeof message.toProto === 'function';
}
