import { Enum, Type, type Field } from 'protobufjs/light.js';
import { decimalOf } from './decimal.js';
import { inPrototxt } from './field-name.js';

/** A field in which two messages differ. */
export interface FieldDifference {
  /** Its path, as a prototxt spells it: `convolution_param.kernel_size`, `param[1].lr_mult`. */
  field: string;
  /** What it is in each, as a prototxt writes it; undefined where it is not there. */
  before: string | undefined;
  after: string | undefined;
}

type Message = Record<string, unknown>;

/**
 * The fields in which two decoded messages of a type differ. A field that is written with the default of the schema
 * means the same as none. Of a field without such a default Caffe may ask whether it is there: `use_global_stats`.
 */
export function differences(
  type: Type,
  before: object,
  after: object,
  without: readonly string[] = [],
): FieldDifference[] {
  return type.fieldsArray
    .filter(({ name }) => !without.includes(name))
    .flatMap((field) => differencesIn(field.resolve(), before as Message, after as Message));
}

function differencesIn(field: Field, before: Message, after: Message): FieldDifference[] {
  const { name, repeated, resolvedType } = field;
  const path = inPrototxt(name);
  const isThere = [before, after].some((message) => Object.hasOwn(message, name));
  if (!isThere) return [];
  if (!(resolvedType instanceof Type)) return scalarDifference(path, field, before, after);
  if (!repeated) {
    const inside = differences(resolvedType, messageIn(before, name), messageIn(after, name));
    return inside.map((difference) => ({ ...difference, field: `${path}.${difference.field}` }));
  }
  const [these, those] = [listIn(before, name), listIn(after, name)];
  return Array.from({ length: Math.max(these.length, those.length) }, (_, i) =>
    entryDifferences(`${path}[${i}]`, resolvedType, these[i], those[i]),
  ).flat();
}

function messageIn(message: Message, name: string): Message {
  return Object.hasOwn(message, name) ? (message[name] as Message) : {};
}

function listIn(message: Message, name: string): Message[] {
  return Object.hasOwn(message, name) ? (message[name] as Message[]) : [];
}

function entryDifferences(
  path: string,
  type: Type,
  before: Message | undefined,
  after: Message | undefined,
): FieldDifference[] {
  if (before === undefined || after === undefined) {
    return [{ field: path, before: before && messageText(type, before), after: after && messageText(type, after) }];
  }
  return differences(type, before, after).map((difference) => ({
    ...difference,
    field: `${path}.${difference.field}`,
  }));
}

function scalarDifference(path: string, field: Field, before: Message, after: Message): FieldDifference[] {
  const [this_, that] = [valueText(field, before), valueText(field, after)];
  const standsFor = Object.hasOwn(field.options ?? {}, 'default') ? scalarText(field, field.defaultValue) : undefined;
  return (this_ ?? standsFor) === (that ?? standsFor) ? [] : [{ field: path, before: this_, after: that }];
}

/** The value of a field without messages; undefined if the message does not have it. */
function valueText(field: Field, message: Message): string | undefined {
  if (!Object.hasOwn(message, field.name)) return undefined;
  const value = message[field.name];
  if (Array.isArray(value) && value.length === 0) return undefined;
  return Array.isArray(value)
    ? `[${value.map((each: unknown) => scalarText(field, each)).join(', ')}]`
    : scalarText(field, value);
}

function scalarText({ type, resolvedType }: Field, value: unknown): string {
  if (resolvedType instanceof Enum) return resolvedType.valuesById[value as number] ?? String(value);
  if (type === 'string') return JSON.stringify(value);
  if (type === 'bytes') return JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
  return type === 'float' ? String(decimalOf(value as number)) : String(value);
}

/** `{ lr_mult: 2 decay_mult: 0 }` */
function messageText(type: Type, message: Message): string {
  const fields = type.fieldsArray
    .filter(({ name }) => Object.hasOwn(message, name))
    .flatMap((field) => {
      const { name, resolvedType, repeated } = field.resolve();
      if (!(resolvedType instanceof Type)) return `${inPrototxt(name)}: ${valueText(field, message)}`;
      const entries = repeated ? listIn(message, name) : [messageIn(message, name)];
      return entries.map((entry) => `${inPrototxt(name)} ${messageText(resolvedType, entry)}`);
    });
  return fields.length === 0 ? '{}' : `{ ${fields.join(' ')} }`;
}
