import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isUint8Array } from 'node:util/types';
import { Message } from 'protobufjs/light.js';
import type { LayerLine } from '../../typings/native.js';
import { argumentError, expectKnown } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { refuseSpecial } from '../file/special.js';
import { native } from '../native/load.js';
import { encodeMessage, type caffe } from './schema.js';

/**
 * What a net or a solver is made from. One of:
 * - the path of a prototxt, relative to the working folder;
 * - `{ text }`: the prototxt itself. Its optional `file` is its name in errors, and the folder of `file` is searched
 *   for layer modules;
 * - the bytes of a serialized message;
 * - an object with `toProto()`, such as a NetSpec;
 * - the message itself: a plain object with camelCase fields, enum values as names or numbers.
 *
 * Caffe's own code upgrades old formats to the current one.
 *
 * @typeParam Kind - the message that the source holds: that of a net, or that of a solver with
 * `Source<'SolverParameter'>`
 */
export type Source<Kind extends SourceKind = 'NetParameter'> =
  string | { text: string; file?: string } | Uint8Array | { toProto(): object } | MessageObject<Kind>;

/** The messages that nets and solvers are made from, by their names in caffe.proto. */
interface SourceMessages {
  NetParameter: caffe.NetParameter.$Properties;
  SolverParameter: caffe.SolverParameter.$Properties;
}

/** The name of a message that a {@link Source} can hold. */
export type SourceKind = keyof SourceMessages;

/**
 * A NetParameter or a SolverParameter as a plain object. All fields are optional and in camelCase. Enum values are
 * names or numbers. TypeScript cannot derive the names from an enum's type; they are checked when the message is used.
 */
export type MessageObject<Kind extends SourceKind = 'NetParameter'> = FieldsOf<SourceMessages[Kind]>;

type FieldsOf<Message> = { readonly [Field in keyof Message]?: FieldValue<Message[Field]> | null | undefined };

type FieldValue<Value> = Value extends number
  ? `${number}` extends `${Value}` // false for an enum, although a number can be assigned to it
    ? number
    : Value | string
  : Value extends string | boolean | Uint8Array | null | undefined
    ? Value
    : Value extends readonly (infer Entry)[]
      ? readonly FieldValue<Entry>[]
      : FieldsOf<Value>;

/** A message ready for Caffe, and its origin. */
export interface ReadSource {
  bytes: Uint8Array;
  /** Its name in errors. */
  file?: string;
  /** The folder of its file. */
  folder?: string;
  /** The lines where its layers begin, if it came as text. */
  layers: LayerLine[];
  /** The text that it came as. */
  text?: string;
}

/** Characters that no text has. They are kept from messages, for a terminal obeys them. */
// eslint-disable-next-line no-control-regex -- it is for them
const control = /[\0-\x08\x0e-\x1f\x7f-\x9f]/;

function parse(kind: SourceKind, text: string, file: string): Pick<ReadSource, 'bytes' | 'layers'> {
  const parsed = native.parseText(kind, text);
  if (!parsed.error) return parsed;
  const { line, column, message } = parsed.error;
  if (control.test(text)) {
    throw new CaffeError('ERR_CAFFE_PROTOTXT', 'is no prototxt, but binary', { file, line, column });
  }
  const content = text.split('\n')[line - 1]?.trimEnd() ?? '';
  const pointer = `${' '.repeat(Math.max(0, column - 1))}^`;
  throw new CaffeError('ERR_CAFFE_PROTOTXT', `${message}\n${content}\n${pointer}`, { file, line, column });
}

/** Reads the bytes of a file. @throws {CaffeError} ERR_CAFFE_FILE if it cannot be read */
export function readFile(path: string): Uint8Array {
  refuseSpecial(path);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CaffeError('ERR_CAFFE_FILE', `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  }
}

/** Without this check, a promise or a Map would be a net without layers, because neither has own fields. */
function canBeMessage(source: object): boolean {
  if (ArrayBuffer.isView(source)) return false;
  const prototype: unknown = Object.getPrototypeOf(source);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || source instanceof Message || Object.keys(source).length > 0 || 'toProto' in source;
}

/**
 * Reads a source. The source is checked at run time, because callers may be JavaScript.
 *
 * @throws {TypeError} if the source is none of the forms of {@link Source}
 * @throws {CaffeError} ERR_CAFFE_FILE; ERR_CAFFE_PROTOTXT with file, line and column
 */
export function readSource(kind: SourceKind, source: Source<SourceKind>): ReadSource {
  if (typeof source === 'string') {
    return readSource(kind, { text: Buffer.from(readFile(source)).toString('utf8'), file: source });
  }
  if (isUint8Array(source)) return { bytes: native.upgrade(kind, source, kind), layers: [] };
  if (typeof source !== 'object' || source === null || Array.isArray(source) || !canBeMessage(source)) {
    throw argumentError('a path, { text }, a message object or bytes', 'source', source);
  }
  if ('toProto' in source && typeof source.toProto === 'function') return readSource(kind, source.toProto());
  if ('text' in source && typeof source.text === 'string') {
    expectKnown(source, ['text', 'file'], 'source');
    const file = 'file' in source && typeof source.file === 'string' ? source.file : 'prototxt';
    const { bytes, layers } = parse(kind, source.text, file);
    const read: ReadSource = { bytes: native.upgrade(kind, bytes, file), file, layers, text: source.text };
    if ('file' in source) read.folder = dirname(file);
    return read;
  }
  return { bytes: native.upgrade(kind, encodeMessage(kind, source), kind), layers: [] };
}
