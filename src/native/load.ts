import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import type { Native } from '../../typings/native.js';
import { packageVersion } from '../copies/any-copy.js';
import { addon, packageFolder } from './addon-file.js';
import { chooseBlasKernels } from './blas-kernels.js';
import { withLibraryThreads } from './library-threads.js';

const isInstalled = packageFolder.includes(`${sep}node_modules${sep}`);
/** The lines that set the package up, and that build it anew: of a project that has installed it, or of a clone. */
const setUp = isInstalled ? 'Run: npx tscaffe setup' : `Run in ${packageFolder}: npm run setup`;
const buildAnew = isInstalled ? 'npx tscaffe setup --from-source' : 'npm run clean && npm run setup';
const ownLibcaffe = `CAFFE_ROOT=<its prefix> ${isInstalled ? 'npx tscaffe' : 'npm run'} setup`;

/** An error that says why the addon cannot be loaded and how to fix it. The advice depends on the symptom. */
function explain(cause: unknown): Error {
  const reason = typeof cause === 'string' ? cause : (cause as Error).message;
  const remedies: string[] = [];
  if (!existsSync(addon)) {
    remedies.push(`The addon has not been built. ${setUp}`);
  } else if (reason.includes('libcaffe')) {
    remedies.push(`libcaffe is not where the addon was linked to. ${setUp}`);
    remedies.push(`Or, with a libcaffe of your own: ${ownLibcaffe}`);
  } else if (reason.includes('cannot open shared object file')) {
    remedies.push(`A library that libcaffe needs is missing. ${setUp}`);
  } else if (/GLIBC|CXXABI/.test(reason)) {
    remedies.push(`The addon was built on a newer system than this one. Build it here: ${buildAnew}`);
  } else {
    remedies.push(`Build it anew. Run${isInstalled ? '' : ` in ${packageFolder}`}: ${buildAnew}`);
  }
  const list = remedies.map((remedy) => `  - ${remedy}`).join('\n');
  return new Error(`tscaffe: cannot load ${addon}\n${reason}\nWhat helps:\n${list}`, { cause });
}

/**
 * Bun and Deno load the addon, but what it asks of Node-API and of `node:util` is not all there: Bun cut the ends of
 * messages off, Deno knew no blob of a net. Neither is tested, and a guard against crashes that is not tested is none.
 */
function expectNode(): void {
  const { bun, deno } = process.versions;
  const other = bun === undefined ? deno && `Deno ${deno}` : `Bun ${bun}`;
  if (other === undefined) return;
  throw new Error(`tscaffe: runs in Node.js 20.19 or newer, not in ${other}. Start the program with: node FILE`);
}

function load(): Native {
  expectNode();
  if (process.platform !== 'linux')
    throw explain(`Caffe comes from Debian's packages: Linux only, not ${process.platform}`);
  chooseBlasKernels();
  const module: { exports: Partial<Native> } = { exports: {} };
  try {
    // Not by `require`, which gives all copies of the package the same functions and classes: the addon would make
    // errors and blobs of the classes of whichever copy came last, and ask that one for layers.
    withLibraryThreads(() => {
      process.dlopen(module, addon);
    });
  } catch (cause) {
    throw explain(cause);
  }
  const { packageVersion: built = 'unknown' } = module.exports;
  if (built !== packageVersion) {
    throw explain(
      `The addon was built from version ${built} of tscaffe, but this code is of version ${packageVersion}`,
    );
  }
  return module.exports as Native;
}

/**
 * The addon. Only this file loads it; `typings/native.d.ts` describes it. Loading it changes the process:
 * - OPENBLAS_CORETYPE is set in `process.env` first (blas-kernels.ts). Child processes inherit it.
 * - SIGFPE, SIGSEGV, SIGBUS and SIGABRT get handlers. The handlers turn integer divisions by zero in Caffe, and faults
 *   while LMDB is read, into errors. They pass all other signals on to the previous handlers. On the main thread,
 *   `process` gets listeners that keep them in place (signals.ts).
 * - glibc keeps up to 64 MB of freed memory for the next allocations (native/environment/freed_memory.h).
 * - std::terminate gets a handler, which falls back to the previous one.
 * - glog is initialized. It writes no files and prints nothing itself. Its lines go to our sink.
 *
 * native/guard installs them. The first thread that Caffe starts adds an on_exit handler (native/thread): when the
 * process exits, Caffe's threads end before static objects are destroyed. So does a listener for the event 'exit'.
 */
export const native: Native = load();
