// A net of one or a few random stock layers, over inputs of random shapes.
import { toPrototxt } from 'tscaffe';
import type { Random } from './random.js';
import { Sizes, stockLayer } from './stock-layer.js';

type Layer = Record<string, unknown> & { name: string; type: string; bottom: string[]; top: string[] };

/** What follows a layer: of one bottom, and of any shape. */
const followers = [
  'ReLU',
  'Power',
  'Split',
  'Sigmoid',
  'Flatten',
  'Softmax',
  'Dropout',
  'PReLU',
  'Reshape',
  'Reduction',
];

/** Has learnable blobs, which layers may share. */
const learns = /Convolution|InnerProduct|Embed|PReLU/;

class Builder {
  readonly #random: Random;
  readonly #sizes: Sizes;
  readonly #layers: Layer[] = [];
  readonly #blobs: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#sizes = new Sizes(random);
  }

  build(): string {
    const random = this.#random;
    const depth = random.pick([1, 1, 1, 1, 1, 1, 2, 3]);
    for (let i = 0; i < depth; i++) this.#addStock(`l${i}`);
    if (random.chance(0.2)) this.#addFollower();
    const layer = this.#layers as object[];
    return toPrototxt({ forceBackward: random.chance(0.8), layer });
  }

  #addInput(shape: number[]): string {
    const top = `x${this.#blobs.length}`;
    this.#blobs.push(top);
    this.#layers.push({ name: top, type: 'Input', bottom: [], top: [top], inputParam: { shape: [{ dim: shape }] } });
    return top;
  }

  #addStock(name: string): void {
    const random = this.#random;
    const { type, fields, bottoms, topCount } = stockLayer(random, this.#sizes);
    const bottom = bottoms.map((shape) => {
      // A blob that is there already: of another layer, or the same twice.
      const reused = this.#blobs.length > 0 && random.chance(name === 'l0' ? 0.05 : 0.5);
      return reused ? random.pick(this.#blobs) : this.#addInput(shape);
    });
    const inPlace = random.chance(0.2);
    const top = Array.from({ length: topCount }, (_, i) =>
      inPlace && i < bottom.length && random.chance(0.8) ? bottom[i] : `${name}-${i}`,
    );
    const layer: Layer = { name, type, bottom, top, ...fields };
    if (random.chance(0.15)) layer['lossWeight'] = top.map(() => random.pick([0, 1, 2]));
    if (random.chance(0.05)) layer['propagateDown'] = bottom.map(() => random.chance(0.5));
    if (learns.test(type) && random.chance(0.3))
      layer['param'] = [{ name: 'w', shareMode: random.pick(['STRICT', 'PERMISSIVE']) }];
    this.#layers.push(layer);
    this.#blobs.push(...top.filter((each) => !this.#blobs.includes(each)));
  }

  #addFollower(): void {
    const random = this.#random;
    if (this.#blobs.length === 0) return;
    const bottom = random.pick(this.#blobs);
    const top = random.chance(0.3) ? bottom : 'last';
    this.#layers.push({ name: 'last', type: random.pick(followers), bottom: [bottom], top: [top] });
  }
}

/** @returns its prototxt */
export function stockNet(random: Random): string {
  return new Builder(random).build();
}
