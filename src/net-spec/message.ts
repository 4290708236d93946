import { Enum, Type, type Field } from 'protobufjs/light.js';
import { didYouMean } from '../error/argument.js';
import { checkFields } from '../proto/field-check.js';
import { messageType, type LayerParameter } from '../proto/schema.js';

type Message = Record<string, unknown>;

const layerParameter = messageType('LayerParameter');

/** The fields of LayerParameter that hold a parameter message, by the name of the message without "Parameter". */
const parameterFields = new Map<string, Field & { resolvedType: Type }>();
for (const field of layerParameter.fieldsArray) {
  const { resolvedType } = field.resolve();
  if (!field.name.endsWith('Param') || !(resolvedType instanceof Type)) continue;
  parameterFields.set(resolvedType.name.replace(/Parameter$/, ''), field as Field & { resolvedType: Type });
}

function fieldOf(type: Type, name: string): Field | undefined {
  return Object.hasOwn(type.fields, name) ? type.fields[name]?.resolve() : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entryOf({ resolvedType }: Field, value: unknown): unknown {
  if (resolvedType instanceof Enum && typeof value === 'string') return resolvedType.values[value] ?? value;
  return resolvedType instanceof Type && isObject(value) ? assign({}, resolvedType, value) : value;
}

function entriesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : [value];
}

/**
 * Adds fields to a message as pycaffe's assign_proto does. A repeated field takes one value or several, which are
 * appended. A nested message is merged; it is left out while no field in it is set. Values that do not fit are kept as
 * they are, for checkFields to report.
 */
export function assign(message: Message, type: Type, fields: object): Message {
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined || value === null) continue;
    const field = fieldOf(type, name);
    if (field === undefined) {
      message[name] = value;
    } else if (field.repeated) {
      const entries = entriesOf(value).map((entry) => entryOf(field, entry));
      message[name] = [...((message[name] as unknown[] | undefined) ?? []), ...entries];
    } else if (field.resolvedType instanceof Type && isObject(value)) {
      const inner = assign((message[name] as Message | undefined) ?? {}, field.resolvedType, value);
      if (Object.keys(inner).length > 0) message[name] = inner;
    } else {
      message[name] = entryOf(field, value);
    }
  }
  return message;
}

function unknownField(type: string, name: string, known: string[]): TypeError {
  const holders = [...parameterFields.values()].filter(({ resolvedType }) => fieldOf(resolvedType, name) !== undefined);
  const near = didYouMean(name, known);
  const hint =
    near === '' && holders.length > 0 ? '; expected it in ' + holders.map((field) => field.name).join(' or ') : near;
  return new TypeError(`layers.${type} has no field ${name}${hint}`);
}

/**
 * Makes a LayerParameter, without type and names, from a layer's fields. The fields are those of the layer's own
 * parameter message and those of LayerParameter, side by side. As in pycaffe, the layer's own fields take precedence,
 * and a name that ends in `param` is a field of LayerParameter.
 *
 * @throws {TypeError | RangeError} if neither message has the field, or a value does not fit
 */
export function layerMessage(type: string, fields: object): LayerParameter {
  const own = parameterFields.get(type);
  const message: Message = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (name === 'type') throw new TypeError(`layers.${type}: the type of a layer is the name of its function`);
    if (own !== undefined && !/param$/i.test(name) && fieldOf(own.resolvedType, name) !== undefined) {
      assign(message, layerParameter, { [own.name]: { [name]: value } });
    } else if (fieldOf(layerParameter, name) !== undefined) {
      assign(message, layerParameter, { [name]: value });
    } else {
      const ownNames = Object.keys(own?.resolvedType.fields ?? {});
      throw unknownField(type, name, [...ownNames, ...Object.keys(layerParameter.fields), 'ntop', 'inPlace']);
    }
  }
  checkFields(layerParameter, message, `layers.${type}`);
  return message;
}
