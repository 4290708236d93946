import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies the package as npm would install it, without a build of the addon. The packages that it needs are links.
 *
 * @returns the folder
 */
export function copyPackage(folder: string, { without }: { without?: string } = {}): string {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['dist', 'typings', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== without) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  return folder;
}
