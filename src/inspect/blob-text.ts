import { inspect, type InspectOptionsStylized } from 'node:util';
import { decimalOf } from '../proto/decimal.js';
import { readable } from './words.js';

/** What {@link blobText} prints. */
interface ReadableBlob {
  readonly shape: readonly number[];
  readonly cpuData: Float32Array;
}

const firstValues = 6;

interface Range {
  min: number;
  max: number;
  nan: number;
}

/** The least and the greatest value, of those that are numbers, and how many are not. */
function rangeOf(values: Float32Array): Range {
  let min = Infinity;
  let max = -Infinity;
  let nan = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nan++;
  }
  return { min, max, nan };
}

/** The first values in a line of their own, as `util.inspect` ends a list that is too long. */
function listText(values: Float32Array, options: InspectOptionsStylized): string {
  const most = Math.min(firstValues, options.maxArrayLength ?? firstValues);
  const shown = Array.from(values.subarray(0, most), (value) => inspect(decimalOf(value), options));
  const more = values.length - shown.length;
  if (more > 0) shown.push(`... ${more} more item${more === 1 ? '' : 's'}`);
  return shown.length === 0 ? '[]' : `[ ${shown.join(', ')} ]`;
}

/**
 * A blob for `console.log`: its shape, its least and greatest value and the first of its data. The diff is not looked
 * at: that would give it its memory.
 */
export function blobText(blob: ReadableBlob, depth: number, options: InspectOptionsStylized): string {
  const shape = readable(() => blob.shape);
  if (shape === undefined) return options.stylize('[Blob of a net that runs]', 'special');
  const title = `Blob(${shape.join(', ')})`;
  if (depth < 0) return options.stylize(`[${title}]`, 'special');
  const values = readable(() => blob.cpuData);
  if (values === undefined) return options.stylize(`[${title} of a net that runs]`, 'special');
  const { min, max, nan } = rangeOf(values);
  const seen = {
    ...(min <= max ? { min: decimalOf(min), max: decimalOf(max) } : {}),
    ...(nan > 0 ? { nan } : {}),
    data: { [inspect.custom]: () => listText(values, options) },
  };
  return `${title} ${inspect(seen, options)}`;
}
