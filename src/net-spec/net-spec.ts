import type { NetFields } from '../../typings/generated/layers.js';
import { argumentError, didYouMean, expectObject } from '../error/argument.js';
import { checkFields } from '../proto/field-check.js';
import { toPrototxt } from '../proto/prototxt.js';
import { messageType, type caffe } from '../proto/schema.js';
import { assign } from './message.js';
import { Assembly, Top, type NetMessage } from './top.js';

export type { NetFields };

class Spec {
  /** The tops by name, in the order in which the names were first used. */
  readonly tops = new Map<string, Top>();
  readonly #fields: caffe.NetParameter.$Properties;

  /**
   * @param fields - the net's own fields beside its layers, such as `name` and `forceBackward`
   * @throws {TypeError | RangeError} if NetParameter has no such field, or a value does not fit
   */
  constructor(fields: NetFields = {}) {
    const type = messageType('NetParameter');
    this.#fields = assign({}, type, expectObject(fields, 'fields', 'an object of options'));
    checkFields(type, this.#fields, 'NetSpec');
    if (this.#fields.layer || this.#fields.layers) throw new TypeError('NetSpec: its layers are those of its tops');
    return new Proxy(this, handler);
  }

  static {
    Object.defineProperty(Spec, 'name', { value: 'NetSpec' });
  }

  /** The net of all layers that the named tops need. A new plain object on each call. */
  toProto(): NetMessage {
    const assembly = new Assembly([...this.tops].map(([name, top]) => [top, name]));
    for (const top of this.tops.values()) assembly.add(top);
    return { ...structuredClone(this.#fields), layer: assembly.layers };
  }

  /** The net as prototxt. */
  toString(): string {
    return toPrototxt(this.toProto());
  }
}

/** Blobs are looked up only if the object has no member of that name. */
const handler: ProxyHandler<Spec> = {
  get(spec, name) {
    if (typeof name === 'symbol' || name in spec) {
      const value = Reflect.get(spec, name) as unknown;
      return typeof value === 'function' && name !== 'constructor' ? (value.bind(spec) as unknown) : value;
    }
    const top = spec.tops.get(name);
    if (top !== undefined || name === 'then' || name === 'toJSON') return top;
    const known = [...spec.tops.keys()];
    throw new RangeError(
      `The NetSpec has no top "${name}"${didYouMean(name, known) || `; it has (${known.join(', ')})`}`,
    );
  },
  set(spec, name, value: unknown) {
    if (typeof name === 'symbol' || name in spec) {
      throw new TypeError(`"${String(name)}" cannot be a blob's name in a NetSpec: it has a member of that name`);
    }
    if (!(value instanceof Top)) {
      const hint = Array.isArray(value) ? `; name each: [spec.a, spec.b] = layers...` : '';
      throw new TypeError(`${argumentError('a Top', `NetSpec.${name}`, value).message}${hint}`);
    }
    spec.tops.set(name, value);
    return true;
  },
  has: (spec, name) => name in spec || (typeof name === 'string' && spec.tops.has(name)),
  deleteProperty: (spec, name) => typeof name === 'string' && spec.tops.delete(name),
  ownKeys: (spec) => [...spec.tops.keys()],
  getOwnPropertyDescriptor(spec, name) {
    const value = typeof name === 'string' ? spec.tops.get(name) : undefined;
    return value && { value, writable: true, enumerable: true, configurable: true };
  },
};

/**
 * A net written as a program. A top that you assign to a property gets the name of the property, and so does the layer
 * that makes the top. Layers in between are named after their type. A NetSpec works wherever a net does: `new Net(spec,
 * 'train')`. `String(spec)` is its prototxt.
 *
 * `new NetSpec<'data' | 'label'>()` allows only these names, so that TypeScript finds a wrong one. Without the type
 * argument, any name works.
 *
 * Reading a name that has no top throws a RangeError. Assigning a value that is not a Top throws a
 * TypeError.
 *
 * @example
 * ```ts
 * import { layers, Net, NetSpec } from 'tscaffe';
 *
 * const n = new NetSpec({ name: 'LogReg' });
 * [n.data, n.label] = layers.DummyData({ ntop: 2, shape: [{ dim: [8, 4] }, { dim: 8 }] });
 * n.ip = layers.InnerProduct(n.data, { numOutput: 3, weightFiller: { type: 'xavier' } });
 * n.loss = layers.SoftmaxWithLoss(n.ip, n.label);
 * const { loss } = new Net(n, 'train').forward();
 * ```
 */
export type NetSpec<Names extends string = string> = Spec & Record<Names, Top>;

/** Makes an empty net. Its fields are those of the net itself, such as its name; layers come by its tops. */
export const NetSpec = Spec as new <Names extends string = string>(fields?: NetFields) => NetSpec<Names>;
