import { argumentError, expectInteger } from '../error/argument.js';
import { decodeMessage, encodeMessage } from '../proto/schema.js';

/** What a Datum holds: an array of C·H·W values, and a label. */
export interface DatumArray {
  /** Bytes where the Datum has bytes, floats where it has floats. */
  data: Uint8Array | Float32Array;
  shape: [channels: number, height: number, width: number];
  label: number;
}

/**
 * A record for a `Data` layer.
 *
 * @param data - C·H·W values: a Uint8Array is stored as bytes, any other array as floats
 * @returns the bytes of a Datum
 */
export function arrayToDatum(
  data: Uint8Array | Float32Array | readonly number[],
  { shape, label }: { shape: readonly [channels: number, height: number, width: number]; label?: number },
): Uint8Array {
  if (!Array.isArray(shape) || shape.length !== 3) throw argumentError('[channels, height, width]', 'shape', shape);
  const [channels, height, width] = shape.map((size, axis) => expectInteger(size, `shape[${axis}]`, 1, 2 ** 31 - 1));
  const count = (channels ?? 0) * (height ?? 0) * (width ?? 0);
  if (data.length !== count) {
    throw new RangeError(
      `Expected ${count} values for data of shape (${shape.join(', ')}) but received ${data.length}`,
    );
  }
  const values = data instanceof Uint8Array ? { data } : { floatData: [...data] };
  return encodeMessage('Datum', { channels, height, width, ...values, ...(label === undefined ? {} : { label }) });
}

/** The array and label of a Datum's bytes. An encoded image comes as its file's bytes, with the shape that the Datum states. */
export function datumToArray(bytes: Uint8Array): DatumArray {
  const datum = decodeMessage('Datum', bytes);
  const { channels, height, width, label, floatData } = datum;
  const data = floatData.length > 0 ? Float32Array.from(floatData) : Uint8Array.from(datum.data);
  return { data, shape: [channels, height, width], label };
}
