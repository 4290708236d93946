// Memory whose ends fault: guard_pages.c, compiled once a process, for the environment of a case's process.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where what libcaffe and the addon allocate meets a page that faults: at its end, at its beginning, or nowhere. */
export type GuardPages = 'end' | 'begin' | 'none';

let library: string | undefined;

function compile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-guard-pages-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const source = fileURLToPath(new URL('guard_pages.c', import.meta.url));
  const to = join(folder, 'guard_pages.so');
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', to, source]);
  return to;
}

/** What a process needs in its environment. */
export function guardEnvironment(guard: GuardPages): NodeJS.ProcessEnv {
  if (guard === 'none') return {};
  library ??= compile();
  return { LD_PRELOAD: library, GUARD_PAGES: guard };
}
