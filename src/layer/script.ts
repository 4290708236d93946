import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { packageFolder } from '../native/addon-file.js';

/**
 * The script that this process, or this worker, runs. Undefined for tools, which run the programs of others: test
 * runners and the like in node_modules, and the command of this package.
 */
export function script(): string | undefined {
  const [, path] = process.argv;
  if (path === undefined || !existsSync(path)) return undefined;
  const real = realpathSync(path);
  const isTool = real.includes(`${sep}node_modules${sep}`) || real.startsWith(join(packageFolder, 'dist', 'cli', sep));
  return isTool ? undefined : real;
}
