// Random layers of all the types that libcaffe has, with bottoms of random shapes.
import { createLayer, layerTypes } from 'tscaffe';
import { layerFields } from './layer-fields.js';
import type { Random } from './random.js';

/** They read or write files, run programs, or compute nothing. */
const left = new Set(['Data', 'HDF5Data', 'HDF5Output', 'ImageData', 'WindowData', 'Python', 'Input']);

interface StockType {
  type: string;
  /** The fewest and the most bottoms and tops that it takes. */
  bottoms: [number, number];
  tops: [number, number];
}

function stockType(type: string): StockType {
  using layer = createLayer({ type });
  const range = (exact = -1, least = 0, most = Math.max(least, 3)): [number, number] =>
    exact < 0 ? [least, most] : [exact, exact];
  return {
    type,
    bottoms: range(layer.exactNumBottomBlobs, layer.minBottomBlobs, layer.maxBottomBlobs),
    tops: range(layer.exactNumTopBlobs, layer.minTopBlobs, layer.maxTopBlobs),
  };
}

const stockTypes = layerTypes()
  .filter((type) => !left.has(type))
  .map(stockType);

export interface StockLayer {
  type: string;
  /** Its fields besides name, type, bottom and top. */
  fields: Record<string, unknown>;
  bottoms: number[][];
  topCount: number;
}

function count(random: Random, [least, most]: [number, number]): number {
  return random.chance(0.98) ? least + random.int(most - least + 1) : random.int(5);
}

/** Sizes of one to six; of some cases, some are 0. */
export class Sizes {
  readonly #random: Random;
  readonly #mayBeEmpty: boolean;

  constructor(random: Random) {
    this.#random = random;
    this.#mayBeEmpty = random.chance(0.1);
  }

  next(): number {
    return this.#mayBeEmpty && this.#random.chance(0.3) ? 0 : 1 + this.#random.int(6);
  }

  shape(axes: number): number[] {
    return Array.from({ length: axes }, () => this.next());
  }
}

/** A bottom beside the first: as large, a label for each item, or for each place of an item, or neither. */
function beside(random: Random, first: readonly number[], sizes: Sizes, isLabel: boolean): number[] {
  const axis = random.int(Math.max(1, first.length));
  switch (random.int(isLabel ? 9 : 15)) {
    case 0:
      return first.map((size, at) => (at === axis ? sizes.next() : size));
    case 1:
      return sizes.shape(random.int(5));
    case 2:
      return first.slice(0, random.int(first.length + 1));
    case 3:
      return first.map((size, at) => (at === 1 ? 1 : size));
    default:
      if (!isLabel) return [...first];
      return random.chance(0.5) ? first.slice(0, 1) : first.filter((_, at) => at !== 1);
  }
}

/** What random shapes would hardly ever be. */
const fitting: Record<string, ((first: number[], sizes: Sizes) => number[][]) | undefined> = {
  LSTMUnit: (_, sizes) => {
    const [items, size] = sizes.shape(2);
    return [[1, items, size], [1, items, 4 * size], [1, items]]; // prettier-ignore
  },
  LSTM: (_, sizes) => {
    const [times, items, size] = sizes.shape(3);
    return [[times, items, size], [times, items], [items, size]]; // prettier-ignore
  },
  ContrastiveLoss: (_, sizes) => {
    const [items, size] = sizes.shape(2);
    return [[items, size], [items, size], [items]]; // prettier-ignore
  },
  InfogainLoss: (first) => [first, first.filter((_, at) => at !== 1), [1, 1, first[1] ?? 1, first[1] ?? 1]],
};
fitting['RNN'] = fitting['LSTM'];

/** Takes one label for each item or place, or one index for each item. */
const takesLabels = /^(Softmax|Hinge|Multinomial|Infogain)|Accuracy|BatchReindex|Filter/;
const takesImages = /Convolution|Pooling|LRN|SPP|Im2col|Crop|MVN/;

function shapeFor(random: Random, type: string, sizes: Sizes): number[] {
  if (takesImages.test(type) && random.chance(0.9)) return sizes.shape(4);
  if (takesLabels.test(type) && random.chance(0.9)) return sizes.shape(random.pick([1, 2, 2, 3, 4]));
  return sizes.shape(random.pick([0, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5]));
}

export function stockLayer(random: Random, sizes = new Sizes(random)): StockLayer {
  const { type, bottoms, tops } = random.pick(stockTypes);
  const oddity = random.chance(0.25) ? 'odd' : 'usual';
  const first = shapeFor(random, type, sizes);
  const number = count(random, bottoms);
  const fit = random.chance(0.7) ? (fitting[type]?.(first, sizes) ?? []) : [];
  const shapes = Array.from({ length: number }, (_, i) =>
    i < fit.length
      ? fit[i]
      : i === 0
        ? first
        : beside(random, first, sizes, takesLabels.test(type) && i === number - 1),
  );
  const usual = { DummyData: 1, Convolution: number, Deconvolution: number, Filter: Math.max(0, number - 1) }[type];
  const topCount = usual !== undefined && random.chance(0.95) ? usual : count(random, tops);
  return { type, fields: layerFields(random, type, oddity), bottoms: shapes, topCount };
}
