// Makes the TypeScript side of the schema from what the native build reads out of libcaffe:
// typings/generated/caffe.{proto,js,d.ts} from build/schema/caffe.proto, and layers.{js,d.ts} from that, the fillers'
// names and the addon's list of layer types. Before there is a build, from the same of Debian's libcaffe, which are in
// typings/stock/: so the package has types, and says itself what it lacks. Writes only what changes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { promisify } from 'node:util';
import pbjs from 'protobufjs-cli/pbjs.js';
import { layerTypings } from './layer-types.js';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const addon = path('build/Release/tscaffe.node');
const isBuilt = existsSync(path('build/schema/caffe.proto')) && existsSync(addon);
const folder = isBuilt ? 'build/schema' : 'typings/stock';
const source = path(`${folder}/caffe.proto`);
const copy = path('typings/generated/caffe.proto');
const module = path('typings/generated/caffe.js');
/** The lines of a file with a name in each. */
const namesIn = (file) => readFileSync(path(file), 'utf8').split('\n').filter(Boolean);

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
const types = isBuilt ? createRequire(import.meta.url)(addon).stockLayerTypes() : namesIn('typings/stock/layers.txt');
const fillers = namesIn(`${folder}/fillers.txt`);
for (const [file, content] of [
  ['typings/generated/layers.d.ts', layerTypings(root, types, fillers)],
  ['typings/generated/layers.js', `export const fillers = ${JSON.stringify(fillers)};\n`],
]) {
  if (!existsSync(path(file)) || readFileSync(path(file), 'utf8') !== content) writeFileSync(path(file), content);
}
// The types of CommonJS have a copy.
await import('./commonjs-types.js');
