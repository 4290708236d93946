import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { timeout } from '../process/program.js';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';

/** What `npm install` would do, with this very copy of the package. */
function install(folder: string): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const modules = join(folder, 'node_modules');
  for (const name of ['.bin', '@types']) mkdirSync(join(modules, name), { recursive: true });
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    symlinkSync(name === 'tscaffe' ? resolve('.') : resolve('node_modules', name), join(modules, name));
  }
  symlinkSync('../tscaffe/dist/cli/main.js', join(modules, '.bin/tscaffe'));
  symlinkSync(resolve('node_modules/.bin/tsc'), join(modules, '.bin/tsc'));
}

function npm(cwd: string, ...args: string[]): Promise<{ code: number; output: string }> {
  // npm of ava's own run has set variables, which name this package.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_)/.test(name)));
  return new Promise((done) => {
    execFile('npm', args, { cwd, env, timeout }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });
}

test('init makes a project whose tests pass, that trains, and that has no mistakes', async (t) => {
  const cwd = scratchFolder(t);
  const made = await tscaffe(['init', 'My moons'], { cwd });
  t.is(made.code, 0, made.stderr);
  t.is(
    made.stdout,
    "My moons is ready. Now:\n  cd 'My moons'\n  npm install && npx tscaffe setup\n  npm test\n  npm run train\n",
  );
  const folder = join(cwd, 'My moons');
  const written = readdirSync(folder).sort();
  const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies: Record<string, string>;
  };
  t.is(description.name, 'my-moons');
  t.deepEqual(description.dependencies, { tscaffe: `file:${resolve('.')}` });
  t.true(written.includes('.gitignore') && !written.some((name) => name.startsWith('_')), written.join());
  install(folder);
  for (const script of ['test', 'lint', 'train', 'plot']) {
    const { code, output } = await npm(folder, 'run', script);
    t.is(code, 0, `${script}\n${output}`);
    if (script === 'test') t.regex(output, /pass 3\n.*fail 0\n/s);
    if (script === 'train') t.regex(output, /iteration 1000, test: accuracy = 0\.9\d+/);
  }
  t.true(readdirSync(folder).includes('moons_best.caffemodel'));
});

test('init refuses a folder that is not empty, a file and a folder that cannot be written, and leaves nothing', async (t) => {
  const cwd = scratchFolder(t);
  mkdirSync(join(cwd, 'full'));
  writeFileSync(join(cwd, 'full/notes.txt'), '');
  writeFileSync(join(cwd, 'file'), '');
  for (const [folder, message] of [
    ['full', /^tscaffe init: full: is not empty\n$/],
    ['file', /^tscaffe init: file: cannot be made: EEXIST.*\n$/],
    ['file/below', /^tscaffe init: file\/below: cannot be made: ENOTDIR.*\n$/],
  ] as const) {
    const outcome = await tscaffe(`init ${folder}`, { cwd });
    t.is(outcome.code, 1);
    t.regex(outcome.stderr, message);
    t.is(outcome.stdout, '');
  }
  t.deepEqual(readdirSync(join(cwd, 'full')), ['notes.txt']);
  t.is((await tscaffe('init', { cwd })).code, 2);
  // Root may write anywhere.
  if (process.getuid?.() !== 0) {
    mkdirSync(join(cwd, 'closed'));
    chmodSync(join(cwd, 'closed'), 0o500);
    const closed = await tscaffe('init closed', { cwd });
    t.is(closed.code, 1);
    t.regex(closed.stderr, /^tscaffe init: closed: cannot be written: EACCES.*\n$/);
    t.deepEqual(readdirSync(join(cwd, 'closed')), []);
  }
  // An empty folder that is there is good.
  mkdirSync(join(cwd, 'empty'));
  t.like(await tscaffe('init .', { cwd: join(cwd, 'empty') }), {
    code: 0,
    stdout: '. is ready. Now:\n  npm install && npx tscaffe setup\n  npm test\n  npm run train\n',
  });
});

test('the package ships what init copies', (t) => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
  t.true(files.includes('templates'));
});
