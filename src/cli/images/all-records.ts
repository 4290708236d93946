import type { io } from '../../index.js';
import { onAllCores } from '../worker-pool.js';
import type { ReadRecord } from './record.js';
import type { RecordSettings } from './record-worker.js';

/** Records that a thread takes at a time. */
const atATime = 32;

function* batchesOf(database: io.Database, keys: string[]): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  for (const [key, value] of database) {
    keys.push(key);
    batch.push(value);
    if (batch.length < atATime) continue;
    yield batch;
    batch = [];
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
    most: Math.ceil(database.count() / atATime),
    transfer: (batch) => batch.map(({ buffer }) => buffer as ArrayBuffer),
  });
  for await (const batch of results) {
    const these = keys.splice(0, batch.length);
    for (const [i, result] of batch.entries()) yield [these[i] ?? '', result];
  }
}
