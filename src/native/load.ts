import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Native } from '../../typings/native.js';
import { chooseBlasKernels } from './blas-kernels.js';

const require = createRequire(import.meta.url);
// TSCAFFE_ADDON names another build of it: the one with sanitizers (npm run test:asan).
const addon =
  process.env['TSCAFFE_ADDON'] ?? fileURLToPath(new URL('../../build/Release/tscaffe.node', import.meta.url));

/** Says why the addon cannot be loaded and what helps, chosen by the symptom. */
function explain(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const folder = fileURLToPath(new URL('../..', import.meta.url));
  const remedies: string[] = [];
  if (!existsSync(addon)) {
    remedies.push(`The addon has not been built. Run in ${folder}: npm run setup`);
  } else if (reason.includes('libcaffe')) {
    remedies.push(`libcaffe is not where the addon was linked to. Run in ${folder}: npm run setup`);
    remedies.push('Or, with a libcaffe of your own: CAFFE_ROOT=<its prefix> npm run build');
  } else if (reason.includes('cannot open shared object file')) {
    remedies.push(`A library that libcaffe needs is missing. Run in ${folder}: npm run setup`);
  } else if (/GLIBC|CXXABI/.test(reason)) {
    remedies.push(`The addon was built on a newer system than this one. Build it here: npm run clean && npm run setup`);
  } else {
    remedies.push(`Build it anew. Run in ${folder}: npm run clean && npm run setup`);
  }
  const list = remedies.map((remedy) => `  - ${remedy}`).join('\n');
  return new Error(`tscaffe: cannot load ${addon}\n${reason}\nWhat helps:\n${list}`, { cause });
}

function load(): Native {
  if (process.platform !== 'linux')
    throw explain(`Caffe comes from Debian's packages: Linux only, not ${process.platform}`);
  chooseBlasKernels();
  try {
    return require(addon) as Native;
  } catch (cause) {
    throw explain(cause);
  }
}

/**
 * The addon. Only this file loads it; `typings/native.d.ts` describes it. Loading it changes the process:
 * - OPENBLAS_CORETYPE is set in `process.env` first (blas-kernels.ts); child processes inherit it.
 * - SIGFPE, SIGSEGV, SIGBUS and SIGABRT get handlers. They turn integer divisions by zero in Caffe and faults while
 *   LMDB is read into errors, and pass all others on to the handlers that were there before.
 * - std::terminate gets a handler, with the earlier one behind it.
 * - glog is initialized. It writes no files, prints nothing by itself, and gives its lines to a sink of ours.
 *
 * native/guard installs them. The first thread of Caffe's adds an on_exit handler (native/thread): a process that exits
 * while Caffe is at work ends at once, before libcaffe's static objects are destroyed.
 */
export const native: Native = load();
