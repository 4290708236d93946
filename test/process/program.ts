import { spawn } from 'node:child_process';

export interface Outcome {
  code: number | null;
  signal: string | null;
  /** What it printed, to both streams. */
  output: string;
}

/**
 * One that hangs is killed, and its signal tells. Another build, that TSCAFFE_ADDON names, may be slow: with
 * sanitizers, or under qemu.
 */
const timeout = process.env['TSCAFFE_ADDON'] === undefined ? 100_000 : 1_000_000;

/** Runs a module of its own in a process of its own. */
export async function run(program: string, { cwd }: { cwd?: string } = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
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
