// Random stock layers outside nets: the caller holds their blobs.
import { Blob, createLayer, type CaffeLayer } from 'tscaffe';
import { inspect } from 'node:util';
import { fillData, fillDiffs, otherShape, spoil, write } from '../fillings.js';
import type { Random } from '../random.js';
import { areSmall } from '../small.js';
import { stockLayer } from '../stock-layer.js';
import type { Target } from '../target.js';
import { Attempts, did } from '../trail.js';

class Bench {
  readonly #random: Random;
  readonly #layer: CaffeLayer;
  readonly #bottom: Blob[];
  readonly #top: Blob[];
  readonly #attempts = new Attempts();

  constructor(random: Random, layer: CaffeLayer, bottom: Blob[], top: Blob[]) {
    this.#random = random;
    this.#layer = layer;
    this.#bottom = bottom;
    this.#top = top;
  }

  async run(): Promise<void> {
    const isSetUp = this.#random.chance(0.97) && (await this.#call('setup'));
    // Few go on without.
    if (isSetUp || this.#random.chance(0.3)) await this.#misuse();
    const blobs = this.#blobs();
    await this.#attempts.make('dispose', () => {
      this.#layer.dispose();
    });
    for (const blob of blobs)
      await this.#attempts.make('write a blob', () => {
        write(blob);
      });
    this.#attempts.end();
  }

  async #misuse(): Promise<void> {
    for (let n = 3 + this.#random.int(6); n > 0 && areSmall(this.#blobs()); n--) await this.#act();
  }

  #blobs(): Blob[] {
    return [...this.#bottom, ...this.#top, ...this.#layer.blobs];
  }

  async #call(what: 'setup' | 'reshape' | 'forward' | 'backward'): Promise<boolean> {
    const [layer, bottom, top] = [this.#layer, this.#bottom, this.#top];
    const propagateDown = bottom.map((_, i) => layer.allowForceBackward(i) || this.#random.chance(0.3));
    return this.#attempts.make(what, () => {
      if (what === 'forward') fillData(this.#random, bottom, this.#random.chance(0.8) ? 'finite' : 'any');
      if (what === 'backward') fillDiffs(this.#random, top);
      if (what === 'backward') layer.backward(top, propagateDown, bottom);
      else layer[what](bottom, top);
    });
  }

  async #act(): Promise<unknown> {
    const random = this.#random;
    const blobs = this.#blobs();
    const at = random.int(Math.max(1, blobs.length));
    switch (random.int(blobs.length > 0 ? 12 : 8)) {
      case 0:
      case 1:
      case 2:
        return this.#call('forward');
      case 3:
      case 4:
      case 5:
        return this.#call('backward');
      case 6:
        return this.#call('reshape');
      case 7:
        return random.chance(0.2) ? this.#call('setup') : this.#call('forward');
      case 8:
        return this.#attempts.make(`spoil number ${at}`, () => {
          spoil(random, blobs[at]);
        });
      case 9:
        return this.#share(blobs[at], at);
      default:
        return this.#attempts.make(`reshape number ${at}`, () => {
          const shape = otherShape(random, blobs[at].shape);
          did(`${blobs[at].shape.join('x')} to ${shape.join('x')}`);
          blobs[at].reshape(shape);
        });
    }
  }

  async #share(blob: Blob, at: number): Promise<boolean> {
    const other = new Blob(blob.count);
    return this.#attempts.make(`share number ${at}`, () => {
      if (this.#random.chance(0.7)) blob.shareData(other);
      if (this.#random.chance(0.7)) blob.shareDiff(other);
    });
  }
}

export const outside: Target = async (random) => {
  const { type, fields, bottoms, topCount } = stockLayer(random);
  const phase = random.pick(['train', 'test'] as const);
  const description = { type, ...fields };
  did(`${phase}: ${inspect(description, { depth: 9, breakLength: Infinity })} bottoms ${JSON.stringify(bottoms)}`);
  const bottom = bottoms.map((shape) => new Blob(...shape));
  const inPlace = bottom.length > 0 && random.chance(0.2);
  const top = Array.from({ length: topCount }, (_, i) => (inPlace ? bottom[i % bottom.length] : new Blob()));
  did(`${topCount} tops${inPlace ? ', in place' : ''}`);
  await new Bench(random, createLayer(description, phase), bottom, top).run();
};
