// Makes dist/commonjs/: the types once more, below a package.json that says CommonJS, and the .d.cts files that lead
// there. Under node16 and node18 TypeScript refuses types of ES modules in CommonJS files, and .d.ts files belong to ES
// modules here.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = path.join(root, 'dist/commonjs');

/** Those for users of the package. Maps lead from there to nothing. */
function copyTypes(folder, except) {
  for (const name of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts') || except.some((other) => name.startsWith(other))) continue;
    const copy = path.join(target, folder, name);
    mkdirSync(path.dirname(copy), { recursive: true });
    const text = readFileSync(path.join(root, folder, name), 'utf8');
    writeFileSync(copy, text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  }
}

if (existsSync(path.join(root, 'dist/index.d.ts'))) {
  rmSync(target, { recursive: true, force: true });
  copyTypes('dist', ['cli/', 'commonjs/']);
  copyTypes('typings', []);
  writeFileSync(path.join(target, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(path.join(root, 'dist/index.d.cts'), "export * from './commonjs/dist/index.js';\n");
  writeFileSync(
    path.join(root, 'dist/dashboard/dashboard.d.cts'),
    "export * from '../commonjs/dist/dashboard/dashboard.js';\n",
  );
}
