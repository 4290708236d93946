// Puts into dist/cli/logs/echarts.js what src/cli/logs/echarts.ts names, with all it needs; the licences beside it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { build } from 'esbuild';

const own = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

await build({
  entryPoints: [own('src/cli/logs/echarts.ts')],
  outfile: own('dist/cli/logs/echarts.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  legalComments: 'inline',
  logLevel: 'warning',
});
const licences = ['echarts/NOTICE', 'echarts/LICENSE', 'zrender/LICENSE'];
const texts = licences.map((name) => `${name}\n\n${readFileSync(own(`node_modules/${name}`), 'utf8')}`);
writeFileSync(own('dist/cli/logs/echarts.LICENSE.txt'), texts.join('\n\n'));
