import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder. Code in a bundle has moved, so Node is asked; the package itself finds its own folder. */
function findPackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('tscaffe/package.json'));
  } catch {
    return fileURLToPath(new URL('../..', import.meta.url));
  }
}

export const packageFolder: string = findPackage();

/** That which was built here, else that of the platform's package, which npm installs beside this one. */
function findAddon(): string {
  const built = join(packageFolder, 'build/Release/tscaffe.node');
  if (existsSync(built)) return built;
  try {
    const platform = `@tscaffe/linux-${process.arch}/package.json`;
    const found = createRequire(join(packageFolder, 'package.json')).resolve(platform);
    return join(dirname(found), 'build/Release/tscaffe.node');
  } catch {
    return built;
  }
}

/** The file of the addon. TSCAFFE_ADDON names another build: the one with sanitizers (npm run test:asan). */
export const addon: string = resolve(process.env['TSCAFFE_ADDON'] ?? findAddon());
