import type { Command } from 'commander';
import { writeFileAside } from '../../file/aside.js';
import { applyFixes, lint, type Finding } from '../../index.js';
import { readFile } from '../../proto/source.js';
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
  const found = new Map<string, Finding>();
  for (const file of files) {
    for (const finding of fix ? await mend(file) : await lint(file)) {
      const { line, column, code } = finding;
      found.set(`${finding.file}:${line}:${column}:${code}`, finding); // a net may be named by several solvers
    }
  }
  const findings = [...found.values()];
  if (json) printJson(findings.map(({ edits, ...finding }) => ({ ...finding, fixable: edits !== undefined })));
  else findings.forEach(print);
  if (findings.length > 0) process.exitCode = 1;
}

function print({ file, line, column, code, text, hint }: Finding): void {
  printLine(`${file}:${line}:${column}: ${code}: ${text}`);
  printLine(`  ${hint}`);
}

/** Mends a file, and the nets that it names, until nothing more can be; returns what is left. */
async function mend(file: string): Promise<Finding[]> {
  for (;;) {
    const findings = await lint(file);
    const files = new Set(findings.filter(({ edits }) => edits !== undefined).map((finding) => finding.file));
    if (files.size === 0) return findings;
    for (const each of files) {
      const text = Buffer.from(readFile(each)).toString();
      writeFileAside(
        each,
        Buffer.from(
          applyFixes(
            text,
            findings.filter((finding) => finding.file === each),
          ),
        ),
      );
    }
  }
}
