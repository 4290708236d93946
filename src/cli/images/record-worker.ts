// A thread that reads records of a database for others.
import { parentPort, workerData } from 'node:worker_threads';
import { onLog } from '../../index.js';
import { readRecord } from './record.js';

/** Whether the values are wanted, too: else they are left out, to save their way back. */
export interface RecordSettings {
  values: boolean;
}

const { values } = workerData as RecordSettings;

// What Caffe says of a broken image comes as an error, too.
onLog(() => undefined);

parentPort?.on('message', (records: Uint8Array[]) => {
  const results = records.map((bytes) => {
    const result = readRecord(bytes);
    if (result.broken === undefined && !values) result.record.data = new Uint8Array();
    return result;
  });
  const memory = results.flatMap(({ broken, ...rest }) =>
    broken === undefined && 'record' in rest ? [rest.record.data.buffer as ArrayBuffer] : [],
  );
  parentPort?.postMessage(results, memory);
});
