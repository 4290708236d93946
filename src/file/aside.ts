import { chmodSync, closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { CaffeError } from '../error/caffe-error.js';
import { systemReason } from '../error/system-reason.js';
import { native } from '../native/load.js';

function failure(path: string, aside: string | undefined, cause: unknown): CaffeError {
  if (cause instanceof CaffeError) {
    // Caffe's message names the temporary file.
    const message = aside === undefined ? cause.message : cause.message.replaceAll(aside, path);
    return message === cause.message ? cause : new CaffeError(cause.code, message, { cause });
  }
  return new CaffeError('ERR_CAFFE_FILE', `cannot be written: ${systemReason(cause)}`, { file: path, cause });
}

/**
 * Removes a path if it exists. A path that is too long, or below a file, cannot exist; that error was already reported.
 */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // Report only the failure that led here.
  }
}

/**
 * Writes a file atomically: the whole file appears, or nothing. `write` receives a temporary path next to the file,
 * which is then synced and renamed. Snapshots and databases are written the same way (native/file/). Each write removes
 * what killed processes have left next to the same path.
 *
 * A symbolic link stays, and the file that it leads to is replaced.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE; the old file then stays unchanged. Also if a FIFO, a device or a socket is there
 */
export function writeAside(path: string, write: (aside: string) => void): void {
  let written: string | undefined;
  try {
    const { place, aside } = native.nameAside(path);
    written = aside;
    // `write` may not say what is wrong with the path.
    closeSync(openSync(aside, 'w'));
    // The new file gets the permissions of the old one.
    if (existsSync(place)) chmodSync(aside, statSync(place).mode);
    write(aside);
    native.putInPlace(aside, place);
  } catch (cause) {
    if (written !== undefined) removeIfThere(written);
    throw failure(path, written, cause);
  }
}

/**
 * Same as {@link writeAside}, for bytes. They are written into a FIFO, a character device or a descriptor of this
 * process (`/dev/stdout`), which stays what it is.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE; for a FIFO also if nobody reads it, or if its reader takes nothing for ten
 * seconds
 */
export function writeFileAside(path: string, bytes: Uint8Array): void {
  if (native.isStream(path)) {
    native.writeStream(path, bytes);
    return;
  }
  writeAside(path, (aside) => {
    writeFileSync(aside, bytes);
  });
}
