import { datumToArray } from '../../io/datum.js';
import { native } from '../../native/load.js';
import { decodeMessage } from '../../proto/schema.js';
import { damageOf } from './damage.js';

/** What a record of a database holds. */
export interface ImageRecord {
  /** Channels, height, width; of an encoded image those of its pixels. */
  shape: readonly number[];
  /** Undefined if it has none: features have no label. */
  label: number | undefined;
  /** Whether it is an image file, not pixels. */
  encoded: boolean;
  data: Uint8Array | Float32Array;
}

/** A record, or why it is none. */
export type ReadRecord = { record: ImageRecord; broken?: undefined } | { broken: string };

/** Reads a record as a Data layer does, with Caffe's own code. */
export function readRecord(bytes: Uint8Array): ReadRecord {
  try {
    const datum = decodeMessage('Datum', bytes);
    const damage = datum.encoded ? damageOf(datum.data) : undefined;
    if (damage !== undefined) return { broken: `the image ${damage}` };
    const { data, shape } = datumToArray(native.decodeDatum(bytes));
    if (data.length === 0) return { broken: 'it has no values' };
    const label = Object.hasOwn(datum, 'label') ? datum.label : undefined;
    return { record: { shape, label, encoded: datum.encoded, data } };
  } catch (error) {
    return { broken: (error as Error).message.replace(/^the record: /, '') };
  }
}
