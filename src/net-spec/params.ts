import { Enum, Type } from 'protobufjs/light.js';
import type { EnumValues } from '../../typings/generated/layers.js';
import { didYouMean } from '../error/argument.js';
import { messageType } from '../proto/schema.js';

type Values = Readonly<Record<string, number>>;

/** Names that JavaScript itself looks up on any object. */
const isForeign = (name: string | symbol): name is symbol =>
  typeof name === 'symbol' || name === 'then' || name === 'toJSON';

/** An object that throws for an unknown name instead of returning `undefined`. */
function strict<T extends object>(object: T, unknown: (name: string) => Error): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(target, name) || isForeign(name)) return Reflect.get(target, name) as unknown;
      throw unknown(name);
    },
    set: () => false,
  });
}

function enumValues(message: Type): Values {
  const values = message.nestedArray.flatMap((nested) => (nested instanceof Enum ? Object.entries(nested.values) : []));
  return strict(Object.freeze(Object.fromEntries(values)), (name) => {
    const near = didYouMean(
      name,
      values.map(([value]) => value),
    );
    return new TypeError(`${message.name} has no enum value ${name}${near}`);
  });
}

const messages = messageType('LayerParameter').parent?.nestedArray ?? [];
const byMessage: Record<string, Values> = {};
for (const message of messages) {
  if (!(message instanceof Type) || !message.name.endsWith('Parameter')) continue;
  if (message.nestedArray.some((nested) => nested instanceof Enum)) {
    byMessage[message.name.replace(/Parameter$/, '')] = enumValues(message);
  }
}

/**
 * The enum values of Caffe's parameters, by the name of their message without "Parameter": `params.Pooling.MAX`,
 * `params.Data.LMDB`. The name of the value as a string means the same: `pool: 'MAX'`.
 *
 * @throws {TypeError} if there is no such name; the error suggests the nearest one
 *
 * @example
 * ```ts
 * import { layers, params } from 'tscaffe';
 *
 * const data = layers.Data({ source: 'mnist_train_lmdb', backend: params.Data.LMDB, batchSize: 64 });
 * const pool = layers.Pooling(data, { pool: params.Pooling.AVE, globalPooling: true });
 * ```
 */
export const params: EnumValues = strict(byMessage as unknown as EnumValues, (name) => {
  const near = didYouMean(name, Object.keys(byMessage));
  return new TypeError(`caffe.proto has no message ${name}Parameter with enum values${near}`);
});
