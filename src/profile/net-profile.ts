import type { NativeLayerTime, NativeNet, NativePassTime } from '../../typings/native.js';
import type { EngineName } from '../engine/engine.js';
import { CaffeError } from '../error/caffe-error.js';

/** Mean times of one pass (forward or backward) of a layer. */
export interface PassTime {
  /** How many calls were measured. */
  calls: number;
  /** Mean milliseconds of a call, in total. */
  milliseconds: number;
  /**
   * How many of these milliseconds the layer's own TypeScript methods took. In asynchronous calls this includes the
   * switch to the JavaScript thread and back, and the wait for promises.
   */
  typescript: number;
}

/** How long one layer takes. */
export interface LayerProfile {
  /** The name of the layer in the prototxt. */
  name: string;
  /** The layer type. */
  type: string;
  /** Who computes it: `'onednn'` if oneDNN computes at least one of its passes. */
  engine: EngineName;
  /** Mean times of its forward. */
  forward: PassTime;
  /** Mean times of its backward. */
  backward: PassTime;
}

/** A layer that is measured. @internal */
export type ProfiledLayer = Readonly<Pick<LayerProfile, 'name' | 'type' | 'engine'>>;

const none: NativePassTime = { calls: 0, nanoseconds: 0, typescript: 0 };

function passTime(now = none, before = none): PassTime {
  const calls = now.calls - before.calls;
  const mean = (sum: number): number => (calls === 0 ? 0 : sum / calls / 1e6);
  return {
    calls,
    milliseconds: mean(now.nanoseconds - before.nanoseconds),
    typescript: mean(now.typescript - before.typescript),
  };
}

function row(name: string, cells: readonly (string | number)[]): string {
  const shown = cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(3) : cell).padStart(12));
  return `${name.padEnd(30)}${shown.join('')}`;
}

/**
 * How long the layers of a net take, from the call of `net.profile()` on. The times are measured in native code around
 * each layer's forward and backward, in every call that runs the net. On a GPU each layer is waited for, which slows
 * down the whole net. {@link stop} (or `using`) ends the measurement. Until then it costs two reads of the clock for
 * each layer.
 */
export class NetProfile implements Disposable {
  readonly #net: NativeNet;
  readonly #layers: readonly ProfiledLayer[];
  /** As they were when the net was last free to be asked. */
  #engines: readonly EngineName[] = [];
  #before: readonly NativeLayerTime[];
  #end: readonly NativeLayerTime[] | undefined;

  /** @internal */
  constructor(net: NativeNet, layers: readonly ProfiledLayer[]) {
    this.#net = net;
    this.#layers = layers;
    this.#before = net.timings();
    this.#noteEngines();
    net.profile(true);
  }

  /**
   * The layers in the order of the net. You may read it while the net runs.
   *
   * @throws {CaffeError} ERR_CAFFE_DISPOSED if the net was disposed before the profile was stopped
   */
  get layers(): LayerProfile[] {
    return this.#since(this.#now());
  }

  #now(): readonly NativeLayerTime[] {
    return this.#end ?? this.#net.timings();
  }

  #since(now: readonly NativeLayerTime[]): LayerProfile[] {
    if (this.#end === undefined) this.#noteEngines();
    return this.#layers.map(({ name, type }, layer) => ({
      name,
      type,
      engine: this.#engines[layer] ?? 'caffe',
      forward: passTime(now[layer]?.forward, this.#before[layer]?.forward),
      backward: passTime(now[layer]?.backward, this.#before[layer]?.backward),
    }));
  }

  /**
   * Returns {@link layers}, and restarts the measurement.
   *
   * @internal
   */
  lap(): LayerProfile[] {
    const now = this.#now();
    const layers = this.#since(now);
    this.#before = now;
    return layers;
  }

  /**
   * Whether the profile was stopped, or the net was disposed.
   *
   * @internal
   */
  protected get isOver(): boolean {
    return this.#end !== undefined || this.#net.isDisposed();
  }

  /** Ends the measurement, also while the net runs. The results stay. You may call it twice. */
  stop(): void {
    if (this.isOver) return;
    this.#end = this.#net.timings();
    this.#noteEngines();
    this.#net.profile(false);
  }

  /** A net that runs tells its times, but not what its layers are made of. */
  #noteEngines(): void {
    try {
      this.#engines = this.#layers.map(({ engine }) => engine);
    } catch (error) {
      if (!(error instanceof CaffeError && error.code === 'ERR_CAFFE_BUSY')) throw error;
    }
  }

  /** Calls {@link stop} at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Formats a table: the mean milliseconds of each layer's passes, and how many of them TypeScript took. Where another
   * engine than Caffe's own serves a layer, it says which serves each.
   */
  toString(): string {
    const { layers } = this;
    const others = layers.some(({ engine }) => engine !== 'caffe');
    const named = (name: string): string[] => (others ? [name] : []);
    const head = row('layer', [...named('engine'), 'forward', 'TypeScript', 'backward', 'TypeScript']);
    const rows = layers.map(({ name, engine, forward, backward }) =>
      row(name, [
        ...named(engine),
        ...[forward.milliseconds, forward.typescript, backward.milliseconds, backward.typescript],
      ]),
    );
    const sum = (of: (layer: LayerProfile) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
    const total = row('in all', [
      ...named(''),
      sum(({ forward }) => forward.milliseconds),
      sum(({ forward }) => forward.typescript),
      sum(({ backward }) => backward.milliseconds),
      sum(({ backward }) => backward.typescript),
    ]);
    return [head, ...rows, total].join('\n');
  }
}
