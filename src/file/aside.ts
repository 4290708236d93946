import { chmodSync, closeSync, existsSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

function failure(path: string, aside: string | undefined, cause: unknown): CaffeError {
  if (cause instanceof CaffeError) {
    // Caffe names the file that it was given.
    const message = aside === undefined ? cause.message : cause.message.replaceAll(aside, path);
    return message === cause.message ? cause : new CaffeError(cause.code, message, { cause });
  }
  return new CaffeError('ERR_CAFFE_FILE', `cannot be written: ${(cause as Error).message}`, { file: path, cause });
}

/** A name that is too long, or below a file, cannot be there; what was wrong with it has been said. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // The failure that led here is the one to tell.
  }
}

/**
 * Writes a file that is there whole or not at all: `write` is given a path beside it, which is synced and renamed.
 * Snapshots and databases go the same way (native/file/), and each clears away what killed processes have left beside
 * the same place.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE; what was there stays as it was
 */
export function writeAside(path: string, write: (aside: string) => void): void {
  let aside: string | undefined;
  try {
    // What a link points to is replaced, not the link; and who may read it, may read the new one.
    const target = existsSync(path) ? realpathSync(path) : path;
    aside = native.nameAside(target);
    // What writes it may not say what is wrong with the path.
    closeSync(openSync(aside, 'w'));
    if (target !== path || existsSync(target)) chmodSync(aside, statSync(target).mode);
    write(aside);
    native.putInPlace(aside, target);
  } catch (cause) {
    if (aside !== undefined) removeIfThere(aside);
    throw failure(path, aside, cause);
  }
}

/** The same for bytes. */
export function writeFileAside(path: string, bytes: Uint8Array): void {
  writeAside(path, (aside) => {
    writeFileSync(aside, bytes);
  });
}
