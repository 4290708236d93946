// Builds the page of the dashboard into dist/dashboard/page/: one script and one style sheet, which load nothing else.
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { build } from 'esbuild';

const own = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [source, target] = [own('src/dashboard/page'), own('dist/dashboard/page')];

mkdirSync(target, { recursive: true });
copyFileSync(`${source}/index.html`, `${target}/index.html`);
await build({
  entryPoints: [`${source}/page.tsx`],
  outdir: target,
  bundle: true,
  minify: true,
  sourcemap: false,
  format: 'esm',
  target: ['chrome110', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'inline',
  logLevel: 'warning',
});
