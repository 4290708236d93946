import { inspect } from 'node:util';
import type { NativeNet } from '../../typings/native.js';
import { expectNonNegative } from '../error/argument.js';
import type { NetLayer } from './structure.js';

/** One number for each learnable blob of a layer. Each number can be set. */
export interface Multipliers extends Iterable<number> {
  [param: number]: number;
  /** How many learnable blobs the layer has. */
  readonly length: number;
}

/** The multipliers of one layer: an array whose elements read from Caffe and write to Caffe. */
export function multipliersOf(net: NativeNet, what: 'lr' | 'decay', { name, index, blobs }: NetLayer): Multipliers {
  const multipliers: number[] = [];
  for (const param of blobs.keys()) {
    Object.defineProperty(multipliers, param, {
      enumerable: true,
      get: () => net.multiplier(what, index, param),
      set: (value: number) => {
        net.setMultiplier(what, index, param, expectNonNegative(value, `${what}_mult of ${name}[${param}]`));
      },
    });
  }
  // Node.js would print "[Getter/Setter]".
  Object.defineProperty(multipliers, inspect.custom, { value: () => [...multipliers] });
  return Object.freeze(multipliers);
}
