// Random nets of one to six layers that Caffe can build and compute.
import { Net, setRandomSeed, type NetMessage } from 'tscaffe';
import { fillRunningSums } from '../architectures/index.js';
import type { Random } from '../fuzz/random.js';
import { forward, type Fill } from './compare.js';
import { makers, type Draft, type Site, type Values } from './random-layers.js';

type Layer = Record<string, unknown> & { name: string; type: string; bottom: string[]; top: string[] };

export interface RandomNet {
  net: Net;
  message: NetMessage;
  /** Fills its inputs, each with what its layers can take. */
  fill: Fill;
}

/** Beyond this a sum loses digits, whoever computes it, and an Exp of it is infinite. */
const largest = 1e3;
const mostNumbers = 5000;

function fillWith(random: Random, values: Values, data: Float32Array): void {
  const next = (i: number): number => {
    if (values === 'normal') return random.gaussian();
    if (values === 'few') return random.int(7) / 2 - 1.5;
    if ('zeros' in values) return Number(i >= values.zeros && random.chance(0.6));
    return random.int(values.rows);
  };
  for (let i = 0; i < data.length; i++) data[i] = next(i);
}

/** Gives values to learnable blobs that have no filler. */
function fillBlobs(net: Net, random: Random): void {
  fillRunningSums(net, random, random.pick([1, 0.5, 999.9]));
  for (const { type, blobs } of net.layers) if (type === 'Parameter') fillWith(random, 'normal', blobs[0].data);
}

const isUsual = (data: Float32Array): boolean => data.every((value) => Math.abs(value) < largest);

class Builder {
  readonly #random: Random;
  #layers: Layer[] = [];
  readonly #values = new Map<string, Values>();
  #shapes: Record<string, readonly number[]> = {};
  /** The first axis of most inputs. */
  readonly #batch: number;

  constructor(random: Random) {
    this.#random = random;
    this.#batch = 1 + random.int(3);
  }

  readonly fill: Fill = (input, data) => {
    fillWith(this.#random, this.#values.get(input) ?? 'normal', data);
  };

  message(): NetMessage {
    return { name: 'random', layer: this.#layers };
  }

  /** Puts a layer on top if Caffe can build and compute the net then. */
  tryLayer(): void {
    const before = this.#layers;
    this.#layers = [...before];
    this.#append(this.#random.pick(makers)(this.#site()));
    try {
      using net = new Net(this.message(), 'test');
      const blobs = Object.values(net.blobs);
      const areSmall = blobs.every(({ count }) => count > 0 && count < mostNumbers);
      if (areSmall) {
        fillBlobs(net, this.#random);
        forward(net, this.fill);
        const tops = new Set(this.#layers.flatMap(({ top }) => top));
        this.#shapes = Object.fromEntries([...tops].map((name) => [name, net.blobs[name].shape]));
        if (blobs.every(({ data }) => isUsual(data))) return;
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
    this.#layers = before;
    const tops = new Set(before.flatMap(({ top }) => top));
    this.#shapes = Object.fromEntries(Object.entries(this.#shapes).filter(([name]) => tops.has(name)));
  }

  /** Layers that compute something. */
  get length(): number {
    return this.#layers.filter(({ bottom }) => bottom.length > 0).length;
  }

  #append({ type, bottom, ntop = 1, fields = {}, inPlace = false }: Draft): void {
    const random = this.#random;
    const name = this.#name();
    const isInPlace = inPlace && random.chance(0.3);
    const top = Array.from({ length: ntop }, (_, i) => (i > 0 || random.chance(0.3) ? `${name}_${i}` : name));
    this.#layers.push({ name, type, bottom, top: isInPlace ? bottom.slice(0, 1) : top, ...fields });
  }

  /** Usual names, and some that a converter may give to nodes and values of its own. */
  #name(): string {
    const random = this.#random;
    const index = this.#layers.length;
    if (random.chance(0.8)) return `l${index}`;
    const previous = this.#layers.at(-1)?.name ?? 'l0';
    const part = random.pick(['Reshape', 'Conv', 'Mul', 'Add', 'constant', 'state', 'blob', '0', '1']);
    const name = `${previous}/${part}`;
    return this.#layers.some((layer) => layer.name === name || layer.top.includes(name)) ? `l${index}` : name;
  }

  #site(): Site {
    return {
      random: this.#random,
      shape: (blob) => this.#shapes[blob],
      input: (shape, values) => this.#input(shape, values),
      blob: (least, most) => this.#blob(least, most),
      like: (shape) => this.#like(shape),
      absolute: (blob) => {
        const top = `a${this.#layers.length}`;
        this.#layers.push({ name: top, type: 'AbsVal', bottom: [blob], top: [top] });
        return top;
      },
    };
  }

  #input(shape: readonly number[], values?: Values): string {
    const random = this.#random;
    const name = `x${this.#layers.length}`;
    const isData = values === undefined && random.chance(0.1);
    const fields = isData
      ? { type: 'DummyData', dummyDataParam: { shape: [{ dim: shape }], dataFiller: [{ type: 'uniform', min: -2 }] } }
      : { type: 'Input', inputParam: { shape: [{ dim: shape }] } };
    this.#layers.push({ name, bottom: [], top: [name], ...fields });
    this.#values.set(name, values ?? random.pick(['normal', 'normal', 'few']));
    this.#shapes[name] = shape;
    return name;
  }

  #blob(least: number, most: number): string {
    const random = this.#random;
    const fitting = Object.keys(this.#shapes).filter((name) => {
      const { length } = this.#shapes[name];
      return length >= least && length <= most;
    });
    if (fitting.length > 0 && random.chance(0.8)) return random.pick(fitting);
    const axes = random.chance(0.5) ? Math.min(4, most) : least + random.int(most - least + 1);
    return this.#input(Array.from({ length: axes }, (_, axis) => (axis === 0 ? this.#batch : 1 + random.int(6))));
  }

  #like(shape: readonly number[]): string {
    const random = this.#random;
    const same = Object.keys(this.#shapes).filter((name) => String(this.#shapes[name]) === String(shape));
    if (same.length > 0 && random.chance(0.5)) return random.pick(same);
    if (random.chance(0.8)) return this.#input(shape);
    const name = `p${this.#layers.length}`;
    this.#layers.push({ name, type: 'Parameter', bottom: [], top: [name], parameterParam: { shape: { dim: shape } } });
    this.#shapes[name] = shape;
    return name;
  }
}

/** A net that computes finite numbers. Dispose it. */
export function randomNet(random: Random): RandomNet {
  const builder = new Builder(random);
  const seed = random.int(2 ** 31);
  setRandomSeed(seed);
  const depth = random.pick([1, 1, 2, 2, 3, 4, 5, 6]);
  for (let tries = 0; builder.length < depth && tries < 10 * depth; tries++) builder.tryLayer();
  const message = builder.message();
  const net = new Net(message, 'test');
  fillBlobs(net, random);
  return { net, message, fill: builder.fill };
}
