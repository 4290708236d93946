import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

/**
 * Refuses a FIFO, a socket or a device as a file to read. To open a FIFO can take for ever.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE
 */
export function refuseSpecial(path: string): void {
  const kind = native.specialAt(path);
  if (kind === '') return;
  throw new CaffeError(
    'ERR_CAFFE_FILE',
    `is ${kind}, where only a regular file can be read (read it yourself, and pass its text or its bytes)`,
    { file: path },
  );
}
