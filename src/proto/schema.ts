import { util, type Type } from 'protobufjs/light.js';
import schema from '../../typings/generated/caffe.js';
import type { caffe } from '../../typings/generated/caffe.js';
import { CaffeError } from '../error/caffe-error.js';
import { checkFields } from './field-check.js';

/**
 * Caffe's messages as plain objects with camelCase fields, as the linked library defines them:
 * `caffe.LayerParameter.$Properties` and so on.
 */
export type { caffe };

/** The messages that TypeScript and native code exchange, by their names in caffe.proto. */
export interface Messages {
  NetParameter: caffe.NetParameter;
  SolverParameter: caffe.SolverParameter;
  LayerParameter: caffe.LayerParameter;
  BlobProto: caffe.BlobProto;
  BlobProtoVector: caffe.BlobProtoVector;
  Datum: caffe.Datum;
  FillerParameter: caffe.FillerParameter;
}

export type MessageKind = keyof Messages;

/** A layer's parameters: every field of the linked library's `LayerParameter`, in camelCase. */
export type LayerParameter = caffe.LayerParameter.$Properties;

export function messageType(kind: MessageKind): Type {
  return schema.lookupType(`caffe.${kind}`);
}

/**
 * Encodes a message that is given as a plain object. Enum values are names or numbers. An unknown field is an error.
 *
 * @throws {TypeError | RangeError} as of {@link checkFields}
 */
export function encodeMessage(kind: MessageKind, message: object): Uint8Array {
  const type = messageType(kind);
  checkFields(type, message, kind);
  try {
    return type.encode(type.fromObject(message)).finish();
  } catch (cause) {
    refuseNoCodeGeneration(cause);
    throw cause;
  }
}

/** protobufjs takes a Uint8Array of its own realm only. A test runner may have evaluated it in another one. */
function inRealmOfProtobufjs(bytes: Uint8Array): Uint8Array {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the newer name is no constructor in its types
  const Bytes = util.Array as Uint8ArrayConstructor;
  const { buffer, byteOffset, byteLength } = bytes;
  return bytes instanceof Bytes ? bytes : new Bytes(buffer, byteOffset, byteLength);
}

/** protobufjs compiles a function for each type of message. */
function refuseNoCodeGeneration(cause: unknown): void {
  if ((cause as Error | undefined)?.name !== 'EvalError') return;
  throw new CaffeError(
    'ERR_CAFFE_INTERNAL',
    'tscaffe reads and writes messages with protobufjs, which generates code from strings: run Node without ' +
      '--disallow-code-generation-from-strings, and in a realm of node:vm allow codeGeneration.strings',
    { cause },
  );
}

/**
 * Decodes a message into a plain object. Unset fields read as their defaults.
 *
 * @throws {CaffeError} ERR_CAFFE_FORMAT if the bytes are not such a message
 */
export function decodeMessage<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Messages[Kind] {
  try {
    return messageType(kind).decode(inRealmOfProtobufjs(bytes)) as object as Messages[Kind];
  } catch (cause) {
    refuseNoCodeGeneration(cause);
    throw new CaffeError('ERR_CAFFE_FORMAT', `${bytes.length} bytes that are not a serialized caffe.${kind}`, {
      cause,
    });
  }
}
