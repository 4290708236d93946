import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { timeout } from '../process/program.js';

/** What a command has printed, and how it ended. */
export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface Where {
  cwd: string;
  env?: Record<string, string>;
  /** Called with each line of its standard output, at once. */
  onLine?: (line: string, child: ChildProcess) => void;
  /** Called with each piece of its standard error. */
  onError?: (text: string, child: ChildProcess) => void;
  /** A limit that a shell sets first, such as `ulimit -f 64`; the signal of files that grow beyond that is ignored. */
  limit?: string;
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The objects that `--json` prints, one a line. */
export function objectsIn(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Runs the real command in a process of its own. */
export async function tscaffe(
  args: string | readonly string[],
  { cwd, env, onLine, onError, limit }: Where,
): Promise<Outcome> {
  const words = typeof args === 'string' ? args.split(' ') : args;
  const command = [process.execPath, main, ...words];
  const [program, ...rest] =
    limit === undefined ? command : ['bash', '-c', `trap '' XFSZ; ${limit}; exec "$@"`, 'bash', ...command];
  const child = spawn(program, rest, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
  });
  let [stdout, stderr, line] = ['', '', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onError?.(text, child);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) onLine?.(each, child);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
}
