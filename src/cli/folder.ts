import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, with those that it is in. Node's own `recursive` never returns where the system knows no such file in
 * a folder that is there, as in /proc.
 *
 * @throws {Error} of the system, also if a file is there
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  if (existsSync(`${folder}/.`)) return;
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
  mkdirSync(folder);
}
