import { run } from './program.js';

/**
 * `look()` is told the bytes that the process may write to and shares with nobody. Its resident set would not do: it
 * depends on what the kernel has taken away just now.
 */
const looking = `
  import { readFileSync } from 'node:fs';
  let most = 0;
  function look() {
    const [, kilobytes] = /^VmData:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    most = Math.max(most, 1024 * kilobytes);
  }
`;

/**
 * Runs a program with a function `batch(count)` that does something so many times and calls `look()` after each. The
 * first batch makes all that is made once. Returns by how many bytes the process was larger in the second one.
 *
 * malloc gives what is larger than 64 kB pages of its own, and gives them back when it is freed; by default it learns
 * to keep them. V8 collects on the thread that allocates, in one go: how much garbage there is does then not depend on
 * whether its other threads get a processor.
 */
export async function growth(program: string, first: number, second: number): Promise<number> {
  const { code, output } = await run(
    `${looking} ${program}
    await batch(${first});
    const before = most;
    await batch(${second});
    console.log(most - before);`,
    {
      env: { MALLOC_MMAP_THRESHOLD_: String(64 * 1024) },
      options: ['--single-threaded-gc', '--no-incremental-marking'],
    },
  );
  if (code !== 0) throw new Error(output);
  return Number(output);
}
