import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { timeout } from './program.js';

/** Runs a program of examples/ as its npm script does; with `interrupt`, sends SIGINT once such a file is there. */
export async function runExample(
  program: string,
  args: string[],
  interrupt?: { folder: string; file: string },
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${program}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const watcher =
    interrupt &&
    watch(interrupt.folder, (_event, name) => {
      if (name !== interrupt.file) return;
      watcher?.close();
      child.kill('SIGINT'); // once: the second one ends the process
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  watcher?.close();
  return { code, output };
}
