import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageFolder } from '../native/addon-file.js';

const copy = (file: string): string => join(packageFolder, 'dist', file);

interface Resolution {
  url: string;
  shortCircuit?: boolean;
}

type Resolve = (
  request: string,
  context: { conditions: string[] },
  next: (request: string) => Resolution,
) => Resolution;

/** What the types of the oldest Node lack, and what no types have. */
interface NodeModule {
  /** Since Node 22.15. It is asked for CommonJS and ES modules. */
  registerHooks?: (hooks: { resolve: Resolve }) => { deregister: () => void };
  /** Before, there is no other way to be asked; and for CommonJS alone. */
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

/**
 * Node's own module `node:module`. vitest (vmThreads) gives another one to those who import it, which cannot do what is
 * done here.
 */
export const nodeModule = process.getBuiltinModule('node:module');
const node = nodeModule as unknown as NodeModule;

/** Whether ES modules ask for 'tscaffe' as those of CommonJS do. */
export const reachesEsModules = node.registerHooks !== undefined;

/**
 * Runs `load`. The modules that it loads get this very copy of the package for 'tscaffe', as it is the one whose Caffe
 * runs: also where no node_modules is near, and where one has another version.
 */
export function withThisCopy<T>(load: () => T): T {
  if (node.registerHooks !== undefined) {
    const hooks = node.registerHooks({
      resolve(request, { conditions }, next) {
        if (request !== 'tscaffe') return next(request);
        const file = conditions.includes('require') ? 'index.cjs' : 'index.js';
        return { url: pathToFileURL(copy(file)).href, shortCircuit: true };
      },
    });
    try {
      return load();
    } finally {
      hooks.deregister();
    }
  }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the `this` that it is called with
  const before = node._resolveFilename;
  let isLoading = true;
  const resolve: NodeModule['_resolveFilename'] = function (this: NodeModule, request, ...rest) {
    return isLoading && request === 'tscaffe' ? copy('index.cjs') : before.call(this, request, ...rest);
  };
  node._resolveFilename = resolve;
  try {
    return load();
  } finally {
    isLoading = false;
    // tsx puts its own around this one as it compiles a first module, and needs it for the next.
    if (node._resolveFilename === resolve) node._resolveFilename = before;
  }
}
