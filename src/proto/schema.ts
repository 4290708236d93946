import type { Type } from 'protobufjs/light.js';
import schema from '../../typings/generated/caffe.js';
import type { caffe } from '../../typings/generated/caffe.js';
import { CaffeError } from '../error/caffe-error.js';
import { checkFields } from './field-check.js';

/**
 * Caffe's messages as plain objects with camelCase fields, as the linked library defines them:
 * `caffe.LayerParameter.$Properties` and so on.
 */
export type { caffe };

/** The messages that cross the border, by their name in caffe.proto. */
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
 * The bytes of a message given as a plain object; enum values by name or number. A field that the message has not is an
 * error.
 */
export function encodeMessage(kind: MessageKind, message: object): Uint8Array {
  const type = messageType(kind);
  checkFields(type, message, kind);
  return type.encode(type.fromObject(message)).finish();
}

/** The message that bytes hold: a plain object that knows the defaults of the fields it was not given. */
export function decodeMessage<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Messages[Kind] {
  try {
    return messageType(kind).decode(bytes) as object as Messages[Kind];
  } catch (cause) {
    throw new CaffeError('ERR_CAFFE_FORMAT', `${bytes.length} bytes that are no serialized caffe.${kind}`, { cause });
  }
}
