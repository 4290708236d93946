import type { io } from '../../index.js';
import { onAllCores } from '../worker-pool.js';
import type { ReadRecord } from './record.js';
import type { RecordSettings } from './record-worker.js';

/** What a thread takes at a time: many small records, so that they do not cost a message each, but one large one. */
const batchOf = { records: 32, bytes: 2 ** 20 };

function* batchesOf(database: io.Database, keys: string[]): Generator<Uint8Array[]> {
  let [batch, bytes]: [Uint8Array[], number] = [[], 0];
  for (const [key, value] of database) {
    keys.push(key);
    batch.push(value);
    bytes += value.length;
    if (batch.length < batchOf.records && bytes < batchOf.bytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** Reads all records of a database, in order, on all cores. */
export async function* allRecords(
  database: io.Database,
  settings: RecordSettings,
): AsyncGenerator<[key: string, ReadRecord], void> {
  const keys: string[] = [];
  const results = onAllCores<Uint8Array[], ReadRecord[]>({
    module: new URL('record-worker.js', import.meta.url),
    settings,
    jobs: batchesOf(database, keys),
    transfer: (batch) => batch.map(({ buffer }) => buffer as ArrayBuffer),
  });
  for await (const batch of results) {
    const these = keys.splice(0, batch.length);
    for (const [i, result] of batch.entries()) yield [these[i] ?? '', result];
  }
}
