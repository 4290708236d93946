// Random sequences of calls of the whole public API on random objects with random arguments.
import { inspect } from 'node:util';
import protobuf from 'protobufjs';
import * as tscaffe from 'tscaffe';
import { dataNets, smallNets, trained, trainedSolver } from '../corpus.js';
import { numbers } from '../mutation.js';
import type { Random } from '../random.js';
import type { Target } from '../target.js';
import { did } from '../trail.js';

type Callable = (...args: unknown[]) => unknown;

/** Thrown by callbacks: must come out as it is. */
export const thrown = new Error('thrown by a callback');

function trace(...call: unknown[]): void {
  did(inspect(call, { depth: 0, breakLength: Infinity, maxStringLength: 60 }));
}

/** What does as it is told for hours, ends the process, belongs to it as a whole, or throws what it is given. */
const left = new Set(['constructor', 'setBlasThreads', 'train', 'solve', 'solveAsync', 'throw', 'emit']);
const counted = new Set(['step', 'stepAsync']);
/** Protected and internal by TypeScript: nobody's mistake. */
const inner = new Set([
  ...[
    'native',
    'listen',
    'isOver',
    'lap',
    'domain',
    'dataArray',
    'diffArray',
    'cpuDataArray',
    'cpuDiffArray',
    'stampSlot',
  ],
  ...['reshapeTo', 'copyValues', 'toBytes', 'fromBytes', 'requestTest', 'hold', 'runs', 'inner'],
]);
/** Classes whose objects only the package makes. */
const made = new Set<unknown>([
  ...[tscaffe.CaffeError, tscaffe.GradientError, tscaffe.coordMap.AxisMismatchException, tscaffe.Top, tscaffe.Layer],
  ...[tscaffe.coordMap.UndefinedMapException, tscaffe.SourceLayer],
]);

/** Messages lead to the descriptions of their types, which are another package's. */
const isOfProtobuf = (object: object): boolean => object instanceof protobuf.ReflectionObject;

class Session {
  readonly #random: Random;
  readonly #objects: object[] = [];
  readonly #promises: Promise<unknown>[] = [];
  #depth = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async run(): Promise<void> {
    const random = this.#random;
    for (let n = 5 + random.int(25); n > 0; n--) {
      try {
        const result = this.#act();
        if (result instanceof Promise && random.chance(0.7)) await result;
      } catch (error) {
        outcome(error);
      }
    }
    const settled = await Promise.allSettled(this.#promises);
    for (const each of settled) if (each.status === 'rejected') outcome(each.reason);
    for (const each of this.#objects) if (Symbol.dispose in each) this.#dispose(each as Disposable);
  }

  #dispose(object: Disposable): void {
    try {
      object[Symbol.dispose]();
    } catch (error) {
      outcome(error);
    }
  }

  #act(): unknown {
    const random = this.#random;
    if (this.#objects.length === 0 || random.chance(0.2)) return this.#keep(this.#make());
    if (random.chance(0.2)) return this.#keep(this.#callFunction());
    const object = random.pick(this.#objects);
    return this.#keep(this.#use(object));
  }

  #keep(result: unknown): unknown {
    if (result instanceof Promise) {
      result.catch(() => undefined);
      const kept = result.then((value: unknown) => this.#keep(value));
      kept.catch(() => undefined);
      this.#promises.push(kept);
    } else if (typeof result === 'object' && result !== null && !isOfProtobuf(result) && this.#objects.length < 60) {
      this.#objects.push(result);
    }
    return result;
  }

  #make(): unknown {
    const random = this.#random;
    const phase = random.pick(['train', 'test'] as const);
    switch (random.int(9)) {
      case 0:
      case 1:
        return new tscaffe.Net({ text: random.pick([trained, trained, ...smallNets, ...dataNets]) }, phase);
      case 2:
        return new tscaffe.Solver({ text: trainedSolver(random.pick(['HDF5', 'BINARYPROTO'])) });
      case 3:
        return new tscaffe.Blob(...Array.from({ length: random.int(5) }, () => random.int(4)));
      case 4:
        return tscaffe.io.Database.open(random.pick(['lmdb', 'leveldb']));
      case 5:
        return tscaffe.createLayer({ type: random.pick(tscaffe.layerTypes()), name: 'l' });
      case 6:
        return tscaffe.Weights.from('trained.caffemodel');
      case 7:
        return this.#hooked();
      default:
        return construct(random.pick(constructors), this.#arguments());
    }
  }

  /** A net with a TypeScript layer whose callbacks act themselves. */
  #hooked(): tscaffe.Net {
    const act = (): unknown => this.#reenter();
    class Acting extends tscaffe.Layer {
      override reshape([bottom]: tscaffe.Blob[], [top]: tscaffe.Blob[]): void {
        top.reshapeLike(bottom);
      }
      override forward(): void {
        return act() as undefined;
      }
      override backward(): void {
        return act() as undefined;
      }
    }
    const type = `Acting${acting++}`;
    tscaffe.registerLayer(type, Acting);
    const layer = `layer { name: "acting" type: "${type}" bottom: "x" top: "z" }`;
    return new tscaffe.Net({ text: `${trained}${layer}` }, 'train');
  }

  #reenter(): unknown {
    if (this.#depth > 3 || this.#random.chance(0.3)) return undefined;
    this.#depth++;
    try {
      return this.#act();
    } finally {
      this.#depth--;
    }
  }

  #callFunction(): unknown {
    const [name, f] = this.#random.pick(functions);
    const args = this.#arguments(name);
    trace(name, ...args);
    return f(...args);
  }

  #use(object: object): unknown {
    const random = this.#random;
    const key = random.pick(keysOf(object));
    // console.log calls that, with arguments of its own.
    if (key === inspect.custom) return undefined;
    if (left.has(String(key)) || inner.has(String(key)) || String(key).startsWith('_')) return undefined;
    const target = object as Record<PropertyKey, unknown>;
    const value = target[key];
    if (random.chance(0.05) && typeof value !== 'function' && isWritable(object, key)) {
      target[key] = this.#argument();
      return undefined;
    }
    if (typeof value !== 'function') return value;
    const args = this.#arguments(key);
    trace(object, key, ...args);
    return (value as Callable).apply(object, args);
  }

  #arguments(name: PropertyKey = ''): unknown[] {
    const random = this.#random;
    const args = Array.from({ length: random.int(5) }, () => this.#argument());
    // Millions of iterations are no mistake.
    return counted.has(String(name)) ? args.map((arg) => (typeof arg === 'number' && arg > 3 ? 3 : arg)) : args;
  }

  #argument(): unknown {
    const random = this.#random;
    switch (random.int(14)) {
      case 0:
        return random.pick(numbers);
      case 1:
      case 2:
        return random.int(4);
      case 3:
        return random.pick(strings);
      case 4:
        return random.pick([null, undefined, true, false, NaN, Infinity, 10n, Symbol('s')]);
      case 5:
        return Array.from({ length: random.int(5) }, () => random.int(5));
      case 6:
        return new (random.pick([Float32Array, Uint8Array, Float64Array, BigInt64Array]))(random.int(3));
      case 7:
        return new Float32Array(random.pick([1, 4, 6, 96, 1000]));
      case 8:
        return { data: new Float32Array(48), shape: [3, 4, 4] };
      case 9:
        return Object.fromEntries([[random.pick(strings), this.#objects.length === 0 ? 1 : this.#argument()]]);
      case 10:
        return random.pick([
          () => undefined,
          () => this.#reenter(),
          () => Promise.resolve(),
          () => {
            throw thrown;
          },
        ]);
      default:
        return this.#objects.length === 0 ? {} : random.pick(this.#objects);
    }
  }
}

let acting = 0;

const strings = [
  '', 'x', 'y', 'conv', 'ip', 'loss', 'data', 'train', 'test', 'cpu', 'gpu', 'lmdb', 'leveldb', 'missing', 'constructor', '__proto__',
  'trained.caffemodel', 'trained.h5', 'trained_iter_1.solverstate', 'mean.binaryproto', 'hdf5.txt', 'new-database', 'InnerProduct',
  'constant', 'start', 'end', 'blobs', 'diff', 'shape', 'weights', 'text', 'signal', 'a\0b', '\ud800', 'long'.repeat(20000), trained,
]; // prettier-ignore

const modules = [tscaffe, tscaffe.io, tscaffe.math, tscaffe.draw, tscaffe.coordMap, tscaffe.onnx] as unknown as Record<
  string,
  unknown
>[];
const exported = modules.flatMap((module) => Object.entries(module)).filter(([name]) => !left.has(name));
const isClass = (value: unknown): boolean => /^class\b/.test(String(value));
const functions = exported.filter(([, value]) => typeof value === 'function' && !isClass(value)) as [
  string,
  Callable,
][];
const constructors = exported
  .filter(([, value]) => typeof value === 'function' && isClass(value) && !made.has(value))
  .map(([, value]) => value);

function construct(constructor: unknown, args: unknown[]): unknown {
  trace(constructor, ...args);
  return Reflect.construct(constructor as Callable, args);
}

function keysOf(object: object): PropertyKey[] {
  const keys: PropertyKey[] = [];
  for (let each: unknown = object; typeof each === 'object' && each !== null && each !== Object.prototype;) {
    if (ArrayBuffer.isView(each) || Array.isArray(each)) return ['length'];
    keys.push(...Reflect.ownKeys(each).slice(0, 60));
    each = Object.getPrototypeOf(each);
  }
  return keys.length > 0 ? keys : ['missing'];
}

/** What TypeScript does not mark as `readonly`, and what does not make an array of thousand millions. */
function isWritable(object: object, key: PropertyKey): boolean {
  if (object instanceof tscaffe.Net) return !Object.hasOwn(object, key);
  return !Array.isArray(object);
}

/** Whether an error is V8's about what this file did itself, such as setting what has only a getter. */
function isOwn(error: unknown): boolean {
  const [, first = ''] = (error instanceof Error ? error.stack : undefined)?.split(/\n(?= {4}at )/) ?? [];
  return /targets\/calls\.ts|node:events/.test(first);
}

function outcome(error: unknown): void {
  if (error !== thrown && !isOwn(error)) errors.push(error);
}

const errors: unknown[] = [];

/** All errors of a session count, not the last alone. */
export const calls: Target = async (random) => {
  errors.length = 0;
  // What a listener of the log throws.
  if (process.listenerCount('uncaughtException') === 0) process.on('uncaughtException', outcome);
  await new Session(random).run();
  tscaffe.setSolverCount(1);
  tscaffe.setSolverRank(0);
  tscaffe.setMultiprocess(false);
  if (errors.length > 0) throw new AggregateError(errors);
};
