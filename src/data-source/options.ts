import {
  argumentError,
  expectBoolean,
  expectInteger,
  expectKnown,
  expectNumber,
  expectObject,
  expectOptions,
} from '../error/argument.js';
import type { TopLayout } from './sample.js';

/**
 * The shape of a top in one sample, without the batch axis: `[3, 32, 32]`, or `[]` for a number. `scale` is a factor
 * for the values, 1 by default.
 */
export type TopShape = readonly number[] | { readonly shape: readonly number[]; readonly scale?: number };

/**
 * What happens to samples at the end of an epoch that are too few for a batch:
 *
 * - `'short'` makes a smaller batch of them, and the tops shrink.
 * - `'drop'` leaves them out.
 * - `'wrap'` continues the batch with samples of the next epoch.
 * - `{ pad }` fills the batch up with one value, or with one value for each top.
 */
export type LastBatch<Name extends string = string> =
  'short' | 'drop' | 'wrap' | { readonly pad: number | Readonly<Record<Name, number>> };

/** Options of {@link dataSource}. */
export interface DataSourceOptions<Name extends string = string> {
  /**
   * The tops that samples have values for. A layer's tops are matched by name. If the layer has the same number of
   * tops but none of these names, they are matched by order.
   */
  tops: Readonly<Record<Name, TopShape>>;
  /** The layer type, `type: "..."` in a prototxt. The default is `DataSource1`, `DataSource2` and so on. */
  type?: string;
  /** How many samples a batch has. `data_param { batch_size }` of a layer takes precedence. */
  batchSize?: number;
  /**
   * How many batches are read ahead while the net computes. The default is 4, as in Caffe. `data_param { prefetch }`
   * of a layer takes precedence.
   */
  prefetch?: number;
  /** What happens to the samples that are left over at the end of an epoch. The default is `'short'`. */
  last?: LastBatch<NoInfer<Name>>;
  /**
   * A seed from 0 to 2³² - 1. Each epoch has its own order, which follows from the seed. Lists are shuffled as a
   * whole. Streams are shuffled in blocks of `buffer` samples, 1024 by default. Two blocks are kept in memory.
   */
  shuffle?: number | { seed: number; buffer?: number };
  /** How many samples to request at once from a list whose `at` returns promises. The default is 8. */
  concurrency?: number;
  /**
   * Set it if the source is a function that leaves out `skip` samples itself. Otherwise those samples are read and
   * dropped. The default is false.
   */
  skips?: boolean;
}

/** The options after the checks. */
export interface CheckedOptions {
  readonly tops: readonly TopLayout[];
  readonly batchSize: number | undefined;
  readonly prefetch: number;
  readonly last: 'short' | 'drop' | 'wrap' | 'pad';
  /** The pad value of each top. */
  readonly pads: readonly number[];
  readonly shuffle: { readonly seed: number; readonly buffer: number } | undefined;
  readonly concurrency: number;
  readonly skips: boolean;
}

const most = 2 ** 31 - 1;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function topLayout(name: string, given: unknown, index: number): TopLayout {
  const described: { shape?: unknown; scale?: unknown } = isObject(given) ? given : { shape: given };
  const { shape, scale = 1 } = expectOptions(described, ['shape', 'scale'], `tops.${name}`);
  if (!Array.isArray(shape)) {
    throw argumentError('the shape of a sample, or { shape, scale }', `tops.${name}`, given);
  }
  const sizes = shape.map((size: unknown, axis) => expectInteger(size, `tops.${name}[${axis}]`, 1, most));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (count > most) throw new RangeError(`Expected at most ${most} elements for tops.${name} but received ${count}`);
  return { name, index, shape: sizes, count, scale: expectNumber(scale, `tops.${name}.scale`) };
}

function topLayouts(tops: unknown): TopLayout[] {
  if (!isObject(tops) || Object.keys(tops).length === 0) {
    throw argumentError('an object with the shape of each top, { data: [1, 28, 28], label: [] }', 'tops', tops);
  }
  return Object.entries(tops).map(([name, shape], index) => topLayout(name, shape, index));
}

function lastBatch(last: unknown, tops: readonly TopLayout[]): Pick<CheckedOptions, 'last' | 'pads'> {
  if (last === 'short' || last === 'drop' || last === 'wrap') return { last, pads: [] };
  const described: { pad?: unknown } = isObject(last) ? last : {};
  const { pad } = expectOptions(described, ['pad'], 'last');
  if (typeof pad !== 'number' && !isObject(pad)) {
    throw argumentError("'short', 'drop', 'wrap' or { pad }", 'last', last);
  }
  const names = tops.map(({ name }) => name);
  if (isObject(pad)) expectKnown(pad, names, 'last.pad');
  const pads = tops.map(({ name }) => (typeof pad === 'number' ? pad : expectNumber(pad[name], `last.pad.${name}`)));
  return { last: 'pad', pads };
}

function shuffling(shuffle: unknown): CheckedOptions['shuffle'] {
  if (shuffle === undefined) return undefined;
  const described: { seed?: unknown; buffer?: unknown } = isObject(shuffle) ? shuffle : { seed: shuffle };
  const { seed, buffer = 1024 } = expectOptions(described, ['seed', 'buffer'], 'shuffle');
  return {
    seed: expectInteger(seed, 'shuffle', 0, 2 ** 32 - 1),
    buffer: expectInteger(buffer, 'shuffle.buffer', 1, most),
  };
}

/** @throws {TypeError | RangeError} for wrong options */
export function checkOptions(options: DataSourceOptions): CheckedOptions {
  expectObject(options, 'options', 'an object with `tops`');
  expectOptions(options, ['tops', 'type', 'batchSize', 'prefetch', 'last', 'shuffle', 'concurrency', 'skips']);
  const { batchSize, prefetch = 4, last = 'short', shuffle, concurrency = 8, skips = false } = options;
  const tops = topLayouts(options.tops);
  return {
    tops,
    batchSize: batchSize === undefined ? undefined : expectInteger(batchSize, 'batchSize', 1, most),
    prefetch: expectInteger(prefetch, 'prefetch', 0, most),
    ...lastBatch(last, tops),
    shuffle: shuffling(shuffle),
    concurrency: expectInteger(concurrency, 'concurrency', 1, most),
    skips: expectBoolean(skips, 'skips'),
  };
}
