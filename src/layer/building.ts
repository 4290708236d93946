import type { Builder } from '../../typings/native.js';
import { makeError, placing } from '../error/caffe-error.js';
import { blame, type Origin } from '../proto/blame.js';
import { bindLayer } from './layer-binding.js';
import { searchingIn } from './module-search.js';

/**
 * Runs `build`, which builds nets. Their layer modules are searched for in `folders`, and the errors say where in
 * `origin` the mistake is.
 */
export function building<T>(origin: Origin, folders: readonly (string | undefined)[], build: () => T): T {
  return placing(blame(origin), () => searchingIn(folders, build));
}

/** The same for a net that Caffe's thread builds: it may build several at a time, and each has its own folders. */
export function builder(origin: Origin, folders: readonly (string | undefined)[]): Builder {
  const find = blame(origin);
  return {
    bindLayer: (...layer) => placing(find, () => searchingIn(folders, () => bindLayer(...layer))),
    makeError: (...failure) => placing(find, () => makeError(...failure)),
  };
}
