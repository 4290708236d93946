// Makes the TypeScript side of the schema from what the native build reads out of libcaffe:
// typings/generated/caffe.{proto,js,d.ts} from build/schema/caffe.proto, and layers.{js,d.ts} from that, the fillers'
// names and the addon's list of layer types. Writes only what changes.
import console from 'node:console';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { promisify } from 'node:util';
import pbjs from 'protobufjs-cli/pbjs.js';
import { layerTypings } from './layer-types.js';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const source = path('build/schema/caffe.proto');
const copy = path('typings/generated/caffe.proto');
const module = path('typings/generated/caffe.js');
const fillerNames = path('build/schema/fillers.txt');

for (const file of [source, fillerNames]) {
  if (existsSync(file)) continue;
  console.error(`${file} is not there: it comes from the native build. Run: npm run build`);
  process.exit(1);
}
const schema = readFileSync(source, 'utf8');
if (!existsSync(copy) || readFileSync(copy, 'utf8') !== schema) {
  mkdirSync(path('typings/generated'), { recursive: true });
  await promisify(pbjs.main)(['--target', 'json-module', '--wrap', 'esm', '--dts', '--out', module, source]);
  // A root of its own: two copies of the package that share one protobufjs would add their Caffe to the same one, which
  // refuses.
  const shared = '($protobuf.roots["default"] || ($protobuf.roots["default"] = new $protobuf.Root()))';
  const code = readFileSync(module, 'utf8');
  if (!code.includes(shared)) throw new Error(`${module}: protobufjs-cli writes its root in another way`);
  writeFileSync(module, code.replace(shared, 'new $protobuf.Root()'));
  writeFileSync(copy, schema); // last: it tells that the others are done
}

const { default: root } = await import(pathToFileURL(module).href);
const addon = createRequire(import.meta.url)('../build/Release/tscaffe.node');
const fillers = readFileSync(fillerNames, 'utf8').split('\n').filter(Boolean);
for (const [file, content] of [
  ['typings/generated/layers.d.ts', layerTypings(root, addon.stockLayerTypes(), fillers)],
  ['typings/generated/layers.js', `export const fillers = ${JSON.stringify(fillers)};\n`],
]) {
  if (!existsSync(path(file)) || readFileSync(path(file), 'utf8') !== content) writeFileSync(path(file), content);
}
