import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { guardEnvironment, type GuardPages } from './guard-pages.js';

const source = fileURLToPath(new URL('overrun.c', import.meta.url));

test('memory ends or begins at a page that faults, and faults when it is freed', (t) => {
  // By this name the library knows the addon.
  const addon = join(scratchFolder(t), 'tscaffe.node');
  // As volatile as it is, a compiler may know what is undefined.
  execFileSync('cc', ['-O0', '-w', '-shared', '-fPIC', '-o', addon, source]);
  const signalOf = (guard: GuardPages, overrun: string): string => {
    const { signal, status } = spawnSync(process.execPath, ['-e', `process.dlopen({ exports: {} }, '${addon}')`], {
      env: { ...process.env, OVERRUN: overrun, ...guardEnvironment(guard) },
    });
    return signal ?? `status ${status}`;
  };
  t.is(signalOf('end', 'nothing'), 'status 0');
  t.is(signalOf('end', 'end'), 'SIGSEGV');
  t.is(signalOf('end', 'calloc'), 'SIGSEGV');
  t.is(signalOf('end', 'freed'), 'SIGSEGV');
  t.is(signalOf('end', 'freed twice'), 'SIGABRT');
  t.is(signalOf('begin', 'nothing'), 'status 0');
  t.is(signalOf('begin', 'begin'), 'SIGSEGV');
  t.is(signalOf('begin', 'freed'), 'SIGSEGV');
});
