import { Enum, Type, type Field } from 'protobufjs/light.js';
import { fillers } from '../../typings/generated/layers.js';
import { argumentError, didYouMean, expectInteger, expectString } from '../error/argument.js';

const integers: Partial<Record<string, readonly [least: number, most: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  sint64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  sfixed64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  fixed64: [0, Number.MAX_SAFE_INTEGER],
};

/** Forms that protobufjs itself produces for numbers: a Long, and the strings of its JSON form. */
function isWrittenNumber(type: string, value: unknown): boolean {
  if (type === 'float' || type === 'double') return value === 'NaN' || value === 'Infinity' || value === '-Infinity';
  if (!type.endsWith('64')) return false;
  return typeof value === 'string'
    ? /^-?\d+$/.test(value)
    : typeof value === 'object' && value !== null && 'low' in value;
}

function checkScalar(type: string, value: unknown, path: string): void {
  if (isWrittenNumber(type, value)) return;
  const range = integers[type];
  if (range !== undefined) expectInteger(value, path, ...range);
  if ((type === 'float' || type === 'double') && typeof value !== 'number')
    throw argumentError('a number', path, value);
  if (type === 'bool' && typeof value !== 'boolean') throw argumentError('true or false', path, value);
  if (type === 'string') expectString(value, path);
}

function checkEnum(type: Enum, value: unknown, path: string): void {
  if (typeof value === 'string' ? Object.hasOwn(type.values, value) : type.valuesById[value as number] !== undefined)
    return;
  const names = Object.keys(type.values);
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw argumentError(`one of ${names.join(', ')}`, path, value);
  }
  const near = didYouMean(String(value), names) || `, but ${names.join(', ')}`;
  throw new TypeError(`${path}: ${type.name} has no value ${value}${near}`);
}

/** A filler's type is a string in the schema, but GetFiller knows only some strings. */
function checkFiller(type: unknown, path: string): void {
  if (fillers.length === 0 || fillers.includes(expectString(type, path))) return;
  throw new TypeError(`${path}: Caffe has no filler ${String(type)}${didYouMean(String(type), fillers)}`);
}

function checkEntry(field: Field, entry: unknown, path: string): void {
  const { resolvedType } = field;
  if (resolvedType instanceof Enum) {
    checkEnum(resolvedType, entry, path);
  } else if (resolvedType instanceof Type) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw argumentError(`a ${resolvedType.name} object`, path, entry);
    }
    checkFields(resolvedType, entry, path);
  } else if (field.parent?.name === 'FillerParameter' && field.name === 'type') {
    checkFiller(entry, path);
  } else {
    checkScalar(field.type, entry, path);
  }
}

/**
 * Rejects what protobufjs would silently drop or convert: a field that the message does not have, an enum value that
 * the enum does not have, a value of the wrong type.
 *
 * @param path - the place of the message, for the error
 * @throws {TypeError | RangeError} with the path of the field
 */
export function checkFields(type: Type, message: object, path: string): void {
  for (const [name, value] of Object.entries(message) as [string, unknown][]) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name]?.resolve() : undefined;
    if (field === undefined) {
      throw new TypeError(`${path} has no field ${name}${didYouMean(name, Object.keys(type.fields))}`);
    }
    if (value === undefined || value === null) continue;
    const fieldPath = `${path}.${name}`;
    if (!field.repeated) checkEntry(field, value, fieldPath);
    else if (Array.isArray(value))
      value.forEach((entry, index) => {
        checkEntry(field, entry, `${fieldPath}[${index}]`);
      });
    else if (!ArrayBuffer.isView(value)) throw new TypeError(`${fieldPath}: expected an array, the field is repeated`);
  }
}
