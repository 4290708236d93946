import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';

/** Compiles a library of C: another addon, or what LD_PRELOAD puts before the system's functions. */
export function nativeLibrary(t: ExecutionContext, source: string): string {
  const folder = scratchFolder(t);
  const [from, to] = [join(folder, 'library.c'), join(folder, 'library.node')];
  writeFileSync(from, source);
  execFileSync(process.env['CC'] ?? 'cc', ['-shared', '-fPIC', '-o', to, from, '-ldl', '-lpthread']);
  return to;
}

/** The environment in which the functions of `library` come before the system's, and after those of sanitizers. */
export function preload(library: string): { LD_PRELOAD: string } {
  const { LD_PRELOAD: others = '' } = process.env;
  return { LD_PRELOAD: others === '' ? library : `${others}:${library}` };
}
