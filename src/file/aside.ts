import { chmodSync, closeSync, existsSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

function failure(path: string, aside: string | undefined, cause: unknown): CaffeError {
  if (cause instanceof CaffeError) {
    // Caffe's message names the temporary file.
    const message = aside === undefined ? cause.message : cause.message.replaceAll(aside, path);
    return message === cause.message ? cause : new CaffeError(cause.code, message, { cause });
  }
  return new CaffeError('ERR_CAFFE_FILE', `cannot be written: ${(cause as Error).message}`, { file: path, cause });
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
 * @throws {CaffeError} ERR_CAFFE_FILE; the old file then stays unchanged
 */
export function writeAside(path: string, write: (aside: string) => void): void {
  let aside: string | undefined;
  try {
    // A link stays, and its target is replaced. The new file gets the permissions of the old one.
    const target = existsSync(path) ? realpathSync(path) : path;
    aside = native.nameAside(target);
    // `write` may not say what is wrong with the path.
    closeSync(openSync(aside, 'w'));
    if (target !== path || existsSync(target)) chmodSync(aside, statSync(target).mode);
    write(aside);
    native.putInPlace(aside, target);
  } catch (cause) {
    if (aside !== undefined) removeIfThere(aside);
    throw failure(path, aside, cause);
  }
}

/** Same as {@link writeAside}, for bytes. */
export function writeFileAside(path: string, bytes: Uint8Array): void {
  writeAside(path, (aside) => {
    writeFileSync(aside, bytes);
  });
}
