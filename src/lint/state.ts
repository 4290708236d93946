import type { Net } from '../net/net.js';
import type { caffe } from '../proto/schema.js';
import { fieldsAt, scalarOf, type Field } from './prototxt-tree.js';

/** A layer in the current format, and where it stands in the text. */
export interface Layer {
  param: caffe.LayerParameter;
  /** Undefined for the one that Caffe makes of `input` fields. */
  field: Field | undefined;
}

/** The field of a layer at a path; the layer itself where the text has no such field. */
export function fieldOf({ field }: Layer, ...path: string[]): Field | undefined {
  return fieldsAt(field?.fields, ...path)[0] ?? field;
}

/** The field that names a blob. */
export function blobField({ field }: Layer, which: 'bottom' | 'top', blob: string): Field | undefined {
  return fieldsAt(field?.fields, which).find((each) => scalarOf(each) === blob) ?? field;
}

/** `layer "x"`, for a text. */
export const nameOf = ({ param }: Layer): string => `layer "${param.name}"`;

/** What include and exclude rules go by. */
export interface NetState {
  phase: 'train' | 'test';
  level: number;
  stages: readonly string[];
}

/** Whether Caffe takes a layer in a state: one include rule holds, or no exclude rule does. */
export function isIn(state: NetState, { include, exclude }: caffe.LayerParameter): boolean {
  const holds = (rule: caffe.NetStateRule.$Properties): boolean => {
    const has = (name: keyof caffe.NetStateRule.$Properties): boolean => Object.hasOwn(rule, name);
    return (
      (!has('phase') || Number(rule.phase) === (state.phase === 'train' ? 0 : 1)) &&
      (!has('minLevel') || state.level >= Number(rule.minLevel)) &&
      (!has('maxLevel') || state.level <= Number(rule.maxLevel)) &&
      (rule.stage ?? []).every((stage) => state.stages.includes(stage)) &&
      !(rule.notStage ?? []).some((stage) => state.stages.includes(stage))
    );
  };
  return include.length > 0 ? include.some(holds) : !exclude.some(holds);
}

/** The types with weights that the solver changes, of Caffe's own. */
const learners = [
  ...['Convolution', 'Deconvolution', 'InnerProduct', 'Embed', 'PReLU', 'Parameter', 'LSTM', 'RNN', 'Recurrent'],
  ...['Scale', 'Bias'],
];

/** The layers of a net in one state, in their order, and who reads what of whom. */
export class StateNet {
  readonly state: NetState;
  readonly layers: readonly Layer[];
  /** Caffe's own net of them, if it could be built. */
  net: Net | undefined;
  /** Whether the sizes of images and the like in it are the real ones; data may be elsewhere. */
  sizesAreKnown = false;

  constructor(state: NetState, layers: readonly Layer[]) {
    this.state = state;
    this.layers = layers;
  }

  /** The index of the layer that writes what layer `index` reads; -1 for none. */
  writerOf(blob: string, index: number): number {
    return this.layers.findLastIndex(({ param }, i) => i < index && param.top.includes(blob));
  }

  /** The indices of the layers that read what layer `index` writes to a blob. */
  readersOf(blob: string, index: number): number[] {
    return this.layers.flatMap(({ param }, i) =>
      i > index && param.bottom.includes(blob) && this.writerOf(blob, i) === index ? [i] : [],
    );
  }

  /** Whether the net has a loss, and so can be trained. */
  get hasLoss(): boolean {
    return this.layers.some((layer) => isLoss(layer));
  }

  /** Whether the solver changes weights of a layer. */
  learns({ param: { type, param, bottom } }: Layer): boolean {
    if (type === 'Python') return true; // it may
    if (!learners.includes(type)) return false;
    if ((type === 'Scale' || type === 'Bias') && bottom.length > 1) return false;
    return param.length === 0 || param.some(({ lrMult }) => lrMult !== 0);
  }

  /** Whether the gradient goes through what layer `index` reads, to something that learns below it. */
  learnsBelow(index: number): boolean {
    const { bottom = [] } = this.layers[index]?.param ?? {};
    return bottom.some((blob) => {
      const writer = this.writerOf(blob, index);
      const layer = this.layers[writer];
      return layer !== undefined && (this.learns(layer) || this.learnsBelow(writer));
    });
  }
}

/** Whether a layer has a weight in the loss. Those of Caffe that are named so have one unless told otherwise. */
export function isLoss({ param: { type, lossWeight } }: Layer): boolean {
  return lossWeight.length > 0 ? lossWeight.some((weight) => weight !== 0) : type.endsWith('Loss');
}
