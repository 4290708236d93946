import type { Converter } from './conversion.js';
import { activations } from './layers/activation.js';
import { arrangements } from './layers/arrangement.js';
import { convolutions } from './layers/convolution.js';
import { elementwise } from './layers/elementwise.js';
import { normalizations } from './layers/normalization.js';
import { poolings } from './layers/pooling.js';
import { recurrents } from './layers/recurrent.js';

/** By layer type. A layer without bottoms needs none: its tops are inputs of the model. */
export const converters: Readonly<Record<string, Converter>> = {
  ...convolutions,
  ...poolings,
  ...activations,
  ...normalizations,
  ...elementwise,
  ...arrangements,
  ...recurrents,
};
