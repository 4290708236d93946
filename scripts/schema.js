// Makes the TypeScript side of the schema from build/schema/caffe.proto, which the native build reads out of libcaffe:
// typings/generated/caffe.{proto,js,d.ts}. Does nothing while that file stays the same.
import console from 'node:console';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { promisify } from 'node:util';
import pbjs from 'protobufjs-cli/pbjs.js';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const source = path('build/schema/caffe.proto');
const copy = path('typings/generated/caffe.proto');
const module = path('typings/generated/caffe.js');

if (!existsSync(source)) {
  console.error('build/schema/caffe.proto is not there: it comes from the native build. Run: npm run build');
  process.exit(1);
}
const schema = readFileSync(source, 'utf8');
if (!existsSync(copy) || readFileSync(copy, 'utf8') !== schema) {
  mkdirSync(path('typings/generated'), { recursive: true });
  await promisify(pbjs.main)(['--target', 'json-module', '--wrap', 'esm', '--dts', '--out', module, source]);
  writeFileSync(copy, schema); // last: it tells that the others are done
}
