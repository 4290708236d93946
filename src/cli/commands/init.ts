import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { systemReason } from '../../error/system-reason.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../folder.js';
import { printLine } from '../output.js';
import { shellWord } from '../shell-word.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const template = join(root, 'templates/init');

export function define(command: Command): void {
  command
    .argument('<folder>', 'the folder of the project; it may be there, but must be empty')
    .addHelpText(
      'after',
      `
Makes a project that trains and tests at once: a small net, a solver, data and a layer in TypeScript, the test of its
gradient, and npm scripts.

  tscaffe init moons`,
    )
    .action(init);
}

function init(folder: string): void {
  const isNew = !existsSync(folder);
  try {
    makeFolder(folder);
    if (readdirSync(folder).length > 0) throw new Failure(`${folder}: is not empty`);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(`${folder}: cannot be made: ${systemReason(cause)}`, { cause });
  }
  try {
    fill(folder);
  } catch (cause) {
    // It was empty: what is in it is half a project.
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    if (isNew) rmSync(folder, { recursive: true });
    throw new Failure(`${folder}: cannot be written: ${systemReason(cause)}`, { cause });
  }
  printLine(`${folder} is ready. Now:`);
  if (resolve(folder) !== process.cwd()) printLine(`  cd ${shellWord(folder)}`);
  printLine('  npm install && npx tscaffe setup\n  npm test\n  npm run train');
}

function fill(folder: string): void {
  cpSync(template, folder, { recursive: true });
  // npm would leave a .gitignore out of the package, and take a package.json for one.
  renameSync(join(folder, '_gitignore'), join(folder, '.gitignore'));
  const description = readFileSync(join(folder, '_package.json'), 'utf8');
  rmSync(join(folder, '_package.json'));
  const text = description.replace('NAME', nameFor(folder)).replace('TSCAFFE', dependency());
  writeFileSync(join(folder, 'package.json'), text);
}

/** The name of a folder, in the letters that npm takes. */
function nameFor(folder: string): string {
  const name = basename(resolve(folder))
    .normalize('NFKD') // an accent becomes a mark of its own
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'moons' : name;
}

/** This version of the package; this very copy, if it is a clone that was never installed. */
function dependency(): string {
  const isInstalled = basename(dirname(root)) === 'node_modules';
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return isInstalled ? `^${version}` : `file:${root.replace(/\/$/, '')}`;
}
