// Random fields of layers, out of the schema of the linked libcaffe: whatever it has is tried, a fork's own included.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import type { Random } from './random.js';

const proto = readFileSync(new URL('../../typings/generated/caffe.proto', import.meta.url), 'utf8');
const { root } = protobuf.parse(proto);
root.resolveAll();
const layerParameter = root.lookupType('caffe.LayerParameter');

/** How far from the usual the values of a case are. */
export type Oddity = 'usual' | 'odd';

type Fields = Record<string, unknown>;

const fillers = ['constant', 'gaussian', 'uniform', 'xavier', 'msra', 'bilinear', 'positive_unitball'];
const texts = ['', '/dev/null', 'infogain.binaryproto', 'missing'];
const floats = { usual: [0, 0.1, 0.5, 1, 1, 2], odd: [0, 1, -1, 3.7, 1e-30, 1e30, -1e30, NaN, Infinity, -Infinity] };
const integers = [-1, 0, 1, 1, 2, 3];
const oddIntegers = [-(2 ** 31), -65536, -3, -2, -1, 0, 4, 7, 10, 100, 65536, 2 ** 24 + 1, 2 ** 31 - 1];
const sizes = [1, 1, 1, 2, 2, 3, 3, 4, 5];
const oddSizes = [0, 7, 10, 100, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 6, 2 ** 32 - 2, 2 ** 32 - 1];

const lengths = [1, 1, 1, 1, 1, 1, 2, 3, 0];

/** Without these most layers refuse to be built. */
const needed = new Set([
  ...[
    'numOutput',
    'inputDim',
    'kernelSize',
    'tiles',
    'shape',
    'dim',
    'batchSize',
    'pyramidHeight',
    'channels',
    'height',
    'width',
  ],
]);
/** With these, the fillers refuse most. */
const rare = new Set(['engine', 'sparse', 'varianceNorm']);
/** What says the same as another field, and must not stand beside it. */
const instead = [
  ['kernelSize', 'kernelH', 'kernelW', 'globalPooling'],
  ['stride', 'strideH', 'strideW'],
  ['pad', 'padH', 'padW'],
  ['shape', 'num', 'channels', 'height', 'width'],
  ['axis', 'concatDim', 'sliceDim'],
];

function scalar(random: Random, field: protobuf.Field, oddity: Oddity): unknown {
  const odd = oddity === 'odd' && random.chance(0.5);
  switch (field.type) {
    case 'bool':
      return random.chance(0.5);
    case 'float':
    case 'double':
      return random.pick(floats[oddity]);
    case 'string':
      if (field.name === 'type') return random.pick(random.chance(0.95) ? fillers : texts);
      return random.pick(texts);
    case 'int32':
    case 'int64':
      return random.pick(odd ? oddIntegers : integers);
    default:
      return random.pick(odd ? oddSizes : sizes);
  }
}

function value(random: Random, field: protobuf.Field, oddity: Oddity): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return random.pick(Object.keys(resolvedType.values));
  if (resolvedType instanceof protobuf.Type) return message(random, resolvedType, oddity);
  return scalar(random, field, oddity);
}

/** Leaves one way of saying it; a few keep them all. */
function settle(random: Random, fields: Fields): void {
  for (const [first, ...others] of instead) {
    if (random.chance(0.05)) continue;
    const dropped = fields[first] !== undefined && random.chance(0.95) ? others : [first];
    if (others.some((name) => name in fields)) for (const name of dropped) Reflect.deleteProperty(fields, name);
  }
}

function message(random: Random, type: protobuf.Type, oddity: Oddity): Fields {
  const fields: Fields = {};
  for (const field of type.fieldsArray) {
    const must = field.required || (needed.has(field.name) && random.chance(0.95));
    if (!must && !random.chance(rare.has(field.name) ? 0.03 : oddity === 'odd' ? 0.35 : 0.2)) continue;
    // Sizes that are needed are odd in a few cases only: few would be built else.
    const each = (): unknown => value(random, field, must && random.chance(0.8) ? 'usual' : oddity);
    fields[field.name] = field.repeated ? Array.from({ length: random.pick(lengths) }, each) : each();
  }
  settle(random, fields);
  return fields;
}

/** As Caffe has it: layers whose parameters are another type's, or named otherwise. */
const shared: Record<string, string> = {
  ...{ Deconvolution: 'Convolution', Im2col: 'Convolution', SoftmaxWithLoss: 'Softmax', LSTM: 'Recurrent' },
  ...{ RNN: 'Recurrent' },
};

/** Random fields of a layer of this type: its own parameters, and what any layer may have. */
export function layerFields(random: Random, type: string, oddity: Oddity): Fields {
  const fields: Fields = {};
  const wanted = [`${shared[type] ?? type}Parameter`, ...(type.endsWith('Loss') ? ['LossParameter'] : [])];
  for (const field of layerParameter.fieldsArray) {
    const { name, resolvedType } = field;
    if (!name.endsWith('Param') || !(resolvedType instanceof protobuf.Type)) continue;
    if (wanted.includes(resolvedType.name) && random.chance(0.9)) fields[name] = message(random, resolvedType, oddity);
  }
  return fields;
}
