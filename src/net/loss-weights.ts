import { inspect } from 'node:util';
import type { NativeNet } from '../../typings/native.js';
import { expectNumber } from '../error/argument.js';
import { refusingOthers } from './named.js';

/**
 * The weight of each blob in the net's loss, by blob name. A property can be set if Caffe has planned a gradient for
 * its blob.
 */
export function lossWeights(net: NativeNet, names: readonly string[]): Record<string, number> {
  const built = net.blobLossWeights();
  const weighted = names.filter((_, blob) => built[blob] !== 0);
  const weights = Object.create(null) as Record<string, number>;
  for (const [blob, name] of names.entries()) {
    Object.defineProperty(weights, name, {
      enumerable: true,
      get: () => net.blobLossWeights()[blob],
      set: (weight: unknown) => {
        const number = expectNumber(weight, `blobLossWeights.${name}`);
        if (!Number.isFinite(number)) {
          throw new RangeError(`Expected a finite number for blobLossWeights.${name} but received ${number}`);
        }
        if (!weighted.includes(name)) {
          throw new RangeError(
            `Expected a blob that the net was built to have in its loss, one of (${weighted.join(', ')}), but received ${name}: give its layer a loss_weight in the prototxt`,
          );
        }
        net.setBlobLossWeight(blob, number);
      },
    });
  }
  Object.defineProperty(weights, inspect.custom, { value: () => ({ ...weights }) }); // not "[Getter/Setter]"
  return refusingOthers('blob', weights, [], names);
}
