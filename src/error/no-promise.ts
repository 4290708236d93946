import { isPromise } from 'node:util/types';
import { CaffeError } from './caffe-error.js';

/**
 * Returns what a function of the user returned, unless that is a promise and cannot be waited for. Its rejection is
 * swallowed then: there is no one else to take it.
 *
 * @throws {CaffeError} ERR_CAFFE_LAYER for a promise
 * @internal
 */
export function expectNoPromise<Result>(name: string, result: Result, advice: string): Result {
  if (!isPromise(result)) return result;
  void Promise.prototype.catch.call(result, () => undefined);
  throw new CaffeError('ERR_CAFFE_LAYER', `${name} returned a promise: ${advice}`);
}
