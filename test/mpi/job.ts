import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ava, { type TestFn } from 'ava';
import { timeout, tscaffe } from '../process/program.js';

const cli = join(dirname(fileURLToPath(tscaffe)), 'cli/main.js');

interface Build {
  mpirun?: string;
  reason?: string;
}

function build(): Build {
  const addon = resolve(process.env['TSCAFFE_ADDON'] ?? 'build/Release/tscaffe.node');
  const file = join(dirname(addon), 'mpi.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Build) : { reason: 'no mpi.json' };
}

/** Tests that need the build to have an MPI; without one they say that they are skipped. */
export const test = (build().mpirun === undefined ? ava.serial.skip : ava.serial) as TestFn['serial'];

/** What each process of a job begins with. */
const prelude = `
  import * as tscaffe from ${JSON.stringify(tscaffe)};
  import { learn, valuesOf } from ${JSON.stringify(new URL('points.js', import.meta.url).href)};
  const { mpi } = tscaffe;
  const { rank, size } = mpi.init();
  import { writeFileSync, writeSync } from 'node:fs';
  const tell = (result) => { writeFileSync(process.env.TOLD + '/' + rank, JSON.stringify({ rank, ...result })); };
  const say = (text) => { writeSync(1, '@' + rank + ' ' + text + '\\n'); };
`;

export interface Job<Result> {
  code: number | null;
  /** What `tell` was called with on each rank, where it was. */
  told: (Result & { rank: number })[];
  /** Everything that was printed. */
  output: string;
}

interface JobOptions {
  ranks?: number;
  env?: Record<string, string>;
  /** Options of mpirun. */
  options?: readonly string[];
  /** What runs mpirun, before its own command line. */
  within?: readonly string[];
  /** Called with what a rank says, as it comes. */
  hear?: (rank: number, said: string, mpirun: ChildProcess) => void;
}

/** Runs a program as a job of several processes, which know `tscaffe`, `mpi`, `rank`, `size`,
 * `learn`, `valuesOf`, `tell` and `say`. */
export async function job<Result extends object = object>(
  program: string,
  options: JobOptions = {},
): Promise<Job<Result>> {
  const { ranks = 2, env, hear, within = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-job-'));
  const words = ['mpirun', '-n', String(ranks), ...(options.options ?? []), '--'];
  const node = [process.execPath, '--expose-gc', '--input-type=module', '--eval', prelude + program];
  const [command = '', ...rest] = [...within, process.execPath, cli, ...words, ...node];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    // Open MPI starts no more processes than there are cores unless told to.
    env: { ...process.env, OMPI_MCA_rmaps_base_oversubscribe: '1', ...env, TOLD: folder },
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  createInterface(child.stdout).on('line', (line) => {
    output += `${line}\n`;
    const [, rank, said] = /^@(\d+) (.*)/.exec(line) ?? [];
    if (said !== undefined) hear?.(Number(rank), said, child);
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  const files = Array.from({ length: ranks }, (_, rank) => join(folder, String(rank))).filter((file) =>
    existsSync(file),
  );
  const told = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Result & { rank: number });
  rmSync(folder, { recursive: true });
  return { code, told, output };
}
