import { label2one_hot as OneHot } from '../../examples/mnist/one_hot.js';
import { EuclideanLossLayer as Loss } from '../../examples/mnist/pyloss.js';

// The example's layers without their methods for the GPU.

export class label2one_hot extends OneHot {
  declare forwardGpu: never;
  declare backwardGpu: never;
}
export class EuclideanLossLayer extends Loss {
  declare forwardGpu: never;
  declare backwardGpu: never;
}
for (const { prototype } of [label2one_hot, EuclideanLossLayer]) {
  Object.assign(prototype, { forwardGpu: undefined, backwardGpu: undefined });
}
