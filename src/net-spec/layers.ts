import type { LayerFields, LayerTypes } from '../../typings/generated/layers.js';
import { argumentError, didYouMean, expectInteger } from '../error/argument.js';
import { layerTypes } from '../layer/registry.js';
import { layerMessage } from './message.js';
import { Sink, Top, type Bottom, type LayerCall } from './top.js';

export type { LayerFields, LayerTypes };

type Tuple<Count extends number, Tops extends Top[] = []> = Tops['length'] extends Count
  ? Tops
  : Tuple<Count, [...Tops, Top]>;

/**
 * What a layer function returns for `ntop` tops: the top itself if there is one, an array of tops if there are several,
 * a {@link Sink} if there are none.
 */
export type Tops<Count extends number> = number extends Count
  ? Top | Top[]
  : Count extends 0
    ? Sink
    : Count extends 1
      ? Top
      : Tuple<Count>;

/** The options of every function of {@link layers}, next to the layer's fields. */
export interface TopFields<Count extends number = number> {
  /** The number of tops, 1 by default. */
  ntop?: Count | undefined;
  /** Whether the layer writes its tops over its bottoms, as ReLU and Dropout can. False by default. */
  inPlace?: boolean | undefined;
}

/**
 * Makes a layer. The arguments are the bottoms, then one object with the layer's fields, if any. All fields are checked
 * here, not when the net is built.
 *
 * @throws {TypeError} if a bottom is not a Top, or the layer has no such field or enum value; the error suggests the
 * nearest name
 * @throws {TypeError} if an in-place layer has more tops than bottoms
 * @throws {RangeError} if a number does not fit its field
 */
export type LayerFunction<Fields> = <Count extends number = 1>(
  ...bottomsAndFields: (Bottom | (Fields & TopFields<Count>))[]
) => Tops<Count>;

/** One function for each layer type of the linked Caffe. */
export type Layers = { readonly [Type in keyof LayerTypes]: LayerFunction<LayerTypes[Type]> };

function typeName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return (value as { constructor?: { name?: string } }).constructor?.name ?? 'Object';
}

function isPlainObject(value: unknown): value is TopFields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function makeTops(type: string, bottomsAndFields: readonly unknown[]): readonly Top[] {
  const last = bottomsAndFields.at(-1);
  const [bottoms, given] = isPlainObject(last) ? [bottomsAndFields.slice(0, -1), last] : [bottomsAndFields, {}];
  bottoms.forEach((bottom, index) => {
    if (bottom instanceof Top && !(bottom instanceof Sink)) return;
    throw new TypeError(`${type} input ${index} is not a Top (type is ${typeName(bottom)})`);
  });
  const { ntop = 1, inPlace = false, ...fields } = given;
  const path = `layers.${type}`;
  expectInteger(ntop, `${path}.ntop`, 0, 2 ** 31 - 1);
  if (typeof inPlace !== 'boolean') throw argumentError('true or false', `${path}.inPlace`, inPlace);
  if (inPlace && ntop > bottoms.length) {
    throw new TypeError(`${path}: in place its ${ntop} tops are its bottoms, of which it has ${bottoms.length}`);
  }
  const tops: Top[] = [];
  const message = layerMessage(type, fields);
  const call: LayerCall = { type, bottoms: bottoms as Top[], ntop, tops, inPlace, message };
  if (ntop === 0) tops.push(new Sink(call, 0));
  for (let index = 0; index < ntop; ++index) tops.push(new Top(call, index));
  return tops;
}

type AnyLayerFunction = (...bottomsAndFields: readonly unknown[]) => Top | readonly Top[] | undefined;

const functions = new Map<string, AnyLayerFunction>();

function layerFunction(type: string): AnyLayerFunction {
  const made = functions.get(type);
  if (made !== undefined) return made;
  const known = layerTypes();
  if (!known.includes(type)) {
    const near = didYouMean(type, known) || '; a layer class of your own must be given to registerLayer first';
    throw new TypeError(`Caffe has no layer type ${type}${near}`);
  }
  const make: AnyLayerFunction = (...bottomsAndFields) => {
    const tops = makeTops(type, bottomsAndFields);
    return tops.length === 1 ? tops[0] : tops;
  };
  functions.set(type, make);
  return make;
}

/**
 * One function for each layer type: `layers.Convolution(bottom, { kernelSize: 5, numOutput: 20 })` makes a convolution
 * of `bottom`. The object holds the fields of the layer's own parameter message (`convolution_param`) and those of
 * LayerParameter (`param`, `lossWeight`, `include`, `transformParam`...) side by side, in camelCase. A repeated field
 * takes one value or an array. A message is an object. An enum value is a name or one of {@link params}. As in pycaffe,
 * some layer types have no parameter message of their own name, such as Deconvolution and LSTM. They take their
 * parameters as `convolutionParam: {...}` or `recurrentParam: {...}`.
 *
 * The types come from the linked library. A type registered with `registerLayer` works too. Declare it to TypeScript
 * with `declare module 'tscaffe' { interface LayerTypes { MyLoss: LayerFields } }`.
 *
 * @example
 * ```ts
 * import { layers, toProto, Net } from 'tscaffe';
 *
 * const data = layers.DummyData({ shape: { dim: [1, 3, 32, 32] } });
 * const conv = layers.Convolution(data, { kernelSize: 5, numOutput: 20, weightFiller: { type: 'xavier' } });
 * const pool = layers.Pooling(layers.ReLU(conv, { inPlace: true }), { pool: 'MAX', kernelSize: 2, stride: 2 });
 * const net = new Net(toProto(pool), 'test');
 * console.log(net.blobs['Pooling1']?.shape); // [1, 20, 14, 14]
 * ```
 */
export const layers: Layers = new Proxy({} as Layers, {
  get: (_, type) =>
    typeof type === 'symbol' || type === 'then' || type === 'toJSON' ? undefined : layerFunction(type),
  has: (_, type) => typeof type === 'string' && layerTypes().includes(type),
  ownKeys: () => layerTypes(),
  getOwnPropertyDescriptor: (_, type) =>
    typeof type === 'string' && layerTypes().includes(type)
      ? { value: layerFunction(type), enumerable: true, configurable: true }
      : undefined,
});
