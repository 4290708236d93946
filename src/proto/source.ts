import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Message } from 'protobufjs/light.js';
import type { LayerLine } from '../../typings/native.js';
import { argumentError } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';
import { encodeMessage, type caffe } from './schema.js';

/**
 * What a net or solver is made from:
 * - the path of a prototxt, relative to the working folder;
 * - `{ text }`, a prototxt itself, with `file` as its name in errors and its folder as the place of its layer modules;
 * - the bytes of a serialized message;
 * - an object with `toProto()`, such as a NetSpec;
 * - the message itself, as a plain object with camelCase fields, enum values by name or number.
 *
 * Old formats are brought to the current one by Caffe's own code.
 *
 * @typeParam Kind - the message that it holds: that of a net unless `Source<'SolverParameter'>` is written
 */
export type Source<Kind extends SourceKind = 'NetParameter'> =
  string | { text: string; file?: string } | Uint8Array | { toProto(): object } | MessageObject<Kind>;

/** The messages that nets and solvers are made from, by their names in caffe.proto. */
interface SourceMessages {
  NetParameter: caffe.NetParameter.$Properties;
  SolverParameter: caffe.SolverParameter.$Properties;
}

export type SourceKind = keyof SourceMessages;

/**
 * The message of a net or solver as it may be written down: a plain object with some of its fields, in camelCase, and
 * in them enum values by name or number. TypeScript cannot tell the names from an enum's type; they are looked at when
 * the message is used.
 */
export type MessageObject<Kind extends SourceKind = 'NetParameter'> = FieldsOf<SourceMessages[Kind]>;

type FieldsOf<Message> = { readonly [Field in keyof Message]?: FieldValue<Message[Field]> | null | undefined };

type FieldValue<Value> = Value extends number
  ? `${number}` extends `${Value}` // not so for an enum, though a number can be assigned to it
    ? number
    : Value | string
  : Value extends string | boolean | Uint8Array | null | undefined
    ? Value
    : Value extends readonly (infer Entry)[]
      ? readonly FieldValue<Entry>[]
      : FieldsOf<Value>;

/** A message ready for Caffe, and where it came from. */
export interface ReadSource {
  bytes: Uint8Array;
  /** Its name in errors. */
  file?: string;
  /** The folder of its file. */
  folder?: string;
  /** Where its layers begin, if it came as text. */
  layers: LayerLine[];
}

function parse(kind: SourceKind, text: string, file: string): Pick<ReadSource, 'bytes' | 'layers'> {
  const parsed = native.parseText(kind, text);
  if (!parsed.error) return parsed;
  const { line, column, message } = parsed.error;
  const content = text.split('\n')[line - 1]?.trimEnd() ?? '';
  const pointer = `${' '.repeat(Math.max(0, column - 1))}^`;
  throw new CaffeError('ERR_CAFFE_PROTOTXT', `${message}\n${content}\n${pointer}`, { file, line, column });
}

/** The bytes of a file. @throws {CaffeError} ERR_CAFFE_FILE */
export function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CaffeError('ERR_CAFFE_FILE', `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  }
}

/** Without this a promise or a map, which have no fields, would be a net without layers. */
function canBeMessage(source: object): boolean {
  if (ArrayBuffer.isView(source)) return false;
  const prototype: unknown = Object.getPrototypeOf(source);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || source instanceof Message || Object.keys(source).length > 0 || 'toProto' in source;
}

/** What is given is looked at as if it could be anything: callers may be JavaScript. */
export function readSource(kind: SourceKind, source: Source<SourceKind>): ReadSource {
  if (typeof source === 'string') {
    return readSource(kind, { text: Buffer.from(readFile(source)).toString('utf8'), file: source });
  }
  if (source instanceof Uint8Array) return { bytes: native.upgrade(kind, source, kind), layers: [] };
  if (typeof source !== 'object' || source === null || Array.isArray(source) || !canBeMessage(source)) {
    throw argumentError('a path, { text }, a message object or bytes', 'source', source);
  }
  if ('toProto' in source && typeof source.toProto === 'function') return readSource(kind, source.toProto());
  if ('text' in source && typeof source.text === 'string') {
    const file = 'file' in source && typeof source.file === 'string' ? source.file : 'prototxt';
    const { bytes, layers } = parse(kind, source.text, file);
    const read: ReadSource = { bytes: native.upgrade(kind, bytes, file), file, layers };
    if ('file' in source) read.folder = dirname(file);
    return read;
  }
  return { bytes: native.upgrade(kind, encodeMessage(kind, source), kind), layers: [] };
}
