import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { CaffeError } from '../error/caffe-error.js';

let count = 0;

function failure(path: string, cause: unknown): CaffeError {
  if (cause instanceof CaffeError) return cause;
  return new CaffeError('ERR_CAFFE_FILE', `cannot be written: ${(cause as Error).message}`, { file: path, cause });
}

/** Writes a file that is there whole or not at all: aside, synced, renamed. @throws {CaffeError} ERR_CAFFE_FILE */
export function writeFileAside(path: string, bytes: Uint8Array): void {
  try {
    writeFileAtomic.sync(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw failure(path, cause);
  }
}

/** The same for a file that something else writes, under the path that it is given. */
export function writeAside(path: string, write: (aside: string) => void): void {
  const aside = `${path}.partial-${process.pid}-${count++}`;
  try {
    // What writes it may not say what is wrong with the path.
    closeSync(openSync(aside, 'w'));
    write(aside);
    const file = openSync(aside, 'r');
    fsyncSync(file);
    closeSync(file);
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true, recursive: true });
    throw failure(path, cause);
  }
}
