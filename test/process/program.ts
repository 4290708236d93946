import { spawn } from 'node:child_process';

export interface Outcome {
  code: number | null;
  signal: string | null;
  /** What it printed, to both streams. */
  output: string;
}

/**
 * One that hangs is killed, and its signal tells: after far more time than one takes on the slowest machine. Another
 * build, that TSCAFFE_ADDON names, may be slower: with sanitizers, or under qemu.
 */
export const timeout = process.env['TSCAFFE_ADDON'] === undefined ? 300_000 : 1_000_000;

interface Where {
  cwd?: string;
  /** What the environment has beside or instead of ours. */
  env?: Record<string, string>;
  /** Options of Node. */
  options?: string[];
}

/** Runs a module of its own in a process of its own. */
export async function run(program: string, where: Where = {}): Promise<Outcome> {
  return runNode(['--input-type=module', '--eval', program], where);
}

/** Runs a file as a user would, in a process of its own. */
export async function runFile(path: string, where: Where = {}): Promise<Outcome> {
  return runNode([path], where);
}

async function runNode(last: string[], { cwd, env, options = [] }: Where): Promise<Outcome> {
  const child = spawn(process.execPath, ['--expose-gc', ...options, ...last], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, output });
    });
  });
}

/** How a program imports the package. */
export const tscaffe = import.meta.resolve('tscaffe');
