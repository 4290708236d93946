// Layer modules as projects of many kinds have them, in folders far from any node_modules and without a flag of Node.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { copyPackage } from './copy-package.js';
import { run, runFile, tscaffe } from './program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const net = 'layer { name: "c" type: "Python" top: "c" python_param { module: "pyloss" layer: "Constant" } }';
const program = (path: string): string =>
  `import { Net } from '${tscaffe}'; console.log(new Net(${JSON.stringify(path)}, 'test').forward()['c'][0]);`;

/** A layer whose top is this number, as a class of the package that is running: only that one has `Layer`. */
const script = (value: number): string => `
  import { Layer } from 'tscaffe';
  export class Constant extends Layer {
    reshape(bottom, [top]) { top.reshape(1); }
    forward(bottom, [top]) { top.data[0] = ${value}; }
  }`;
const commonJs = (value: number): string =>
  script(value).replace('import { Layer } from', 'const { Layer } = require(').replace("'tscaffe'", "'tscaffe')").replace('export class Constant', 'exports.Constant = class Constant'); // prettier-ignore

/** The same in TypeScript that is nothing but types to strip. */
const typed = (value: number): string => `
  import { Layer, type Blob } from 'tscaffe';
  export class Constant extends Layer {
    override reshape(_bottom: Blob[], [top]: Blob[]): void { top.reshape(1); }
    override forward(_bottom: Blob[], [top]: Blob[]): void { top.data[0] = ${value} as number; }
  }`;
/** The same in TypeScript that must be compiled. The number is in another file, which is named as tsc would have it. */
const compiled = `
  import { Layer, type Blob } from 'tscaffe';
  import { value } from './value.js';
  enum Size { One = 1 }
  export class Constant extends Layer {
    constructor(private readonly count = Size.One) { super(); }
    override reshape(_bottom: Blob[], [top]: Blob[]): void { top.reshape(this.count); }
    override forward(_bottom: Blob[], [top]: Blob[]): void { top.data[0] = value; }
  }`;

/** Writes files, and the folders they are in. */
function folderOf(t: ExecutionContext, files: Record<string, string>): string {
  const folder = scratchFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What Node 22 and 24 say of TypeScript that they load, and of modules whose package.json names no type. */
const warning = /^\(node:\d+\) .*Warning.*\n|^\(Use `node --trace-warnings.*\n|^(?:Reparsing|To eliminate) .*\n/gm;
const said = (output: string): string => output.replace(warning, '').trim();

for (const [kind, files, options] of [
  ['.ts', { 'pyloss.ts': typed(1) }, []],
  ['.mts', { 'pyloss.mts': typed(1) }, []],
  ['.ts with more than types', { 'pyloss.ts': compiled, 'value.ts': 'export const value: number = 1;' }, []],
  ['.ts under tsx', { 'pyloss.ts': compiled, 'value.ts': 'export const value = 1;' }, ['--import', 'tsx']],
  ['.ts in a package of ES modules', { 'package.json': '{ "type": "module" }', 'pyloss.ts': typed(1) }, []],
  ['.ts in node_modules', { 'node_modules/nets/pyloss.ts': typed(1) }, []],
  ['.js', { 'pyloss.js': script(1) }, []],
  ['.mjs', { 'pyloss.mjs': script(1) }, []],
  ['.cjs', { 'pyloss.cjs': commonJs(1) }, []],
] as const) {
  test(`a module far from any node_modules may be ${kind}`, async (t) => {
    const folder = folderOf(t, files);
    const module = Object.keys(files).find((name) => name.includes('pyloss')) ?? '';
    const path = join(folder, dirname(module), 'net.prototxt');
    writeFileSync(path, net);
    const { output } = await run(program(path), { options: [...options], cwd: root });
    t.is(said(output), '1');
  });
}

test('a compiled project takes its compiled module, though the source lies beside the prototxt', async (t) => {
  const folder = folderOf(t, {
    'src/net.prototxt': net,
    'src/pyloss.ts': typed(1),
    'dist/pyloss.mjs': script(2),
    'dist/train.mjs': program('src/net.prototxt'),
  });
  const { output } = await runFile('dist/train.mjs', { cwd: folder });
  t.is(said(output), '2');
});

test('a compiled project takes the source beside the prototxt where it has compiled the module elsewhere', async (t) => {
  const folder = folderOf(t, {
    'src/nets/net.prototxt': net,
    'src/nets/pyloss.ts': compiled,
    'src/nets/value.ts': 'export const value: number = 1;',
    'dist/nets/pyloss.mjs': script(2),
    'dist/train.mjs': program('src/nets/net.prototxt'),
  });
  const { output } = await runFile('dist/train.mjs', { cwd: folder });
  t.is(said(output), '1');
});

test('the folder of the script is searched last, also through a link to it', async (t) => {
  const folder = folderOf(t, {
    'nets/net.prototxt': net,
    'app/pyloss.mjs': script(1),
    'app/train.mjs': program('nets/net.prototxt'),
  });
  symlinkSync('app/train.mjs', join(folder, 'linked.mjs'));
  for (const file of ['app/train.mjs', 'linked.mjs']) {
    t.is(said((await runFile(file, { cwd: folder })).output), '1', file);
  }
  writeFileSync(join(folder, 'pyloss.mjs'), script(2));
  t.is(said((await runFile('app/train.mjs', { cwd: folder })).output), '2', 'the working folder');
  writeFileSync(join(folder, 'nets/pyloss.mjs'), script(3));
  t.is(said((await runFile('app/train.mjs', { cwd: folder })).output), '3', 'the folder of the prototxt');
});

test('an allow list takes the place of the folder of the script, too', async (t) => {
  const folder = folderOf(t, { 'nets/net.prototxt': net, 'pyloss.mjs': script(1), 'train.mjs': program('nets/net.prototxt') }); // prettier-ignore
  const { code, output } = await runFile('train.mjs', { cwd: folder, env: { TSCAFFE_LAYER_PATH: '' } });
  t.is(code, 1);
  t.regex(output, /allow no folders/);
});

test('a module gets the package that is running, not another one of its own node_modules', async (t) => {
  const folder = folderOf(t, {
    'net.prototxt': net,
    'pyloss.cjs': commonJs(1),
    'node_modules/tscaffe/package.json': '{ "name": "tscaffe", "exports": "./index.cjs" }',
    'node_modules/tscaffe/index.cjs': "throw new Error('the other one')",
  });
  const { output } = await run(program(join(folder, 'net.prototxt')));
  t.is(said(output), '1');
});

test('a module in Python is none, and the error says that it lies there', async (t) => {
  const folder = folderOf(t, { 'net.prototxt': net, 'pyloss.py': 'class Constant: pass' });
  const { code, output } = await run(program(join(folder, 'net.prototxt')));
  t.is(code, 1);
  t.true(output.includes(`${join(folder, 'pyloss.py')} is Python: write the class in TypeScript`), output);
});

test('where nothing compiles TypeScript, the error names the file and what is missing', async (t) => {
  const folder = folderOf(t, { 'net.prototxt': net, 'pyloss.ts': 'export enum Not { Types }' });
  const copy = copyPackage(join(folder, 'tscaffe'), { without: 'tsx' });
  const addon = process.env['TSCAFFE_ADDON'] ?? join(root, 'build/Release/tscaffe.node');
  const { code, output } = await run(
    program(join(folder, 'net.prototxt')).replace(tscaffe, join(copy, 'dist/index.js')),
    {
      env: { TSCAFFE_ADDON: addon },
    },
  );
  t.is(code, 1);
  if ((process.features as { typescript?: unknown }).typescript) {
    t.regex(output, /TypeScript enum is not supported in strip-only mode/);
  } else {
    t.true(output.includes(`layer module ${join(folder, 'pyloss.ts')} is TypeScript, which Node.js`), output);
    t.regex(output, /npm install tsx, or take Node\.js 22\.18 or newer/);
  }
});

test('a program may have several layer modules in TypeScript', async (t) => {
  const two = ['one', 'two'].map((name) => net.replaceAll('"c"', `"${name}"`).replace('pyloss', name)).join('\n');
  const folder = folderOf(t, { 'net.prototxt': two, 'one.ts': typed(1), 'two.ts': typed(2) });
  const load = `import { Net } from '${tscaffe}'; const { one, two } = new Net(${JSON.stringify(join(folder, 'net.prototxt'))}, 'test').forward(); console.log(one[0], two[0]);`;
  const { code, output } = await run(load);
  t.is(code, 0, output);
  t.is(said(output), '1 2');
});
