import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDatabases } from './databases.js';

/** What the runs below are given beside the environment: BLAS kernels that every x86-64 machine has, and one thread. */
export const environment = { OPENBLAS_NUM_THREADS: '1', OPENBLAS_CORETYPE: 'Nehalem' };

/** Runs of Caffe's tool, one after the other in one folder; later ones use what earlier ones have written. */
export const runs = {
  sgd: 'train -solver solver.prototxt',
  resumed: 'train --solver=solver.prototxt --snapshot=small_iter_40.solverstate',
  finetuned: 'train -solver adam.prototxt -weights small_iter_80.caffemodel -level 1',
  test: 'test -model net.prototxt -weights small_iter_100.caffemodel -iterations 6',
} as const;
export type Run = keyof typeof runs;

export interface Outcome {
  /** The lines of the log that tell a number. */
  lines: string[];
  /** SHA-256 of each snapshot file that the run has written. */
  files: Record<string, string>;
}

/** Makes all that the runs read in a folder. */
export function prepare(folder: string): void {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const name of ['net.prototxt', 'solver.prototxt', 'adam.prototxt'])
    copyFileSync(join(here, name), join(folder, name));
  writeDatabases(folder);
}

/** Before the run that goes on from iteration 40: it must write the later snapshots itself. */
export function forgetAfter40(folder: string): void {
  for (const name of Object.keys(snapshotsIn(folder))) if (!name.includes('_40.')) rmSync(join(folder, name));
}

/** The lines with losses, rates and outputs, without the times that stand before and in them. */
export function numbersIn(log: string): string[] {
  return log
    .split('\n')
    .map((line) =>
      line
        .replace(/^[IWE]\d{4} [^\]]*\] +/, '')
        .replace(/ \([\d.e+-]+ iter\/s, [^)]*\)/, '')
        .trim(),
    )
    .filter((line) => /^(Iteration \d+, |(Train|Test) net output #|Batch \d+, |Loss: |\w+ = )/.test(line));
}

/** The checksums of the snapshot files in a folder, without the part of `known` that is as it was. */
export function snapshotsIn(folder: string, known: Record<string, string> = {}): Record<string, string> {
  const names = readdirSync(folder).filter((name) => /\.(caffemodel|solverstate)$/.test(name));
  const sums = names.sort().map((name) => {
    return [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ] as const;
  });
  return Object.fromEntries(sums.filter(([name, sum]) => known[name] !== sum));
}
