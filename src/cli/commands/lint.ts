import { realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { writeFileAside } from '../../file/aside.js';
import { applyFixes, lint, type Finding } from '../../index.js';
import { readFile } from '../../proto/source.js';
import { Failure } from '../failure.js';
import { admitLayerModules } from '../layer-modules.js';
import { gather } from '../flags.js';
import { printJson, printLine } from '../output.js';

interface Options {
  fix?: true;
  json?: true;
  layers?: string[];
}

export function define(command: Command): void {
  command
    .argument('<files...>', 'prototxts of nets and solvers')
    .option('--fix', 'mend in place what has one right answer; comments stay')
    .option('--json', 'print an array of findings')
    .option('--layers <folder>', 'look here too for layers in TypeScript; may be given several times', gather)
    .addHelpText(
      'after',
      `
Finds mistakes: what Caffe refuses, and what it takes without a word. Of a solver the nets that it names are looked at too.
A finding is a line FILE:LINE:COLUMN: CODE: TEXT with a hint below it; docs/lint.md tells of each code. The exit code is 1
if there is any. Data need not be here.

  tscaffe lint solver.prototxt deploy.prototxt`,
    )
    .action(lintFiles);
}

async function lintFiles(files: string[], { fix, json, layers }: Options): Promise<void> {
  admitLayerModules(layers);
  let findings = await lintAll(files);
  while (fix && mend(findings)) findings = await lintAll(files);
  if (json) printJson(findings.map(({ edits, ...finding }) => ({ ...finding, fixable: edits !== undefined })));
  else findings.forEach(print);
  if (findings.length > 0) process.exitCode = 1;
}

/**
 * What there is in files and in the nets that they name. A net may be named by several solvers, and in several
 * spellings: it is told of once, by the first of its names.
 */
async function lintAll(files: readonly string[]): Promise<Finding[]> {
  const names = new Map<string, string>();
  const found = new Map<string, Finding>();
  for (const each of files) {
    for (const finding of await lint(each)) {
      const place = realpathSync(finding.file);
      const file = names.get(place) ?? finding.file;
      names.set(place, file);
      const { line, column, code, text } = finding;
      const key = `${place}:${line}:${column}:${code}:${text}`;
      if (!found.has(key)) found.set(key, { ...finding, file });
    }
  }
  return [...found.values()];
}

function print({ file, line, column, code, text, hint }: Finding): void {
  printLine(`${file}:${line}:${column}: ${code}: ${text}`);
  printLine(`  ${hint}`);
}

/**
 * Mends what can be mended at once.
 *
 * @returns whether any file has changed
 * @throws {Failure} for a file whose other bytes would not stay as they are; nothing is written then
 */
function mend(findings: readonly Finding[]): boolean {
  const files = new Set(findings.filter(({ edits }) => edits !== undefined).map(({ file }) => file));
  const changes = [...files].map((file) => {
    const text = textOf(file);
    const those = findings.filter((finding) => finding.file === file);
    return { file, text, mended: applyFixes(text, those) };
  });
  const changed = changes.filter(({ text, mended }) => mended !== text);
  for (const { file, mended } of changed) writeFileAside(file, Buffer.from(mended));
  return changed.length > 0;
}

/** The text of a file that is to be changed: bytes that are not UTF-8, as in an old comment, would become others. */
function textOf(file: string): string {
  const bytes = Buffer.from(readFile(file));
  const text = bytes.toString();
  const again = Buffer.from(text);
  if (again.equals(bytes)) return text;
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  const line = bytes.subarray(0, at).toString().split('\n').length;
  throw new Failure(
    `${file}:${line}: is not UTF-8; --fix keeps all other bytes, and cannot here: save it as UTF-8 first`,
  );
}
