import type { Type } from 'protobufjs/light.js';
import { messageType, type caffe } from '../proto/schema.js';
import type { Graph, Shape, Value } from './graph.js';

/** At least one value. */
export type Values = readonly [Value, ...Value[]];

/** A layer to be converted. */
export interface Conversion {
  readonly graph: Graph;
  readonly type: string;
  /** The layer's parameters. Fields that are not set read as their defaults. */
  readonly param: caffe.LayerParameter;
  /** At least one, but for a Parameter layer, which looks at none. */
  readonly bottom: Values;
  /** The shapes of its tops. */
  readonly top: readonly [Shape, ...Shape[]];
  /** A learnable blob. In another shape it is another constant. */
  blob(index: number, shape?: Shape): Value;
  /** The values of a learnable blob, on Caffe's memory. */
  values(index: number): Float32Array;
}

/** The fields of a message, all of which read as their defaults if they are not set. */
type Fields<Message> = { readonly [Field in keyof Message]-?: NonNullable<Message[Field]> };

/** What a layer has for its own type, such as `poolingParam`. */
export function fieldsOf<Name extends `${string}Param` & keyof caffe.LayerParameter>(
  { param }: Conversion,
  name: Name,
): Fields<NonNullable<caffe.LayerParameter[Name]>> {
  const type = messageType('LayerParameter').fields[name]?.resolve().resolvedType as Type;
  return (param[name] ?? type.create()) as object as Fields<NonNullable<caffe.LayerParameter[Name]>>;
}

export const isSet = <Message extends object>(fields: Message, name: keyof Message): boolean =>
  Object.hasOwn(fields, name);

/** Adds the nodes for a layer, and returns the values of its tops. */
export type Converter = (layer: Conversion) => readonly Value[];

/** Why a layer cannot be converted: half a sentence that follows the layer's name. */
export class NotInOnnx extends Error {}

/** The number of the test phase in `LayerParameter.phase`. */
export const testPhase = 1;

export const count = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);

/** An axis that may count from the end. */
export const axisOf = (axis: number, { length }: Shape): number => (axis < 0 ? axis + length : axis);

/** The only bottom, or the first one. */
export function firstOf({ bottom }: Conversion): Value {
  return bottom[0];
}

/** The shape of the first top. */
export function topOf({ top }: Conversion): Shape {
  return top[0];
}

/** The graph is for any batch size, so a layer must not reach across the items of a batch. */
export function refuseBatch(values: readonly Value[], what: string): void {
  if (values.some(({ batch }) => batch)) throw new NotInOnnx(`${what}; export the net without dynamicBatch`);
}

/** Refuses a layer that works along the first axis, if that is the batch. */
export function keepBatch(value: Value, axis: number): void {
  if (axis === 0) refuseBatch([value], 'works across the items of a batch');
}
