// Bundles two packages into dist/, with their licences beside them: what src/cli/logs/echarts.ts and
// src/onnx/onnx-proto.cts name. Installed, they would be 70 and 23 MB, of which a user needs one.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { build } from 'esbuild';

const own = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function bundle(source, outcome, format, licences) {
  await build({
    entryPoints: [own(`src/${source}`)],
    outfile: own(`dist/${outcome}`),
    bundle: true,
    minify: true,
    format,
    platform: 'node',
    legalComments: 'inline',
    logLevel: 'warning',
  });
  const texts = licences.map((name) => `${name}\n\n${readFileSync(own(`node_modules/${name}`), 'utf8')}`);
  writeFileSync(own(`dist/${outcome.replace(/\.c?js$/, '')}.LICENSE.txt`), texts.join('\n\n'));
}

const protobufjs = 'onnx-proto/node_modules/protobufjs';
await Promise.all([
  bundle('cli/logs/echarts.ts', 'cli/logs/echarts.js', 'esm', ['echarts/NOTICE', 'echarts/LICENSE', 'zrender/LICENSE']),
  bundle('onnx/onnx-proto.cts', 'onnx/onnx-proto.cjs', 'cjs', ['onnx-proto/LICENSE', `${protobufjs}/LICENSE`]),
]);
