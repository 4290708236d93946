// A thread of convert-imageset.
import { parentPort, workerData } from 'node:worker_threads';
import { onLog } from '../../index.js';
import { native } from '../../native/load.js';
import { readFile } from '../../proto/source.js';
import { damageOf } from './damage.js';

/** An image that is to be a record. */
export interface ImageJob {
  path: string;
  label: number;
  /** What to encode it as; empty for pixels. */
  encoding: string;
}

/** How: as Caffe takes it. */
export interface ImageSettings {
  /** 0 for the image's own. */
  height: number;
  width: number;
  color: boolean;
}

/** The record, or why there is none. */
export type ImageResult = { datum: Uint8Array; broken?: undefined } | { broken: string };

const { height, width, color } = workerData as ImageSettings;

// What Caffe says of a broken image comes as an error, too.
onLog(() => undefined);

function read({ path, label, encoding }: ImageJob): ImageResult {
  try {
    const damage = damageOf(readFile(path));
    if (damage !== undefined) return { broken: `${path}: ${damage}` };
    return { datum: native.readImageToDatum(path, label, height, width, color, encoding) };
  } catch (error) {
    return { broken: (error as Error).message.trim() };
  }
}

parentPort?.on('message', (jobs: ImageJob[]) => {
  const results = jobs.map(read);
  const memory = results.flatMap((result) => (result.broken === undefined ? [result.datum.buffer as ArrayBuffer] : []));
  parentPort?.postMessage(results, memory);
});
