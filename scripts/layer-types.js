// Makes typings/generated/layers.d.ts: the fields that NetSpec's functions take, out of the linked library's schema,
// layer registry and fillers. Plain interfaces, because mapped types over caffe.d.ts would make slow checks and
// unreadable errors.
import protobuf from 'protobufjs/light.js';
import { fields as fieldWords, layers as layerWords } from './schema-words.js';

const { Enum, Type } = protobuf;
const integers = /^[us]?(int|fixed)(32|64)$/;

/** What pycaffe calls param_name_dict: the field of LayerParameter that holds a layer type's own parameters. */
function ownParameters(layerParameter) {
  const fields = layerParameter.fieldsArray.filter(
    ({ name, resolvedType }) => /Param$/.test(name) && resolvedType instanceof Type,
  );
  return new Map(fields.map((field) => [field.resolvedType.name.replace(/Parameter$/, ''), field]));
}

const literal = (text) => `'${text}'`;
const key = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name));
const union = (names) => names.map(literal).join(' | ');
const interfaceName = (type) => type.fullName.replace(/^\.caffe\./, '').replaceAll('.', '');

function valueType(field, fillers) {
  const { resolvedType, repeated } = field;
  if (resolvedType instanceof Enum) {
    return [union(Object.keys(resolvedType.values)), resolvedType.fullName.slice(1)].join(' | ');
  }
  if (resolvedType instanceof Type) return interfaceName(resolvedType);
  if (field.parent.name === 'FillerParameter' && field.name === 'type' && fillers.length > 0) {
    // Any string, for a filler is often kept in a variable; the names are for editors. They are checked at run time.
    return `${union(fillers)} | (string & Record<never, never>)`;
  }
  if (field.type === 'float' || field.type === 'double' || integers.test(field.type))
    return repeated ? 'Numbers' : 'number';
  return { bool: 'boolean', string: 'string', bytes: 'Uint8Array' }[field.type];
}

/** `convolution_param` of `convolutionParam`: as a prototxt has it. */
const inPrototxt = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What a field of a message, or of what a net or a layer has, means; at least how a prototxt calls it. */
function fieldComment(owner, field) {
  const parameters = field.resolvedType instanceof Type && /Param$/.test(field.name);
  const words =
    fieldWords[`${owner}.${field.name}`] ??
    fieldWords[field.name] ??
    (parameters ? `The parameters of ${field.resolvedType.name.replace(/Parameter$/, '')} layers.` : undefined);
  const { default: initial } = field.options ?? {};
  const begins = initial === undefined ? undefined : `${initial === '' ? 'Empty' : initial} by default.`;
  return [words ?? `\`${inPrototxt(field.name)}\`.`, begins].filter(Boolean).join(' ');
}

function fieldLine(owner, field, fillers) {
  const value = valueType(field, fillers);
  const type = field.repeated && value !== 'Numbers' ? `Repeated<${value}>` : value;
  return `  /** ${fieldComment(owner, field)} */\n  ${field.name}?: ${type} | undefined;\n`;
}

/** The messages that the fields of some lead to, each once. */
function reachable(fields, found = new Set()) {
  for (const { resolvedType } of fields) {
    if (!(resolvedType instanceof Type) || found.has(resolvedType)) continue;
    found.add(resolvedType);
    reachable(resolvedType.fieldsArray, found);
  }
  return found;
}

function fieldInterface(name, fields, fillers) {
  return `export interface ${name} {\n${fields.map((field) => fieldLine(name, field, fillers)).join('')}}\n`;
}

function layerTypeInterface(layerParameter, types) {
  const own = ownParameters(layerParameter);
  const lines = types.map((type) => {
    const parameter = own.get(type)?.resolvedType;
    const comment = `  /** ${layerWords[type] ?? `A layer of type ${type}.`} */\n`;
    if (parameter === undefined) return `${comment}  ${key(type)}: LayerFields;\n`;
    // A fork may have a parameter of a name that LayerParameter has too: the layer's own wins.
    const both = Object.keys(parameter.fields).filter((name) => name in layerParameter.fields);
    return `${comment}  ${key(type)}: ${interfaceName(parameter)} & ${both.length > 0 ? `Omit<LayerFields, ${union(both)}>` : 'LayerFields'};\n`;
  });
  return `/** The layer types of the linked Caffe, and the fields that each has. */\nexport interface LayerTypes {\n${lines.join('')}}\n`;
}

function enumInterface(messages) {
  const lines = messages.flatMap((message) => {
    const enums = message.nestedArray.filter((nested) => nested instanceof Enum);
    if (!/Parameter$/.test(message.name) || /^V\dLayer/.test(message.name) || enums.length === 0) return [];
    const values = enums.flatMap((type) =>
      Object.keys(type.values).map(
        (value) =>
          `    /** One of ${message.name}.${type.name}. */\n    readonly ${value}: ${type.fullName.slice(1)}.${value};\n`,
      ),
    );
    const comment = `  /** The enum values of ${message.name}. */\n`;
    return `${comment}  readonly ${message.name.replace(/Parameter$/, '')}: {\n${values.join('')}  };\n`;
  });
  return `/** The enum values of each parameter message. */\nexport interface EnumValues {\n${lines.join('')}}\n`;
}

/**
 * @param root - the schema, as protobufjs has it
 * @param types - the types that the library's registry has
 * @param fillers - the names that its GetFiller knows; none: any string goes
 */
export function layerTypings(root, types, fillers) {
  root.resolveAll();
  const layerParameter = root.lookupType('caffe.LayerParameter');
  const messages = root.lookup('caffe').nestedArray.filter((nested) => nested instanceof Type);
  const except = (type, names) => type.fieldsArray.filter(({ name }) => !names.includes(name));
  const layerFields = except(layerParameter, ['type']); // the name of the function
  const netFields = except(root.lookupType('caffe.NetParameter'), ['layer', 'layers']);
  return [
    "// Written by scripts/layer-types.js from the linked library. Do not edit.\nimport type { caffe } from './caffe.js';\n",
    '/** A repeated field: one value or several. */\nexport type Repeated<T> = T | readonly T[];\n/** A repeated field of numbers. */\nexport type Numbers = number | ArrayLike<number>;\n',
    '/** What a net has beside its layers. */\n' + fieldInterface('NetFields', netFields, fillers),
    '/** The fields that a layer of any type has: those of LayerParameter. */\n' +
      fieldInterface('LayerFields', layerFields, fillers),
    ...[...reachable([...netFields, ...layerFields])].map(
      (type) => `/** ${type.name} of the schema. */\n${fieldInterface(interfaceName(type), type.fieldsArray, fillers)}`,
    ),
    layerTypeInterface(layerParameter, types),
    enumInterface(messages),
    '/** The fillers that GetFiller knows, empty if its source could not be read. */\nexport const fillers: readonly string[];\n',
  ].join('\n');
}
