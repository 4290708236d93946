import type { NativeCuda } from '../../typings/native.js';
import { CaffeError } from '../error/caffe-error.js';
import { native } from '../native/load.js';

/** The addon's CUDA functions. @throws {CaffeError} ERR_CAFFE_NO_GPU if it was built without CUDA @internal */
export function requireCuda(): NativeCuda {
  if (native.cuda === undefined) {
    throw new CaffeError(
      'ERR_CAFFE_NO_GPU',
      'this libcaffe was built without CUDA (CPU_ONLY); build tscaffe against one with it: CAFFE_ROOT=<prefix> npx tscaffe setup',
    );
  }
  return native.cuda;
}
