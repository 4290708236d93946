import { CaffeError } from '../../error/caffe-error.js';
import { readFile } from '../../proto/source.js';
import { History, type HistoryRecord } from './history.js';

/**
 * Reads the history of a run, which a dashboard has written.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if it cannot be read; ERR_CAFFE_FORMAT if it is no history
 */
export function readHistory(path: string, name: string): HistoryRecord {
  try {
    return History.from(JSON.parse(Buffer.from(readFile(path)).toString())).record(name);
  } catch (cause) {
    if (cause instanceof CaffeError) throw cause;
    const message = `is not the history of a run: ${(cause as Error).message}`;
    throw new CaffeError('ERR_CAFFE_FORMAT', message, { file: path, cause });
  }
}
